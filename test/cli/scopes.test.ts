import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseNarrowing, parseScopes } from '../../src/cli/scopes.ts';

test('scopes have commas between, and each counts once', () => {
  assert.deepEqual(parseScopes('monitor, fs,monitor'), ['monitor', 'fs']);
});

test('a word that is no scope is refused with the nearest that is', () => {
  assert.throws(() => parseScopes('monitr'), { code: 'usage_invalid', hint: /'monitor'/ });
  assert.throws(() => parseScopes(' , '), { code: 'usage_invalid' });
});

test('each narrowing is one object, whatever is in it', () => {
  assert.deepEqual(parseNarrowing(['fs=/srv/a,b', 'fs=/srv/x=y']), {
    narrowing: { fs: ['/srv/a,b', '/srv/x=y'] },
  });
  assert.deepEqual(parseNarrowing([]), {});
});

test('a narrowing without its scope is refused with how to write it', () => {
  for (const text of ['/srv', '=/srv'])
    assert.throws(() => parseNarrowing([text]), { code: 'usage_invalid', hint: /fs=\/var\/log\/nginx/ });
  assert.throws(() => parseNarrowing(['files=/srv']), {
    code: 'usage_invalid',
    detail: /'files' is not a scope/,
  });
});
