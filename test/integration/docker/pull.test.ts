/** Images pulled by a real engine from a registry on loopback, as pull_image has it done. */

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { pullImage } from '../../../src/tools/change/pull-image.ts';
import type { Tool } from '../../../src/tools/tool.ts';
import { contextOf } from '../../tools/answering.ts';
import { until } from '../../until.ts';
import { freePort } from '../daemon.ts';
import { withoutEngine } from './engine.ts';
import { type OpenedRegistry, openEngineAndRegistry } from './opened.ts';

const skip = withoutEngine;
let opened: OpenedRegistry;
before(async () => {
  if (!skip) opened = await openEngineAndRegistry();
});
after(() => opened?.close());

const pull = (image: string, more: object = {}) => opened.ask(pullImage, { image, ...more });
const pushed = (tag: string, config: object = {}) => opened.registry.push({ name: 'team/app', tag, config });

/** The same call with a progress that is kept and a signal. */
function following(image: string) {
  const cancel = new AbortController();
  const told: { done: number; total: number; message: string }[] = [];
  const context = {
    ...contextOf(opened.host, ['docker'], Date.now()),
    signal: cancel.signal,
    progress: (done: number, total = 0, message = '') => void told.push({ done, total, message }),
  };
  const answer = Promise.resolve((pullImage as unknown as Tool).run({ image }, context));
  answer.catch(() => {});
  return { answer, told, cancel };
}

test('an image that was not there is pulled, with its layers and bytes', { skip }, async () => {
  const image = pushed('1', { Env: ['VERSION=1'] });
  const { answer, told } = following(image);
  const said = (await answer) as Record<string, unknown>;
  const [id, digest] = (
    await opened.engine.docker('image', 'inspect', '-f', '{{.Id}} {{index .RepoDigests 0}}', image)
  ).split(' ');
  assert.deepEqual([said['image'], said['changed'], said['before']], [image, true, undefined]);
  assert.deepEqual(said['after'], {
    ...{ id, digest: digest?.split('@')[1], createdAt: '2026-01-01T00:00:00.000Z' },
    sizeBytes: Number(await opened.engine.docker('image', 'inspect', '-f', '{{.Size}}', image)),
  });
  assert.deepEqual([said['layers'], said['downloadedBytes']], [1, opened.layer.length]);
  const last = told.at(-1) ?? assert.fail('no progress');
  assert.deepEqual([last.done, last.total], [2 * opened.layer.length, 2 * opened.layer.length]);
  assert.match(last.message, /^1 of 1 layers; [0-9a-f]{12}: pull complete/);
});

test('one that is the same is said to be unchanged, and a newer one has the older before it', {
  skip,
}, async () => {
  const image = pushed('1', { Env: ['VERSION=1'] });
  const same = await pull(image);
  assert.deepEqual([same.changed, same.before], [false, same.after]);
  pushed('1', { Env: ['VERSION=2'] });
  const newer = await pull(image);
  assert.deepEqual([newer.changed, newer.before], [true, same.after]);
  assert.notEqual(newer.after.id, same.after.id);
});

test('without a tag latest is taken and said, and a digest gives exactly that image', { skip }, async () => {
  pushed('latest', { Env: ['VERSION=3'] });
  const untagged = await pull(`${opened.registry.address}/team/app`);
  assert.deepEqual(
    [untagged.tagAssumed, untagged.image],
    [true, `${opened.registry.address}/team/app:latest`],
  );
  const byDigest = await pull(`${opened.registry.address}/team/app@${untagged.after.digest}`);
  assert.deepEqual([byDigest.after.id, byDigest.tagAssumed], [untagged.after.id, undefined]);
});

test('what cannot be pulled says why and what to do', { skip }, async () => {
  const image = pushed('1', { Env: ['VERSION=2'] });
  await assert.rejects(pull(`${opened.registry.address}/team/app:none`), {
    code: 'not_found',
    detail: /has no image/,
  });
  await assert.rejects(pull(`${opened.registry.address}/no/such:1`), { code: 'not_found' });
  await assert.rejects(pull(`127.0.0.1:${await freePort()}/team/app:1`), {
    code: 'unavailable',
    detail: /cannot be reached/,
  });
  const other = opened.registry.push({ name: 'team/other', tag: '1', architecture: 'mips64' });
  await assert.rejects(pull(other), { code: 'not_found', detail: /platform/, hint: /platform/ });
  opened.registry.lock(true);
  try {
    await assert.rejects(pull(image), { code: 'permission_denied', hint: /docker login/ });
  } finally {
    opened.registry.lock(false);
  }
  await assert.rejects(pull(`joe:hunter2@${opened.registry.address}/team/app:1`), {
    code: 'arguments_invalid',
  });
});

test('a pull that is cancelled ends at the engine, and the image that was there stays', {
  skip,
}, async () => {
  const image = pushed('held', { Env: ['VERSION=1'] });
  const { after: first } = await pull(image);
  opened.registry.push({
    name: 'team/app',
    tag: 'held',
    layer: Buffer.concat([opened.layer, Buffer.alloc(1 << 20)]),
  });
  opened.registry.hold();
  const { answer, told, cancel } = following(image);
  await until('half of it has come', () => told.some(({ done }) => done > 0));
  cancel.abort(new Error('enough'));
  await assert.rejects(answer, { message: 'enough' });
  await until('the engine has given it up', () => opened.registry.downloads === 0);
  assert.equal(opened.registry.givenUp, 1);
  opened.registry.release();
  const id = await opened.engine.docker('image', 'inspect', '-f', '{{.Id}}', image);
  assert.equal(id, first.id);
});

test('a pull that takes too long is ended too', { skip }, async () => {
  const image = opened.registry.push({
    ...{ name: 'team/app', tag: 'slow' },
    layer: Buffer.concat([opened.layer, Buffer.alloc(1 << 19)]),
  });
  opened.registry.hold();
  await assert.rejects(pull(image, { timeoutSeconds: 1 }), {
    code: 'deadline_exceeded',
    hint: /timeoutSeconds/,
  });
  await until('the engine has given it up', () => opened.registry.downloads === 0);
  opened.registry.release();
});

test('whoever is narrowed to some containers pulls no image by itself', { skip }, async () => {
  await assert.rejects(opened.ask(pullImage, { image: 'x:1' }, ['docker'], { 'docker:manage': ['web-*'] }), {
    code: 'container_refused',
    hint: /update_container/,
  });
});

test('every request is in the list of calls', { skip }, () => {
  opened.onlyListed();
});
