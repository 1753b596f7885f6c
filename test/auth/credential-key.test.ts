import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { keysFromCredential, systemStores } from '../../src/auth/credential-key.ts';
import { folderFor } from './folder.ts';

const keyFile = (id: string) =>
  JSON.stringify({
    version: 1,
    keys: [
      { id, secret: 'AbCdEfGhIjKlMnOpQrStUvWxYz0123456789_-AbCdE', createdAt: '2026-01-01T00:00:00.000Z' },
    ],
  });

/** Two plain and two encrypted stores, and a way to put a credential into one. */
function openStores(t: TestContext) {
  const folder = folderFor(t);
  const store = (name: string) => join(folder, name);
  for (const name of ['p1', 'p2', 'e1', 'e2']) mkdirSync(store(name));
  return {
    stores: { plain: [store('p1'), store('p2')], encrypted: [store('e1'), store('e2')] },
    put(name: string, text: string): string {
      const file = join(store(name), 'systemmanager.keys');
      writeFileSync(file, text, { mode: 0o600 });
      return file;
    },
  };
}

test('no credential is no failure', (t) => {
  assert.equal(keysFromCredential(openStores(t).stores), undefined);
});

test('stores that do not exist are no failure', () => {
  assert.equal(keysFromCredential({ plain: ['/nonexistent/a'], encrypted: ['/nonexistent/b'] }), undefined);
});

test('a plain credential is read where it is', (t) => {
  const { stores, put } = openStores(t);
  const file = put('p2', keyFile('plain'));
  const ring = keysFromCredential(stores);
  assert.deepEqual([ring?.current.id, ring?.source], ['plain', file]);
});

test('the first store and the plain ones go before, as for systemd', (t) => {
  const { stores, put } = openStores(t);
  put('e1', 'anything');
  put('p2', keyFile('second'));
  put('p1', keyFile('first'));
  assert.equal(keysFromCredential(stores)?.current.id, 'first');
});

test('a plain credential that others can read is refused by its name', (t) => {
  const { stores, put } = openStores(t);
  const file = put('p1', keyFile('plain'));
  chmodSync(file, 0o644);
  assert.throws(() => keysFromCredential(stores), { code: 'start_failed', detail: new RegExp(file) });
});

test('an encrypted credential that cannot be decrypted here is answered with the exact command', (t) => {
  const { stores, put } = openStores(t);
  const file = put('e2', 'bm90IGVuY3J5cHRlZA==');
  assert.throws(() => keysFromCredential(stores), {
    code: 'start_failed',
    detail: new RegExp(file),
    hint: new RegExp(`systemd-creds decrypt --name=systemmanager.keys ${file} -$`),
  });
});

test('the stores are those of systemd, in its order', () => {
  assert.deepEqual(systemStores, {
    plain: ['/etc/credstore', '/run/credstore', '/usr/local/lib/credstore', '/usr/lib/credstore'],
    encrypted: [
      '/etc/credstore.encrypted',
      '/run/credstore.encrypted',
      '/usr/local/lib/credstore.encrypted',
      '/usr/lib/credstore.encrypted',
    ],
  });
});
