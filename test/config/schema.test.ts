import assert from 'node:assert/strict';
import { test } from 'node:test';
import { installation } from './installation.ts';

/** Values are given as a file would give them, one after another to a fresh configuration. */
const typedWrong: [string, unknown[], RegExp][] = [
  [
    'server.host',
    ['', '*', '127.1', '0', '10.0.0.256', '[::1]', 'box:8080', 'a b', 'http://box', 7, true, ['::']],
    /must be an IP address \(0\.0\.0\.0 or :: for all of them\) or a host name/,
  ],
  [
    'server.port',
    [0, 65536, -1, 80.5, '8080', true, [8080], { a: 1 }, 1e308],
    /must be a whole number from 1 to 65535/,
  ],
  ['server.transport', ['', 'sse', 1, ['http'], 'constructor'], /must be one of http, http-sse, stdio/],
  ['server.auth_required', ['true', 'no', 0, 1, [], {}], /must be true or false/],
  [
    'server.allowed_hosts',
    ['box', ['box:80'], ['*.example'], ['10.0.0.1'], [7], { a: 1 }],
    /must be a list of host names/,
  ],
  ['server.drain_timeout', [-1, 601, '10s', 1.5], /must be a whole number from 0 to 600, in seconds/],
  ['server.user', ['', '-x', 'a b', 'a:b', 1000, 'a'.repeat(65)], /must be the name of a user or group/],
  ['server.groups', ['docker', ['-x'], [{}]], /must be a list of groups/],
  ['security.rate_limit', [0, 1_000_000_001, '100', false], /must be a whole number from 1 to 1000000000/],
  ['security.max_file_size', [0, '10M', 2 ** 41], /must be a whole number from 1 to 1099511627776, in bytes/],
  ['security.max_token_age', [0, '0', -1, '11y', '3651d', true, [60], 1.5], /must be a duration of 1 to/],
  [
    'logging.level',
    ['loud', 30, 'toString', ['info']],
    /must be one of trace, debug, info, warn, error, fatal/,
  ],
  ['logging.file', ['mcp.log', '/a/../b', '/a\u0000b', '/a\nb', false], /must be an absolute path without/],
  ['audit.file', ['', 'audit.log', 5], /must be an absolute path without \.\. and control characters/],
  ['audit.max_size', [0, 4095], /must be a whole number from 4096/],
  ['audit.keep', [-1, 1001, []], /must be a whole number from 0 to 1000/],
  ['docker.socket_path', ['docker.sock', 'unix:///var/run/docker.sock'], /must be an absolute path/],
  ['docker.read_only', ['false', 1], /must be true or false/],
  ['docker.protected_names', ['web', ['a/b'], [1]], /must be a list of names/],
  ['docker.protected_labels', ['keep', ['=yes'], ['a\nb']], /must be a list of labels/],
  [
    'filesystem.allowed_paths',
    ['/var/log', ['log'], ['/var/log/../..'], ['/a\u001b'], [null], [['/var']], { a: '/var' }],
    /must be a list of absolute paths/,
  ],
  ['filesystem.denied_names', ['*.pem', ['a/b'], [''], ['a\u0007'], [null]], /must be a list of names/],
  ['filesystem.allow_hardlinks', ['true', 1], /must be true or false/],
  ['host.sysfs', ['sys', '~/sys'], /must be an absolute path/],
];

for (const [key, values, says] of typedWrong) {
  test(`${key} refuses what it does not take, and says what it takes`, (t) => {
    const [section = '', name = ''] = key.split('.');
    const place = installation(t);
    for (const value of values) {
      place.put('config.yaml', JSON.stringify({ [section]: { [name]: value } }));
      const { detail } = place.refusal();
      assert.match(detail, says, JSON.stringify(value));
      assert.match(detail, new RegExp(`config\\.yaml:1: ${key} must be`), JSON.stringify(value));
    }
  });
}

test('host names and addresses are taken, names in lower case', (t) => {
  const place = installation(t);
  const hosts = ['0.0.0.0', '::', '::1', '192.168.1.5', 'localhost', 'Box.Example.org'];
  assert.deepEqual(
    hosts.map((host) => place.load({ set: [`server.host=${host}`] }).config.server.host),
    ['0.0.0.0', '::', '::1', '192.168.1.5', 'localhost', 'box.example.org'],
  );
});

test('the bounds of a number are part of it', (t) => {
  const place = installation(t);
  assert.equal(place.load({ set: ['server.port=1'] }).config.server.port, 1);
  assert.equal(place.load({ set: ['server.port=65535'] }).config.server.port, 65535);
  assert.equal(place.load({ set: ['server.drain_timeout=0'] }).config.server.drain_timeout, 0);
});

test('a level is taken in any case and in the spelling of other loggers', (t) => {
  const place = installation(t);
  assert.deepEqual(
    ['INFO', 'Debug', 'WARNING', 'CRITICAL', 'silent', 'TRACE', 'warn'].map(
      (level) => place.load({ set: [`logging.level=${level}`] }).config.logging.level,
    ),
    ['info', 'debug', 'warn', 'fatal', 'silent', 'trace', 'warn'],
  );
});

test('a transport is taken in any case', (t) => {
  const { config } = installation(t, 'server: {transport: HTTP-SSE}').load();
  assert.equal(config.server.transport, 'http-sse');
});

test('a duration is taken in seconds and in words', (t) => {
  const place = installation(t);
  assert.deepEqual(
    ['3600', '"1h"', '30d', '"3600"'].map((age) => {
      place.put('config.yaml', `security: {max_token_age: ${age}}`);
      return place.load().config.security.max_token_age;
    }),
    [3600, 3600, 2_592_000, 3600],
  );
});

test('an empty logging.file switches the file off', (t) => {
  assert.equal(installation(t, 'logging: {file: ""}').load().config.logging.file, '');
});

test('paths are kept in one spelling, and once', (t) => {
  const { config } = installation(
    t,
    'filesystem: {allowed_paths: [/var//log/, /var/log, /srv/./x, /]}',
  ).load();
  assert.deepEqual(config.filesystem.allowed_paths, ['/var/log', '/srv/x', '/']);
});

test('a wrong entry of a list says what each entry must be', (t) => {
  const { detail } = installation(t, 'filesystem: {allowed_paths: [/var/log, tmp]}').refusal();
  assert.match(
    detail,
    /filesystem\.allowed_paths must be a list of absolute paths; each must be an absolute path without/,
  );
});
