/** Questions about containers and the rest of the Docker engine, which the command `docker` can answer too. */

import assert from 'node:assert/strict';
import { pulledImage } from './prepared.ts';
import { type Answer, namesOf, type Questions, sameOnes } from './question.ts';

export const engineQuestions: Questions = {
  list_containers: {
    confirm({ containers }, own) {
      const shown = containers.map(({ name, state, id }: Answer) => `${name} ${state} ${id}`);
      sameOnes(shown, own.lines('docker', 'ps', '-a', '--format', '{{.Names}} {{.State}} {{.ID}}'));
    },
  },
  get_container: {
    args: () => ({ container: 'backup' }),
    confirm({ id, exitCode, imageId }, own) {
      const ours = own.text('docker', 'inspect', '-f', '{{.Id}} {{.State.ExitCode}} {{.Image}}', 'backup');
      assert.equal(`${id} ${exitCode} ${imageId}`, ours);
    },
  },
  get_container_logs: {
    args: () => ({ container: 'shop-web-1' }),
    confirm({ lines }, own) {
      const shown = lines.map(({ text }: Answer) => text);
      assert.deepEqual(shown, own.lines('docker', 'logs', 'shop-web-1'));
    },
  },
  get_container_stats: {
    confirm({ containers }, own) {
      sameOnes(namesOf(containers), own.lines('docker', 'ps', '--format', '{{.Names}}'));
    },
  },
  get_stack: {
    confirm({ projects }, own) {
      const ids = own.lines('docker', 'ps', '-aq', '--filter', 'label=com.docker.compose.project=shop');
      const [{ project, containers }] = projects;
      assert.deepEqual([projects.length, project, containers], [1, 'shop', ids.length]);
    },
  },
  list_images: {
    confirm({ images }, own) {
      const shown = images.map(({ id }: Answer) => id);
      sameOnes(shown, own.lines('docker', 'images', '-q'));
    },
  },
  list_docker_networks: {
    confirm({ networks }, own) {
      sameOnes(namesOf(networks), own.lines('docker', 'network', 'ls', '--format', '{{.Name}}'));
    },
  },
  list_volumes: {
    confirm: ({ volumes }, own) => sameOnes(namesOf(volumes), own.lines('docker', 'volume', 'ls', '-q')),
  },
  get_docker_usage: {
    confirm({ engineVersion, images, containers, volumes }, own) {
      assert.equal(engineVersion, own.text('docker', 'version', '-f', '{{.Server.Version}}'));
      const ours = own.lines('docker', 'system', 'df', '--format', '{{.Type}} {{.TotalCount}}').slice(0, 3);
      assert.deepEqual(
        [`Images ${images.count}`, `Containers ${containers.count}`, `Local Volumes ${volumes.count}`],
        ours,
      );
    },
  },
  pull_image: {
    args: (own) => ({ image: own.text('cat', pulledImage) }),
    examplesFail: 'unavailable',
    confirm({ image, after, downloadedBytes }, own) {
      assert.equal(after.id, own.text('docker', 'image', 'inspect', '-f', '{{.Id}}', image));
      assert.ok(downloadedBytes >= 0);
    },
  },
  update_container: {
    args: () => ({ container: 'shop-db-1', pull: false, force: true, graceSeconds: 0 }),
    examplesFail: 'unavailable',
    confirm({ outcome, before, after }, own) {
      assert.equal(outcome, 'updated');
      assert.notEqual(before.id, after.id);
      assert.equal(after.id, own.text('docker', 'inspect', '-f', '{{.Id}}', 'shop-db-1'));
    },
  },
  manage_container: {
    args: () => ({ container: 'shop-db-1', action: 'restart', graceSeconds: 0 }),
    confirm({ before, after }, own) {
      const [started, pid] = own.lines(
        'docker',
        'inspect',
        '-f',
        '{{.State.StartedAt}}\n{{.State.Pid}}',
        'shop-db-1',
      );
      assert.notEqual(before.pid, after.pid);
      assert.equal(after.pid, Number(pid));
      assert.equal(Date.parse(after.startedAt), Date.parse(started ?? ''));
    },
  },
};
