import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { liveMachine } from '../../src/base/machine-root.ts';
import { parseKernelUnits, parseOsRelease, readMachineFacts } from '../../src/host/machine-facts.ts';
import { copyMachine } from './frozen-host.ts';

test('values of os-release are read with any quotes', () => {
  const text = 'A="double \\"quoted\\""\nB=\'single\'\nC=bare\n#D=comment\nE=\nlower=no\n';
  assert.deepEqual(
    [...parseOsRelease(text)],
    [
      ['A', 'double "quoted"'],
      ['B', 'single'],
      ['C', 'bare'],
      ['E', ''],
    ],
  );
});

test('the facts of a frozen machine', (t) => {
  const { machine, remove } = copyMachine('debian-vm');
  t.after(remove);
  assert.deepEqual(readMachineFacts(machine), {
    name: 'debian-vm',
    kernel: '6.12.57+deb13-amd64',
    os: 'Debian GNU/Linux 13 (trixie)',
    osId: 'debian',
    osVersion: '13',
  });
});

test('control characters in the operating system are not passed on', (t) => {
  const { machine, remove } = copyMachine('debian-vm');
  t.after(remove);
  writeFileSync(join(machine.root, 'etc/os-release'), 'PRETTY_NAME="Evil\u001b[2J OS"\n');
  assert.equal(readMachineFacts(machine).os, 'Evil OS');
});

test("this machine's name is its own", () => {
  assert.equal(readMachineFacts(liveMachine()).name, hostname());
});

test("pages and ticks are the kernel's", () => {
  const words = new BigUint64Array([6n, 65_536n, 17n, 250n, 0n, 0n]);
  assert.deepEqual(parseKernelUnits(new Uint8Array(words.buffer)), {
    pageBytes: 65_536,
    ticksPerSecond: 250,
  });
  assert.deepEqual(parseKernelUnits(new Uint8Array(5)), { pageBytes: 4096, ticksPerSecond: 100 });
});
