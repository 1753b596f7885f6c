/** docs/audit.md explains the fields that records have, all of them and no others. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Problem } from '../../src/base/errors.ts';
import { callOf, openedTrail } from './opened.ts';

const document = readFileSync(join(import.meta.dirname, '../../docs/audit.md'), 'utf8');

test('the documented fields are those of real records', (t) => {
  const { trail, records } = openedTrail(t);
  const change = trail.open({ ...callOf('manage_unit'), route: 'POST /mcp' });
  change.named('manage_unit', 'older');
  change.arguments({ unit: 'nginx', token: 'x' }, { unit: 'unit' });
  change.intent();
  change.done({ bytes: 1, truncated: true });
  for (let n = 0; n < 21; n++) trail.open(callOf('a')).failed(new Problem('scope_missing'));
  trail.flush();
  const written = new Set(records().flatMap((record) => Object.keys(record)));
  const documented = [...document.matchAll(/^\| `(\w+)` \|/gm)].map(([, name]) => name);
  assert.deepEqual(documented.toSorted(), [...written].sort());
});

test('every outcome is documented', () => {
  for (const outcome of ['intent', 'ok', 'refused', 'failed', 'cancelled', 'folded', 'lost']) {
    assert.match(document, new RegExp(`\`${outcome}\``));
  }
});
