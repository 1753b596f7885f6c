import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isWithin, reachOf } from '../../../src/host/docker/reach.ts';

const one = (name: string, labels: Readonly<Record<string, string>> = {}) => ({
  name,
  labels: new Map(Object.entries(labels)),
});
const has = (...scopes: string[]) => ({ has: (scope: string) => scopes.includes(scope) });

test('names count with their case and as a whole, a dot is a dot, and labels by name or with their value', () => {
  const web = one('web.1-a', { owner: 'ops' });
  for (const object of ['web.1-a', 'web*', '*', '*-a', 'w*1*a', 'label:owner', 'label:owner=ops'])
    assert.ok(isWithin(web, [object]), object);
  for (const object of ['web', 'Web*', 'webx1-a', 'owner', 'label:own', 'label:owner=', 'label:owner=o*'])
    assert.equal(isWithin(web, [object]), false, object);
  assert.equal(isWithin(web, []), false);
});

test('a pattern of many stars takes no long time for a name that does not fit', () => {
  assert.equal(isWithin(one('a'.repeat(255)), [`${'*a'.repeat(120)}b`]), false);
});

test('without a scope nothing is seen or changed, with it everything', () => {
  const [none, read, manage] = [has(), has('docker:read'), has('docker:manage')].map(reachOf);
  const can = (reach = none) =>
    [reach?.narrowed, reach?.sees(one('a')), reach?.changes(one('a')), reach?.knows(one('a'))].map(Boolean);
  assert.deepEqual(can(none), [true, false, false, false]);
  assert.deepEqual(can(read), [false, true, false, true]);
  assert.deepEqual(can(manage), [true, false, true, true]);
});

test('each scope is narrowed by itself, and what either reaches is known', () => {
  const reach = reachOf({
    ...has('docker:read', 'docker:manage'),
    narrowing: { 'docker:read': ['shop-*', 'label:owner=ops'], 'docker:manage': ['shop-web-*'] },
  });
  const names = ['shop-web-1', 'shop-db-1', 'backup'].map((name) => one(name));
  assert.deepEqual(names.map(reach.sees), [true, true, false]);
  assert.deepEqual(names.map(reach.changes), [true, false, false]);
  assert.deepEqual(names.map(reach.knows), [true, true, false]);
  assert.equal(reach.sees(one('backup', { owner: 'ops' })), true);
});

test('a narrowing of a scope that is not held gives nothing', () => {
  assert.equal(reachOf({ ...has(), narrowing: { 'docker:read': ['*'] } }).sees(one('a')), false);
});
