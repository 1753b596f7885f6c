/**
 * The daemon killed (kill -9) before and after each request by which it changes something while it updates a container:
 * nothing is lost, and the next update_container mends what was left.
 */

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { isListed } from '../../../src/host/docker/calls.ts';
import { until } from '../../until.ts';
import { ask, type Daemon, type Home, makeHome, mint, startDaemon } from '../daemon.ts';
import { startEngine, type TestEngine, withoutEngine } from './engine.ts';

const skip = withoutEngine;
let engine: TestEngine;
let home: Home;
let token: string;
before(async () => {
  if (skip) return;
  engine = await startEngine();
  home = makeHome();
  token = await mint(home, 'docker');
  await engine.docker('network', 'create', '--subnet', '10.97.1.0/24', 'front');
  await engine.docker('network', 'create', '--subnet', '10.97.2.0/24', 'back');
});
after(async () => {
  await engine?.close();
  home?.remove();
});

const docker = (...args: string[]) => engine.docker(...args);
// biome-ignore lint/suspicious/noExplicitAny: a test looks into whatever the engine says
const inspect = async (name: string): Promise<any> => JSON.parse(await docker('inspect', name))[0];
const start = () => startDaemon(home, ['--set', `docker.socket_path=${engine.recorded}`]);
const update = () =>
  ask({
    ...{ socket: home.socket, path: '/tools/update_container', token },
    body: JSON.stringify({ container: 'web', pull: false, timeoutSeconds: 1, graceSeconds: 0 }),
  });

/** Has `box:web` be an image that runs `command`. */
async function build(version: number, ...command: string[]): Promise<string> {
  await docker('create', '--name', 'source', '--network', 'none', 'box:1', ...command);
  await docker(
    ...['commit', '--change', `LABEL version=${version}`, '--change', `CMD ${JSON.stringify(command)}`],
    ...['source', 'box:web'],
  );
  await docker('rm', 'source');
  return docker('image', 'inspect', '-f', '{{.Id}}', 'box:web');
}

/** A container in two networks, on an address of its own, with a port and with data in a volume without a name. */
async function runWeb(): Promise<void> {
  await docker(
    ...['run', '-d', '--name', 'web', '--network', 'front', '--ip', '10.97.1.9', '--network-alias', 'www'],
    ...['-v', '/data', '-p', '127.0.0.1:18481:80', 'box:web'],
  );
  await docker('network', 'connect', '--alias', 'store', 'back', 'web');
  await docker('exec', 'web', 'sh', '-c', 'echo precious > /data/file');
}

/** Kills the daemon at the request of that number, before the engine has it or when it has answered. */
function killAt(daemon: Daemon, number: number, when: 'before' | 'after'): () => boolean {
  let seen = 0;
  let killed = false;
  engine.cut = (moment) => {
    if (moment === 'before') seen += 1;
    if (seen !== number || moment !== when) return killed;
    killed = true;
    daemon.child.kill('SIGKILL');
    return true;
  };
  return () => killed;
}

interface Trial {
  readonly number: number;
  readonly when: 'before' | 'after';
  /** Of the image that it is updated to first. */
  readonly command: readonly string[];
}

/** @returns whether there was a request of that number, at which the daemon was killed */
async function interrupt({ number, when, command }: Trial): Promise<boolean> {
  const first = await build(1, 'sleep', '3600');
  await runWeb();
  const old = await inspect('web');
  assert.equal(old.Image, first);
  await build(2, ...command);
  const daemon = await start();
  const killed = killAt(daemon, number, when);
  await update().catch(() => {});
  if (killed()) await daemon.end('SIGKILL');
  else await daemon.end();
  engine.cut = undefined;
  if (!killed()) return false;

  const left = (await docker('ps', '-aq', '--no-trunc')).split('\n');
  assert.ok(
    left.includes(old.Id) || (await inspect('web')).State.Running,
    'the old one, or a new one that runs',
  );
  return true;
}

/** Two networks with their aliases, the address, the port and the data are there, and nothing else is left. */
async function isWhole(image: string): Promise<void> {
  const web = await inspect('web');
  assert.deepEqual([web.Image, web.State.Status], [image, 'running']);
  const { front, back } = web.NetworkSettings.Networks;
  assert.equal(front.IPAddress, '10.97.1.9');
  assert.ok(front.Aliases.includes('www') && back.Aliases.includes('store'));
  assert.deepEqual(web.NetworkSettings.Ports['80/tcp'], [{ HostIp: '127.0.0.1', HostPort: '18481' }]);
  assert.equal(await docker('exec', 'web', 'cat', '/data/file'), 'precious');
  assert.deepEqual((await docker('ps', '-a', '--format', '{{.Names}}')).split('\n'), ['web']);
}

const cleanUp = async (): Promise<void> => {
  await docker('rm', '-fv', 'web');
};

for (const [what, command] of [
  ['goes well', ['sleep', '3601']],
  ['is rolled back', ['sh', '-c', 'exit 3']],
] as const) {
  test(`an update that ${what} is killed at each of its requests, and the next one mends it`, {
    skip,
  }, async (t) => {
    const outcomes: string[] = [];
    for (let number = 1; ; number++) {
      for (const when of ['before', 'after'] as const) {
        const killed = await interrupt({ number, when, command });
        if (!killed) {
          await cleanUp();
          t.diagnostic(outcomes.join('; '));
          assert.ok(number > 7, `${number - 1} requests`);
          return;
        }
        const image = await build(3, 'sleep', '3602');
        const daemon = await start();
        try {
          const { status, json } = await update();
          assert.equal(status, 200, JSON.stringify(json));
          assert.equal(json.data.outcome, 'updated', JSON.stringify(json));
          outcomes.push(`${when} ${number}: ${json.data.mended ?? 'nothing left'}`);
          await isWhole(image);
        } finally {
          await daemon.end();
        }
        await cleanUp();
      }
    }
  });
}

test('every request was in the list of calls', { skip }, async () => {
  await until('the engine answers', () => docker('ps').then(() => true));
  for (const line of engine.requests) {
    const [method = '', url = ''] = line.split(' ');
    assert.ok(isListed(method, url), line);
  }
});
