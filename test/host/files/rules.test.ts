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

test('what a token is narrowed to is seen, with what is below it, and nothing beside it', () => {
  const narrowed = { ...rules, within: ['/var/log/app/nginx', '/srv/one.txt'] };
  assert.deepEqual(allow('/var/log/app/nginx/a', narrowed).names, ['nginx', 'a']);
  assert.deepEqual(allow('/srv/one.txt', narrowed).names, ['one.txt']);
  for (const path of ['/var/log/app', '/var/log/app/nginx2', '/srv', '/srv/one.txt2', '/']) {
    assert.throws(() => allow(path, narrowed), {
      code: 'path_refused',
      hint: 'It is narrowed to /var/log/app/nginx, /srv/one.txt.',
    });
  }
});

test('a token narrowed to what no one may see sees nothing', () => {
  assert.throws(() => allow('/etc/passwd', { ...rules, within: ['/etc'] }), { code: 'path_refused' });
  assert.throws(() => allow('/srv/tls.key', { ...rules, within: ['/srv/tls.key'] }), {
    code: 'path_refused',
  });
  assert.throws(() => allow('/srv', { ...rules, within: [] }), { code: 'path_refused' });
});
