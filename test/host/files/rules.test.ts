import assert from 'node:assert/strict';
import { test } from 'node:test';
import { allow } from '../../../src/host/files/rules.ts';

const rules = {
  roots: ['/var/log', '/var/log/app', '/srv'],
  deniedNames: ['*.key'],
  allowHardlinks: false,
  maxBytes: 1,
};

test('a path is told apart into the nearest allowed folder and the names below it', () => {
  assert.deepEqual(allow('/var/log//app/./x/y', rules), {
    path: '/var/log/app/x/y',
    root: '/var/log/app',
    names: ['x', 'y'],
  });
  assert.deepEqual(allow('/srv/', rules), { path: '/srv', root: '/srv', names: [] });
});

test('below / everything is allowed but for denied names', () => {
  assert.deepEqual(allow('/etc/hosts', { ...rules, roots: ['/'] }).names, ['etc', 'hosts']);
  assert.throws(() => allow('/etc/tls.key', { ...rules, roots: ['/'] }), { code: 'path_refused' });
});

test('what is beside the allowed folders is refused with their names', () => {
  assert.throws(() => allow('/srvx/a', rules), {
    code: 'path_refused',
    hint: /\/var\/log, \/var\/log\/app, \/srv/,
  });
});
