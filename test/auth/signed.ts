/** Tokens as they could be made by whoever has the key, whatever they claim. */

import { createHmac } from 'node:crypto';
import type { TokenKey } from '../../src/auth/keys.ts';

export const key: TokenKey = {
  id: 'k1',
  secret: Buffer.from('00112233445566778899aabbccddeeff0123456789abcdef0fedcba987654321', 'hex'),
  createdAt: 0,
};

/** Valid at 2026-01-02T03:04:05Z, when the still clock begins. */
export const goodClaims = {
  kid: 'k1',
  tid: 'AbCdEfGh1234',
  agent: 'claude',
  scopes: ['monitor'],
  iat: 1767323045,
  exp: 1767326645,
};

/** @param payload the claims, or a text to sign as it stands */
export function signed(payload: unknown, secret = key.secret): string {
  const text = typeof payload === 'string' ? payload : JSON.stringify(payload);
  const head = `sm1.${Buffer.from(text).toString('base64url')}`;
  return `${head}.${createHmac('sha256', secret).update(head).digest('base64url')}`;
}
