import assert from 'node:assert/strict';
import { test } from 'node:test';
import { markdownTable, settingsReference } from '../../src/config/reference.ts';

const keys = [
  'server.host',
  'server.port',
  'server.transport',
  'server.auth_required',
  'server.allowed_hosts',
  'server.drain_timeout',
  'server.user',
  'server.groups',
  'security.auth_tokens',
  'security.rate_limit',
  'security.max_file_size',
  'security.max_token_age',
  'logging.level',
  'logging.file',
  'audit.file',
  'audit.max_size',
  'audit.keep',
  'docker.socket_path',
  'docker.read_only',
  'docker.protected_names',
  'docker.protected_labels',
  'filesystem.allowed_paths',
  'filesystem.denied_names',
  'filesystem.allow_hardlinks',
  'host.sysfs',
  'history.enabled',
  'history.interval',
  'history.keep_samples',
  'history.keep_minutes',
  'history.keep_quarters',
];

test('every setting is documented, and nothing else', () => {
  assert.deepEqual(
    settingsReference().map(({ key }) => key),
    keys,
  );
});

test('every setting has a sentence of what it means and words for what it takes', () => {
  for (const { key, doc, kind } of settingsReference()) {
    assert.match(doc, /^[\w`].{10,}\.$/, key);
    assert.notEqual(kind, '', key);
  }
});

test('a setting knows its range, default, environment variable and what applies it', () => {
  const rate = settingsReference().find(({ key }) => key === 'security.rate_limit');
  assert.deepEqual(rate, {
    key: 'security.rate_limit',
    doc: 'How often each caller may call.',
    kind: '1–1000000000 calls a minute',
    default: 100,
    appliedBy: 'reload',
    env: 'SYSTEMMANAGER_SECURITY_RATE_LIMIT',
    sensitive: false,
  });
});

test('tokens are sensitive, and the only setting without an environment variable', () => {
  const special = settingsReference().filter(({ sensitive, env }) => sensitive || env === undefined);
  assert.deepEqual(
    special.map(({ key, sensitive, env }) => [key, sensitive, env]),
    [['security.auth_tokens', true, undefined]],
  );
});

test('the table has a row of six cells a setting', () => {
  const rows = markdownTable().split('\n');
  assert.equal(rows.length, 2 + keys.length);
  for (const row of rows) assert.equal(row.replaceAll('\\|', '').split('|').length, 8, row);
  assert.equal(
    rows.find((row) => row.includes('`filesystem.allowed_paths`')),
    '| `filesystem.allowed_paths` | The folders that the file tools may read, with all that is in them. | list of absolute paths | `/var/log` | reload | `SYSTEMMANAGER_FILESYSTEM_ALLOWED_PATHS` |',
  );
});
