import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { installation } from './installation.ts';

test('a file named explicitly replaces the default file and conf.d', (t) => {
  const place = installation(t, 'server: {port: 1001}');
  place.put('conf.d/a.yaml', 'server: {port: 1002}');
  const file = place.put('other.yaml', 'audit: {keep: 3}');
  const { config, files } = place.load({ file });
  assert.deepEqual([config.server.port, config.audit.keep, files], [8080, 3, [file]]);
});

test('a file named explicitly must exist', (t) => {
  const place = installation(t);
  const file = join(place.folder, 'missing.yaml');
  assert.match(place.refusal({ file }).detail, /missing\.yaml: there is no such file/);
});

test('a missing conf.d is no fault', (t) => {
  const place = installation(t, 'server: {port: 1001}');
  rmSync(join(place.folder, 'conf.d'), { recursive: true });
  assert.equal(place.load().config.server.port, 1001);
});

test('a link in conf.d that leads nowhere is a fault', (t) => {
  const place = installation(t);
  symlinkSync('/nonexistent', join(place.folder, 'conf.d/a.yaml'));
  assert.match(place.refusal().detail, /conf\.d\/a\.yaml: there is no such file/);
});

test('hidden files in conf.d are not read', (t) => {
  const place = installation(t);
  place.put('conf.d/.a.yaml', 'server: {port: 1}');
  assert.equal(place.load().config.server.port, 8080);
});

test('a file in conf.d that ends in .yml is warned of', (t) => {
  const place = installation(t);
  const file = place.put('conf.d/a.yml', 'server: {port: 1}');
  const { config, warnings } = place.load();
  assert.equal(config.server.port, 8080);
  assert.deepEqual(warnings, [`${file} is not read: only names that end in .yaml are`]);
});

test('a folder where a file should be is refused', (t) => {
  const place = installation(t);
  mkdirSync(place.file);
  assert.match(place.refusal().detail, /config\.yaml: it is not a regular file/);
});

test('a FIFO is refused at once, without waiting for a writer', (t) => {
  const place = installation(t);
  execFileSync('mkfifo', [place.file]);
  assert.match(place.refusal().detail, /config\.yaml: it is not a regular file/);
});

test('a file of more than a mebibyte is refused', (t) => {
  const place = installation(t, `#${'x'.repeat(1_048_576)}`);
  assert.match(place.refusal().detail, /config\.yaml: it has more than 1048576 bytes/);
});

test('a file that is not UTF-8 is refused', (t) => {
  const place = installation(t);
  execFileSync('sh', ['-c', `printf 'server: \\377' > "$1"`, 'sh', place.file]);
  assert.match(place.refusal().detail, /config\.yaml: it is not UTF-8 text/);
});

test('a file that everybody can change is warned of', (t) => {
  const place = installation(t, '');
  chmodSync(place.file, 0o646);
  assert.match(place.load().warnings[0] ?? '', /config\.yaml can be changed by everybody \(mode 0646\)/);
});

/** Root may read everything, so for the time of `run` it is somebody else, in no group. */
function asOrdinaryUser<T>(run: () => T): T {
  if (process.geteuid!() !== 0) return run();
  const groups = process.getgroups!();
  process.setgroups!([]);
  process.setegid!(65_534);
  process.seteuid!(65_534);
  try {
    return run();
  } finally {
    process.seteuid!(0);
    process.setegid!(0);
    process.setgroups!(groups);
  }
}

test('a file that this user may not read names its owner, its group and the mend', (t) => {
  const place = installation(t, 'server: {port: 1001}');
  chmodSync(place.file, process.geteuid?.() === 0 ? 0o640 : 0o040);
  const { detail, hint } = asOrdinaryUser(() => place.refusal());
  assert.match(
    detail,
    /config\.yaml: the user \S+ may not read it; \S+config\.yaml belongs to \S+:\S+, mode 0\d40/,
  );
  assert.match(hint ?? '', /^Run this as \S+ or as a member of the group \S+\.$/);
});

test('behind a folder that this user may not enter, the folder’s owner is named', (t) => {
  const place = installation(t);
  const locked = join(place.folder, 'locked');
  mkdirSync(locked);
  place.put('locked/config.yaml', '');
  chmodSync(locked, process.geteuid!() === 0 ? 0o700 : 0o000);
  const { detail } = asOrdinaryUser(() => place.refusal({ file: join(locked, 'config.yaml') }));
  chmodSync(locked, 0o700);
  assert.match(detail, /locked\/config\.yaml: the user \S+ may not read it; \S+\/locked belongs to/);
});

test('the environment gives numbers, truths, durations and lists separated by commas', (t) => {
  const { config } = installation(t).load({
    env: {
      SYSTEMMANAGER_SERVER_PORT: '9090',
      SYSTEMMANAGER_DOCKER_READ_ONLY: 'True',
      SYSTEMMANAGER_SECURITY_MAX_TOKEN_AGE: '30d',
      SYSTEMMANAGER_FILESYSTEM_ALLOWED_PATHS: '/var/log, /srv',
      SYSTEMMANAGER_SERVER_GROUPS: '',
    },
  });
  assert.equal(config.server.port, 9090);
  assert.equal(config.docker.read_only, true);
  assert.equal(config.security.max_token_age, 2_592_000);
  assert.deepEqual(config.filesystem.allowed_paths, ['/var/log', '/srv']);
  assert.deepEqual(config.server.groups, []);
});

test('an empty text in the environment is no number and no truth', (t) => {
  const place = installation(t);
  assert.match(
    place.refusal({ env: { SYSTEMMANAGER_SERVER_DRAIN_TIMEOUT: '' } }).detail,
    /must be a whole number from 0 to 600/,
  );
  assert.match(
    place.refusal({ env: { SYSTEMMANAGER_SERVER_AUTH_REQUIRED: 'no' } }).detail,
    /must be true or false/,
  );
});

test('an unknown variable is refused with the nearest one', (t) => {
  const { detail } = installation(t).refusal({ env: { SYSTEMMANAGER_SECURITY_RATELIMIT: '5' } });
  assert.match(
    detail,
    /environment: there is no variable 'SYSTEMMANAGER_SECURITY_RATELIMIT'; did you mean 'SYSTEMMANAGER_SECURITY_RATE_LIMIT'\?/,
  );
});

test('variables of others are left alone', (t) => {
  const { config } = installation(t).load({ env: { PORT: '1', SYSTEM_PORT: '1', SYSTEMMANAGERX: '1' } });
  assert.equal(config.server.port, 8080);
});

test('tokens are not taken from the environment, and not repeated', (t) => {
  const { detail } = installation(t).refusal({
    env: { SYSTEMMANAGER_SECURITY_AUTH_TOKENS: 'correct-horse-battery' },
  });
  assert.match(detail, /environment SYSTEMMANAGER_SECURITY_AUTH_TOKENS: .* taken from files alone/);
  assert.doesNotMatch(detail, /horse/);
});

test('tokens are not taken from the command line, and not repeated', (t) => {
  const { detail } = installation(t).refusal({ set: ['security.auth_tokens=correct-horse-battery'] });
  assert.match(detail, /argument --set security\.auth_tokens: .* taken from files alone/);
  assert.doesNotMatch(detail, /horse/);
});

test('an argument sets what follows its first equals sign', (t) => {
  const { config } = installation(t).load({ set: ['logging.file=/tmp/a=b.log'] });
  assert.equal(config.logging.file, '/tmp/a=b.log');
});

test('an argument without an equals sign is refused', (t) => {
  assert.match(
    installation(t).refusal({ set: ['server.port'] }).detail,
    /argument --set: 'server\.port' must be KEY=VALUE/,
  );
});

test('an unknown key in an argument is refused with the nearest one', (t) => {
  assert.match(
    installation(t).refusal({ set: ['server.prot=1'] }).detail,
    /argument --set: there is no setting 'server\.prot'; did you mean 'server\.port'\?/,
  );
});
