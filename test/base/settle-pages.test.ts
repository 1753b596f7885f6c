/** The pages that only a start needs go, all others stay, and everything works as before. */

import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { gunzipSync, gzipSync } from 'node:zlib';
import { openNative } from '../../src/base/native.ts';
import { settlePages, unwrittenMappings } from '../../src/base/settle-pages.ts';

const mapping = (range: string, rights: string, path: string, own = 0, swapped = 0): string =>
  `${range} ${rights} 00346000 fe:00 2262633                    ${path}\n` +
  `Size:               4096 kB\nRss:                2048 kB\nAnonymous:       ${String(own).padStart(8)} kB\n` +
  `Swap:            ${String(swapped).padStart(8)} kB\nVmFlags: rd ex mr mw me\n`;

test('what may go is mapped read-only from that file, and nothing in it was ever written', () => {
  const smaps = [
    mapping('00400000-00500000', 'r--p', '/usr/lib/node'),
    mapping('00500000-00700000', 'r-xp', '/usr/lib/node'),
    mapping('00700000-00800000', 'r--p', '/usr/lib/node', 8),
    mapping('00800000-00900000', 'r--p', '/usr/lib/node', 0, 4),
    mapping('00900000-00a00000', 'rw-p', '/usr/lib/node'),
    mapping('00a00000-00b00000', 'r--s', '/usr/lib/node'),
    mapping('00b00000-00c00000', 'r-xp', '/usr/lib/node (deleted)'),
    mapping('7f0000000000-7f0000100000', 'r-xp', '/usr/lib/libc.so.6'),
    mapping('7f0000200000-7f0000300000', 'r--p', ''),
  ].join('');
  assert.deepEqual(unwrittenMappings(smaps, '/usr/lib/node'), [
    { start: 0x400000, length: 0x100000 },
    { start: 0x500000, length: 0x200000 },
  ]);
});

const residentKib = (): number =>
  Number(/^RssFile:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]);

test('this process holds less of its file afterwards, and goes on', async () => {
  const native = await openNative();
  const before = residentKib();
  settlePages(native);
  assert.ok(residentKib() < before * 0.8, `${residentKib()} of ${before} KiB`);
  assert.equal(hash('sha256', 'abc').slice(0, 8), 'ba7816bf');
  assert.equal(gunzipSync(gzipSync('abc')).toString(), 'abc');
  assert.equal('Straße'.localeCompare('Strasse', 'de', { sensitivity: 'base' }), 0);
  settlePages(native);
});
