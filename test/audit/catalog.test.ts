/** The journal's catalog explains each kind of record that the code writes, and nothing else. */

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { test } from 'node:test';

const root = resolve(import.meta.dirname, '../..');

/** systemd.journal-catalog(7): each entry's id, headers and text. */
const entries = readFileSync(join(root, 'systemd/systemmanager-mcp.catalog'), 'utf8')
  .split(/^-- /m)
  .slice(1)
  .map((entry) => {
    const [head = '', ...text] = entry.split('\n\n');
    const [id = '', ...headers] = head.split('\n');
    return { id, headers, text: text.join('\n\n') };
  });

/** Whatever in the sources has the shape of a message's id. */
const idsInCode = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts'))
  .flatMap((name) => [...readFileSync(join(root, 'src', name), 'utf8').matchAll(/'([0-9a-f]{32})'/g)])
  .map(([, id = '']) => id);

test('every message id of the code is explained once, and none that the code does not have', () => {
  assert.equal(idsInCode.length, 7);
  assert.deepEqual(entries.map(({ id }) => id).sort(), idsInCode.sort());
});

test('every entry says what happened, who defined it, where more stands, and what it means', () => {
  for (const { id, headers, text } of entries) {
    assert.deepEqual(
      headers.map((header) => header.split(':')[0]),
      ['Subject', 'Defined-By', 'Documentation'],
      id,
    );
    assert.ok(text.trim().length > 40, id);
  }
});

test('every field that an entry fills in is one that a record can have', () => {
  const documented = readFileSync(join(root, 'docs/audit.md'), 'utf8').matchAll(/^\| `(\w+)` \|/gm);
  const fields = [...documented].map(
    ([, name = '']) => `AUDIT_${name.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`,
  );
  assert.ok(fields.length > 15);
  for (const { headers, text } of entries) {
    for (const [, field = ''] of `${headers.join('\n')}${text}`.matchAll(/@(\w+)@/g)) {
      assert.ok(fields.includes(field), field);
    }
  }
});
