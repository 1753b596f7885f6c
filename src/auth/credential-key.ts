/**
 * Keys that live as an encrypted credential of systemd: the daemon gets them decrypted from systemd, whoever mints
 * tokens beside it must decrypt them. systemd-creds(1).
 */

import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Problem } from '../base/errors.ts';
import { credentialName, type KeyRing, parseKeys, readKeys } from './keys.ts';

/** Where systemd looks for credentials to import, systemd.exec(5) ImportCredential=. */
export interface CredentialStores {
  readonly plain: readonly string[];
  readonly encrypted: readonly string[];
}

const storeParents = ['/etc', '/run', '/usr/local/lib', '/usr/lib'];

export const systemStores: CredentialStores = Object.freeze({
  plain: storeParents.map((parent) => join(parent, 'credstore')),
  encrypted: storeParents.map((parent) => join(parent, 'credstore.encrypted')),
});

const inStore = (folders: readonly string[]): string | undefined =>
  folders.map((folder) => join(folder, credentialName)).find((file) => existsSync(file));

/**
 * The keys in a credential store; undefined where there is no such credential. As for systemd itself, the first one
 * found counts, and plain ones are looked for before encrypted ones.
 * Throws `start_failed` with the command that decrypts it, where that cannot be done from here.
 */
export function keysFromCredential(stores: CredentialStores = systemStores): KeyRing | undefined {
  const plain = inStore(stores.plain);
  if (plain !== undefined) return readKeys(plain, true);
  const encrypted = inStore(stores.encrypted);
  return encrypted === undefined ? undefined : parseKeys(decrypt(encrypted), encrypted);
}

function decrypt(file: string): string {
  const args = ['decrypt', `--name=${credentialName}`, file, '-'];
  try {
    return execFileSync('systemd-creds', args, {
      encoding: 'utf8',
      timeout: 20_000,
      maxBuffer: 1024 * 1024,
      env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  } catch (cause) {
    throw new Problem('start_failed', {
      detail: `The keys are in the credential ${file}, which cannot be decrypted from here.`,
      hint: `Mint as root on the machine that encrypted it; there this must work: systemd-creds ${args.join(' ')}`,
      // Not the error itself, which carries what was put out.
      cause: cause instanceof Error ? cause.message : cause,
    });
  }
}
