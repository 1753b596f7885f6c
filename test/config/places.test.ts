import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { Problem } from '../../src/base/errors.ts';
import { ensureFolder, systemPlaces, userPlaces } from '../../src/config/places.ts';

test('the installed daemon has the folders of the system', () => {
  assert.deepEqual(systemPlaces({}), {
    kind: 'system',
    configFile: '/etc/systemmanager/config.yaml',
    configDirectory: '/etc/systemmanager/conf.d',
    stateDirectory: '/var/lib/systemmanager',
    logDirectory: '/var/log/systemmanager',
    runtimeDirectory: '/run/systemmanager-mcp',
  });
});

test('the installed daemon takes the state and log folders that systemd names', () => {
  const places = systemPlaces({ stateDirectory: '/srv/state', logsDirectory: '/srv/log' });
  assert.deepEqual([places.stateDirectory, places.logDirectory], ['/srv/state', '/srv/log']);
});

test('an ordinary user has folders below the home', () => {
  assert.deepEqual(userPlaces({ home: '/home/ann', uid: 1000 }), {
    kind: 'user',
    configFile: '/home/ann/.config/systemmanager/config.yaml',
    configDirectory: '/home/ann/.config/systemmanager/conf.d',
    stateDirectory: '/home/ann/.local/state/systemmanager',
    logDirectory: '/home/ann/.local/state/systemmanager',
    runtimeDirectory: '/tmp/systemmanager-mcp-1000',
  });
});

test('an ordinary user’s XDG folders go before, and systemd’s are not asked', () => {
  const places = userPlaces({
    home: '/home/ann',
    uid: 1000,
    xdgConfigHome: '/x/config',
    xdgStateHome: '/x/state',
    xdgRuntimeDir: '/run/user/1000',
    stateDirectory: '/var/lib/systemmanager',
  });
  assert.equal(places.configFile, '/x/config/systemmanager/config.yaml');
  assert.equal(places.stateDirectory, '/x/state/systemmanager');
  assert.equal(places.runtimeDirectory, '/run/user/1000/systemmanager-mcp');
});

const uid = process.geteuid?.() ?? 0;
const modeOf = (path: string): number => statSync(path).mode & 0o7777;

/** A folder of our own, or one in which everybody can make files, as in /tmp. */
function parent(t: TestContext, mode: 0o755 | 0o1777): string {
  const folder = mkdtempSync(join(tmpdir(), 'systemmanager-places-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  chmodSync(folder, mode);
  return folder;
}

function refused(
  folder: string,
  needs: Parameters<typeof ensureFolder>[1],
  detail: RegExp,
  hint: RegExp,
): void {
  assert.throws(
    () => ensureFolder(folder, needs),
    (thrown) =>
      thrown instanceof Problem &&
      thrown.code === 'start_failed' &&
      detail.test(thrown.detail) &&
      hint.test(thrown.hint ?? ''),
  );
}

test('a missing folder is made with all above it, with its mode whatever the umask', (t) => {
  const folder = join(parent(t, 0o755), 'a/b');
  const before = process.umask(0o077);
  t.after(() => process.umask(before));
  ensureFolder(folder, { mode: 0o750 });
  assert.equal(modeOf(folder), 0o750);
});

test('a folder that is there already is left as the operator made it', (t) => {
  const folder = join(parent(t, 0o755), 'a');
  mkdirSync(folder);
  chmodSync(folder, 0o2775);
  ensureFolder(folder, { mode: 0o750 });
  assert.equal(modeOf(folder), 0o2775);
});

test('a folder that everybody can write to is refused', (t) => {
  const folder = join(parent(t, 0o755), 'a');
  mkdirSync(folder);
  chmodSync(folder, 0o777);
  refused(folder, { mode: 0o700 }, /everybody can write to it \(mode 0777\)/, /^chmod o-w /);
});

test('a file in the folder’s place is refused', (t) => {
  for (const mode of [0o755, 0o1777] as const) {
    const path = join(parent(t, mode), 'a');
    writeFileSync(path, '');
    refused(path, { mode: 0o700 }, /it is not a folder/, /^Remove /);
  }
});

test('where only we can make folders, a link to a folder will do', (t) => {
  const above = parent(t, 0o755);
  mkdirSync(join(above, 'real'));
  symlinkSync(join(above, 'real'), join(above, 'a'));
  ensureFolder(join(above, 'a'), { mode: 0o700 });
});

test('where everybody can make folders, a link is refused', (t) => {
  const above = parent(t, 0o1777);
  mkdirSync(join(above, 'real'), { mode: 0o700 });
  symlinkSync(join(above, 'real'), join(above, 'a'));
  refused(join(above, 'a'), { mode: 0o700 }, /it is a symbolic link/, /set XDG_RUNTIME_DIR/);
});

test('where everybody can make folders, a link that leads nowhere makes nothing', (t) => {
  const above = parent(t, 0o1777);
  symlinkSync(join(above, 'elsewhere'), join(above, 'a'));
  refused(join(above, 'a'), { mode: 0o700 }, /it is a symbolic link/, /set XDG_RUNTIME_DIR/);
  assert.throws(() => statSync(join(above, 'elsewhere')), /ENOENT/);
});

test('where everybody can make folders, somebody else’s is refused', (t) => {
  const folder = join(parent(t, 0o1777), 'a');
  mkdirSync(folder, { mode: 0o700 });
  refused(
    folder,
    { mode: 0o700, owner: { uid: uid + 1, gid: 0 } },
    new RegExp(`it belongs to uid ${uid}, not to uid ${uid + 1}`),
    /^Remove /,
  );
});

test('where everybody can make folders, one of ours that others could use is refused', (t) => {
  const folder = join(parent(t, 0o1777), 'a');
  mkdirSync(folder);
  chmodSync(folder, 0o755);
  refused(folder, { mode: 0o700 }, /others may use it \(mode 0755, not 0700\)/, /^Remove /);
});

test('where everybody can make folders, one of ours alone is used', (t) => {
  const folder = join(parent(t, 0o1777), 'a');
  ensureFolder(folder, { mode: 0o700 });
  ensureFolder(folder, { mode: 0o700 });
  assert.equal(modeOf(folder), 0o700);
});

test('a folder that cannot be made is refused with the reason and the mend', () => {
  refused('/proc/systemmanager', { mode: 0o700 }, /cannot be made or written to \(\w+\)/, /systemd unit/);
});

test('what is made for another user belongs to that user', (t) => {
  const folder = join(parent(t, 0o755), 'a');
  // Only root can give a folder away; anybody can give it to themselves.
  const owner = uid === 0 ? { uid: 65_534, gid: 65_534 } : { uid, gid: process.getegid!() };
  ensureFolder(folder, { mode: 0o700, owner });
  assert.deepEqual([statSync(folder).uid, statSync(folder).gid], [owner.uid, owner.gid]);
});
