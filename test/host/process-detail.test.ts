import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { liveMachine } from '../../src/base/machine-root.ts';
import { openCommandLines } from '../../src/host/command-line.ts';
import { readProcess } from '../../src/host/process-detail.ts';
import { parseListening } from '../../src/host/process-files.ts';
import { parseProcessIo } from '../../src/host/process-io.ts';
import { parseProcessLimits } from '../../src/host/process-limits.ts';
import { parseProcessMemory } from '../../src/host/process-memory.ts';
import { openProcessTable } from '../../src/host/process-table.ts';
import { copyMachine } from './frozen-host.ts';

test('disk io is read, and anything else is not understood', () => {
  const text = 'rchar: 1\nwchar: 2\nread_bytes: 4096\nwrite_bytes: 0\ncancelled_write_bytes: 3\n';
  assert.deepEqual(parseProcessIo(text), { readBytes: 4096, writtenBytes: 0 });
  assert.equal(parseProcessIo(''), undefined);
});

test('a limit without bounds is left out, and so is a side without', () => {
  const text =
    'Max cpu time              unlimited            unlimited            seconds   \n' +
    'Max stack size            8388608              unlimited            bytes     \n' +
    'Max open files            1024                 524288               files     \n';
  assert.deepEqual(parseProcessLimits(text), [
    { limit: 'stackBytes', soft: 8_388_608 },
    { limit: 'openFiles', soft: 1024, hard: 524_288 },
  ]);
});

test('memory that a process has none of is absent', () => {
  assert.deepEqual(parseProcessMemory('Name:\tx\nVmRSS:\t   10 kB\n', ''), { rssBytes: 10_240 });
  assert.deepEqual(parseProcessMemory('Name:\tkthreadd\n', ''), {});
});

test('of UDP what is connected to nobody is shown', () => {
  const line = (state: string, inode: number) =>
    `  1: 0100007F:0035 00000000:0000 ${state} 00000000:00000000 00:00000000 00000000 0 0 ${inode} 2 0 0\n`;
  const text = `header\n${line('07', 5)}${line('01', 6)}${line('07', 7)}`;
  assert.deepEqual(parseListening(text, 'udp', new Set(['5', '6'])), [
    { protocol: 'udp', address: '127.0.0.1', port: 53 },
  ]);
});

test('a number that is no process has no answer', (t) => {
  const { machine, remove } = copyMachine('debian-vm');
  t.after(remove);
  assert.equal(readProcess(openProcessTable(machine), openCommandLines(machine), 4000), undefined);
});

test('a process that ends while it is read has no answer', (t) => {
  const { machine, remove } = copyMachine('debian-vm');
  t.after(remove);
  const lines = openCommandLines(machine);
  const ending = {
    ...lines,
    of: (process: Parameters<typeof lines.of>[0]) => {
      rmSync(join(machine.proc, '1200'), { recursive: true });
      return lines.of(process);
    },
  };
  assert.equal(readProcess(openProcessTable(machine), ending, 1200), undefined);
});

test('on this machine this process has its parents, its files and the port it listens on', async (t) => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => server.close());
  const { port } = server.address() as { port: number };
  const machine = liveMachine();
  const found = readProcess(openProcessTable(machine), openCommandLines(machine), process.pid)!;
  assert.equal(found.parents[0]!.pid, process.ppid);
  assert.ok(found.openFiles!.sockets > 0);
  assert.deepEqual(
    found.openFiles!.listening.filter((one) => one.port === port),
    [{ protocol: 'tcp', address: '127.0.0.1', port }],
  );
  assert.ok(found.limits.some(({ limit }) => limit === 'openFiles'));
  assert.ok(found.memory.rssBytes! > 10_000_000);
});
