import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { setupText, statusText } from '../../src/cli/tailscale.ts';

const units = resolve(import.meta.dirname, '../../systemd');

test('the steps have Serve use the socket that is made for it, by units that exist', () => {
  const text = setupText('nas.tail1234.ts.net');
  assert.match(
    text,
    /^ {7}tailscale serve --bg --https=443 unix:\/run\/systemmanager-mcp\/tailscale\.sock$/m,
  );
  assert.match(text, /https:\/\/nas\.tail1234\.ts\.net\/tools\/whoami$/m);
  const named = [...text.matchAll(/systemmanager-mcp\S*\.(?:socket|service)/g)].map(([unit]) => unit);
  assert.ok(named.length >= 3);
  for (const unit of named) assert.ok(existsSync(join(units, unit)), unit);
});

test('a finding is a word, what it says, and below it what to do', () => {
  assert.equal(
    statusText([
      { kind: 'ok', says: 'tailscale 1.100.2' },
      { kind: 'mend', says: 'there is no socket', hint: 'Make one.' },
      { kind: 'beware', says: 'two accounts' },
    ]),
    'ok     tailscale 1.100.2\nmend   there is no socket\n       Make one.\nbeware two accounts\n',
  );
});
