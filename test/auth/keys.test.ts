import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { promisify } from 'node:util';
import { makeKeys, openKeySource, parseKeys, readKeys, rotateKeys } from '../../src/auth/keys.ts';
import { stillClock } from '../still-clock.ts';
import { folderFor } from './folder.ts';

const secret = 'AbCdEfGhIjKlMnOpQrStUvWxYz0123456789_-AbCdE';
const createdAt = '2026-01-01T00:00:00.000Z';
const file = (...keys: unknown[]) => JSON.stringify({ version: 1, keys });
const modeOf = (path: string) => (statSync(path).mode & 0o7777).toString(8);

test('the first key signs and all verify', () => {
  const ring = parseKeys(
    file({ id: 'new', secret, createdAt }, { id: 'old', secret, createdAt, verifyUntil: createdAt }),
    '/keys',
  );
  assert.equal(ring.current.id, 'new');
  assert.equal(ring.current.secret.length, 32);
  assert.equal(ring.find('old')?.verifyUntil, Date.UTC(2026, 0, 1));
  assert.equal(ring.find('none'), undefined);
  assert.equal(ring.source, '/keys');
});

const unusable: Record<string, [string, RegExp]> = {
  'an empty file': ['', /empty/],
  'white space': [' \n', /empty/],
  'a bare placeholder': ['replace-with-real-token\n', /no JSON/],
  'half a file': [file({ id: 'a', secret, createdAt }).slice(0, 40), /no JSON/],
  null: ['null', /version/],
  'another version': [`{"version":2,"keys":[{"id":"a","secret":"${secret}"}]}`, /version/],
  'no version': [`{"keys":[{"id":"a","secret":"${secret}"}]}`, /version/],
  'no keys': ['{"version":1}', /no key/],
  'an empty list': [file(), /no key/],
  'a key that is a text': [file('change-me'), /no valid id/],
  'a key that is null': [file(null), /no valid id/],
  'an id with white space': [file({ id: 'a b', secret, createdAt }), /no valid id/],
  'no secret': [file({ id: 'a', createdAt }), /empty or not base64url/],
  'an empty secret': [file({ id: 'a', secret: '', createdAt }), /empty or not base64url/],
  'a secret in standard base64': [file({ id: 'a', secret: `+/${secret}`, createdAt }), /not base64url/],
  'a secret of 31 bytes': [file({ id: 'a', secret: secret.slice(0, 42), createdAt }), /shorter than 32/],
  'the secret change-me': [file({ id: 'a', secret: 'change-me', createdAt }), /placeholder/],
  'the secret replace-with-real-token': [
    file({ id: 'a', secret: 'replace-with-real-token', createdAt }),
    /placeholder/,
  ],
  'a long placeholder': [file({ id: 'a', secret: 'CHANGE-ME-'.repeat(5), createdAt }), /placeholder/],
  'a secret of zeros': [file({ id: 'a', secret: 'A'.repeat(43), createdAt }), /placeholder/],
  'a secret of one byte': [
    file({ id: 'a', secret: Buffer.alloc(32, 0x5a).toString('base64url'), createdAt }),
    /placeholder/,
  ],
  'a word repeated': [file({ id: 'a', secret: 'secret'.repeat(8), createdAt }), /placeholder/],
  'no time of making': [file({ id: 'a', secret }), /createdAt/],
  'an end that is no time': [
    file({ id: 'a', secret, createdAt }, { id: 'b', secret, createdAt, verifyUntil: 'soon' }),
    /verifyUntil/,
  ],
  'a first key that only verifies': [
    file({ id: 'a', secret, createdAt, verifyUntil: createdAt }),
    /no key in it signs/,
  ],
  'one id twice': [file({ id: 'a', secret, createdAt }, { id: 'a', secret, createdAt }), /one id/],
};
for (const [what, [text, why]] of Object.entries(unusable)) {
  test(`a key file with ${what} is refused by its name`, (t) => {
    const path = join(folderFor(t), 'keys.json');
    writeFileSync(path, text, { mode: 0o600 });
    assert.throws(() => readKeys(path), {
      code: 'start_failed',
      detail: new RegExp(`^The keys in ${path} .*${why.source}`),
      hint: /.+/,
    });
  });
}

test('no refusal repeats a secret', () => {
  const short = secret.slice(0, 30);
  assert.throws(
    () => parseKeys(file({ id: 'a', secret: short, createdAt }), '/keys'),
    (problem: Error) => !`${problem.message}${problem.stack}`.includes(short),
  );
});

test('keys that are not there are missed by name', (t) => {
  const path = join(folderFor(t), 'keys.json');
  assert.throws(() => readKeys(path), { code: 'start_failed', detail: new RegExp(path) });
});

for (const mode of [0o644, 0o640, 0o660, 0o604, 0o610, 0o700 | 0o001]) {
  test(`a key file of mode ${mode.toString(8)} is refused by its name`, (t) => {
    const path = join(folderFor(t), 'keys.json');
    makeKeys(path, stillClock());
    chmodSync(path, mode);
    assert.throws(() => readKeys(path), {
      code: 'start_failed',
      detail: new RegExp(`${path} is open to others`),
    });
  });
}

test('a symbolic link to a key file is refused', (t) => {
  const folder = folderFor(t);
  makeKeys(join(folder, 'real.json'), stillClock());
  symlinkSync(join(folder, 'real.json'), join(folder, 'keys.json'));
  assert.throws(() => readKeys(join(folder, 'keys.json')), { code: 'start_failed', detail: /symbolic link/ });
});

for (const umask of [0o000, 0o022, 0o077, 0o777]) {
  test(`a key file is 0600 under the umask ${umask.toString(8)}`, (t) => {
    const path = join(folderFor(t), 'keys.json');
    const before = process.umask(umask);
    try {
      makeKeys(path, stillClock());
    } finally {
      process.umask(before);
    }
    assert.equal(modeOf(path), '600');
  });
}

test('a key file that was made holds one key of 32 random bytes and nothing lies beside it', (t) => {
  const folder = folderFor(t);
  const ring = makeKeys(join(folder, 'keys.json'), stillClock());
  assert.equal(ring.keys.length, 1);
  assert.equal(ring.current.secret.length, 32);
  assert.equal(ring.current.createdAt, Date.UTC(2026, 0, 2, 3, 4, 5));
  assert.deepEqual(readdirSync(folder), ['keys.json']);
});

test('keys that are there are never overwritten', (t) => {
  const path = join(folderFor(t), 'keys.json');
  const { current } = makeKeys(path, stillClock());
  const text = readFileSync(path, 'utf8');
  assert.equal(makeKeys(path, stillClock()).current.id, current.id);
  assert.equal(readFileSync(path, 'utf8'), text);
});

test('processes that make keys at once end with the same ones', async (t) => {
  const path = join(folderFor(t), 'keys.json');
  const program = join(import.meta.dirname, 'programs/make-keys.ts');
  const run = () => promisify(execFile)(process.execPath, ['--import', 'tsx', program, path]);
  const ids = await Promise.all([run(), run(), run(), run()]);
  assert.deepEqual(new Set(ids.map(({ stdout }) => stdout.trim())), new Set([readKeys(path).current.id]));
});

test('where keys cannot be made the folder is named', (t) => {
  const path = join(folderFor(t), 'absent', 'keys.json');
  assert.throws(() => makeKeys(path, stillClock()), {
    code: 'start_failed',
    detail: /ENOENT/,
    hint: /absent/,
  });
});

test('a rotation makes a new key, and the old one verifies as long as its tokens can live', (t) => {
  const path = join(folderFor(t), 'keys.json');
  const clock = stillClock();
  const old = makeKeys(path, clock).current;
  const ring = rotateKeys(path, clock, 3600);
  assert.notEqual(ring.current.id, old.id);
  assert.notDeepEqual(ring.current.secret, old.secret);
  assert.deepEqual(ring.find(old.id)?.secret, old.secret);
  assert.equal(ring.find(old.id)?.verifyUntil, Date.UTC(2026, 0, 2, 4, 4, 5));
  assert.equal(modeOf(path), '600');
});

test('a second rotation does not prolong an old key, and drops it when its time is over', (t) => {
  const path = join(folderFor(t), 'keys.json');
  const clock = stillClock();
  const first = makeKeys(path, clock).current;
  rotateKeys(path, clock, 3600);
  clock.forward(3_599_999);
  const ring = rotateKeys(path, clock, 3600);
  assert.equal(ring.find(first.id)?.verifyUntil, Date.UTC(2026, 0, 2, 4, 4, 5));
  clock.forward(1);
  assert.equal(rotateKeys(path, clock, 3600).find(first.id), undefined);
});

test('keys that are not there cannot be rotated, and nothing is left behind', (t) => {
  const folder = folderFor(t);
  assert.throws(() => rotateKeys(join(folder, 'keys.json'), stillClock(), 3600), { code: 'start_failed' });
  assert.deepEqual(readdirSync(folder), []);
});

/** The keys of a daemon whose troubles are collected. */
function openSource(t: TestContext, withCredentials = false) {
  const folder = folderFor(t);
  const stateDirectory = join(folder, 'state');
  const credentialsDirectory = join(folder, 'credentials');
  mkdirSync(stateDirectory);
  mkdirSync(credentialsDirectory);
  const clock = stillClock();
  const troubles: { code?: string }[] = [];
  const keyFile = join(stateDirectory, 'keys.json');
  const credential = join(credentialsDirectory, 'systemmanager.keys');
  if (withCredentials) writeFileSync(credential, file({ id: 'handed', secret, createdAt }));
  const open = () =>
    openKeySource({ stateDirectory, credentialsDirectory }, clock, (cause) => troubles.push(cause as object));
  return { open, clock, troubles, keyFile, credential };
}

test('a daemon without keys makes them in its state folder', (t) => {
  const { open, keyFile } = openSource(t);
  assert.equal(open().ring().source, keyFile);
  assert.equal(modeOf(keyFile), '600');
});

test('a credential goes before the state folder, where then no keys are made', (t) => {
  const { open, keyFile, credential } = openSource(t, true);
  chmodSync(credential, 0o440);
  const ring = open().ring();
  assert.deepEqual([ring.current.id, ring.source], ['handed', credential]);
  assert.equal(existsSync(keyFile), false);
});

test('a credential that others can read stops the start', (t) => {
  const { open, credential } = openSource(t, true);
  chmodSync(credential, 0o444);
  assert.throws(open, { code: 'start_failed', detail: new RegExp(credential) });
});

test('a key file that is broken stops the start', (t) => {
  const { open, keyFile } = openSource(t);
  writeFileSync(keyFile, 'change-me', { mode: 0o600 });
  assert.throws(open, { code: 'start_failed', detail: new RegExp(keyFile) });
});

test('a rotation is seen a second later without a restart', (t) => {
  const { open, clock, keyFile } = openSource(t);
  const source = open();
  const before = source.ring();
  const { current } = rotateKeys(keyFile, clock, 3600);
  clock.forward(999);
  assert.equal(source.ring(), before);
  clock.forward(1);
  assert.equal(source.ring().current.id, current.id);
});

test('keys that have not changed are not read again', (t) => {
  const { open, clock } = openSource(t);
  const source = open();
  const before = source.ring();
  clock.forward(60_000);
  assert.equal(source.ring(), before);
});

test('a file that breaks later leaves the keys as they were, and is told once', (t) => {
  const { open, clock, troubles, keyFile } = openSource(t);
  const source = open();
  const before = source.ring();
  writeFileSync(keyFile, '');
  for (let look = 0; look < 3; look++) {
    clock.forward(1000);
    assert.equal(source.ring(), before);
  }
  assert.deepEqual(
    troubles.map(({ code }) => code),
    ['start_failed'],
  );
});

test('a file that is removed later leaves the keys as they were', (t) => {
  const { open, clock, troubles, keyFile } = openSource(t);
  const source = open();
  const before = source.ring();
  rmSync(keyFile);
  clock.forward(1000);
  assert.equal(source.ring(), before);
  assert.equal(troubles.length, 1);
});

if (process.geteuid?.() === 0) {
  test('keys made by root belong to the owner of the folder', (t) => {
    const folder = folderFor(t);
    chownSync(folder, 4711, 4712);
    const path = join(folder, 'keys.json');
    makeKeys(path, stillClock());
    rotateKeys(path, stillClock(), 3600);
    const { uid, gid } = statSync(path);
    assert.deepEqual([uid, gid, modeOf(path)], [4711, 4712, '600']);
  });

  test('the daemon’s user can read the keys that root made for it', (t) => {
    const folder = folderFor(t);
    chownSync(folder, 4711, 4712);
    const path = join(folder, 'keys.json');
    const { current } = makeKeys(path, stillClock());
    process.seteuid?.(4711);
    try {
      assert.equal(readKeys(path).current.id, current.id);
    } finally {
      process.seteuid?.(0);
    }
  });

  test('keys of a third user are refused, by root as by the daemon’s user', (t) => {
    const path = join(folderFor(t), 'keys.json');
    makeKeys(path, stillClock());
    chownSync(path, 4713, 4713);
    assert.throws(() => readKeys(path), { code: 'start_failed', detail: /belongs to uid 4713/ });
  });
}
