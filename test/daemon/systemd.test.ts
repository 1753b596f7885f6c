/** What a real notify socket receives, and that the daemon goes on where there is none that works. */

import assert from 'node:assert/strict';
import { closeSync, fstatSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { watchdogIntervalMs } from '../../src/daemon/systemd.ts';
import { openDatagramReceiver } from '../base/datagram-receiver.ts';
import { runChild } from './child.ts';

const folder = mkdtempSync(join(tmpdir(), 'notify-'));
after(() => rmSync(folder, { recursive: true }));
const program = join(import.meta.dirname, 'programs/notify.ts');

/** Without a compiler the addon is not built: then there is nothing that could send. */
function addonMissing(): string | false {
  try {
    createRequire(import.meta.url)('sd-notify');
    return false;
  } catch {
    return 'sd-notify is not built here';
  }
}
const skip = addonMissing();

/** What the process says, and what the socket at `address` received from it, in order. */
async function told(address: string, args: readonly string[], env: NodeJS.ProcessEnv = {}) {
  const receiver = openDatagramReceiver(address);
  const { stdout, stderr } = await runChild(program, { args, env: { NOTIFY_SOCKET: address, ...env } });
  const messages = receiver.receiveAll();
  receiver.close();
  assert.equal(stderr, '');
  return { messages, said: JSON.parse(stdout) };
}

test('the service manager is told the life of the daemon in order', { skip }, async () => {
  const { messages, said } = await told(join(folder, 'life.sock'), [
    'status=Starting',
    'ready=Answering on 2 listeners',
    'keepAlive',
    'reloading',
    'ready=Reloaded',
    'stopping=Draining',
  ]);
  const anyTime = messages.map((message) => message.replace(/\d{6,}$/, 'N'));
  assert.deepEqual(anyTime, [
    'STATUS=Starting',
    'READY=1\nSTATUS=Answering on 2 listeners',
    'WATCHDOG=1',
    'RELOADING=1\nMONOTONIC_USEC=N',
    'READY=1\nSTATUS=Reloaded',
    'STOPPING=1\nSTATUS=Draining',
  ]);
  assert.deepEqual([said.present, said.troubles], [true, []]);
});

test('an abstract socket is told as well', { skip }, async () => {
  const { messages } = await told(`@notify-test-${process.pid}`, ['ready=Up']);
  assert.deepEqual(messages, ['READY=1\nSTATUS=Up']);
});

test('a reload carries the time on the monotonic clock in microseconds', { skip }, async () => {
  const before = process.hrtime.bigint() / 1000n;
  const { messages } = await told(join(folder, 'time.sock'), ['reloading']);
  const time = BigInt(/MONOTONIC_USEC=(\d+)$/.exec(messages[0] ?? '')?.[1] ?? '0');
  assert.ok(before < time && time < process.hrtime.bigint() / 1000n);
});

test('a line break in a status begins no other assignment', { skip }, async () => {
  const { messages } = await told(join(folder, 'lines.sock'), [
    'status=a\nSTOPPING=1\r\n\u0085\u001b[31mb %n%s',
  ]);
  assert.deepEqual(messages, ['STATUS=a STOPPING=1 [31mb %n%s']);
});

test('a long status is cut to what systemd reads', { skip }, async () => {
  const { messages } = await told(join(folder, 'long.sock'), [`status=${'€'.repeat(5000)}`]);
  assert.deepEqual(messages, [`STATUS=${'€'.repeat(1000)}`]);
});

test('the watchdog is known where a service manager is', { skip }, async () => {
  const { said } = await told(join(folder, 'dog.sock'), [], { WATCHDOG_USEC: '30000000' });
  assert.equal(said.watchdogIntervalMs, 15_000);
});

test('without a notify socket nothing is told and nothing is amiss', async () => {
  const { stdout } = await runChild(program, { args: ['ready=Up'], env: { WATCHDOG_USEC: '30000000' } });
  assert.deepEqual(JSON.parse(stdout), { present: false, troubles: [], journal: false });
});

test('a notify socket that does not exist is said once, and the daemon goes on', { skip }, async () => {
  const path = join(folder, 'absent.sock');
  const { stdout } = await runChild(program, {
    args: ['ready=Up', 'status=Still up', 'keepAlive'],
    env: { NOTIFY_SOCKET: path },
  });
  assert.deepEqual(JSON.parse(stdout).troubles, [
    {
      message: `the service manager does not listen on ${path} (ENOENT)`,
      hint: 'Start the daemon by its unit; in a container or sandbox, let it see that socket.',
    },
  ]);
});

test('a notify socket that nobody reads any more is said', { skip }, async () => {
  const path = join(folder, 'gone.sock');
  openDatagramReceiver(path).close();
  const { stdout } = await runChild(program, { args: ['ready=Up'], env: { NOTIFY_SOCKET: path } });
  assert.equal(
    JSON.parse(stdout).troubles[0].message,
    `the service manager does not listen on ${path} (nobody reads the socket, or this user may not write to it)`,
  );
});

test('a notify address beyond what the kernel takes is said, and the daemon goes on', { skip }, async () => {
  const path = `/${'x'.repeat(200)}`;
  const { stdout } = await runChild(program, { args: ['ready=Up'], env: { NOTIFY_SOCKET: path } });
  assert.equal(
    JSON.parse(stdout).troubles[0].message,
    `the service manager does not listen on ${path} (The socket address ${path} is longer than 107 bytes.)`,
  );
});

test('an abstract notify socket that is not bound is said', { skip }, async () => {
  const address = `@nobody-${process.pid}`;
  const { stdout } = await runChild(program, { args: ['ready=Up'], env: { NOTIFY_SOCKET: address } });
  assert.equal(
    JSON.parse(stdout).troubles[0].message,
    `the service manager does not listen on ${address} (nothing is bound to this abstract address in this network namespace)`,
  );
});

test('a notify address of an unknown kind is said, and nothing is told', async () => {
  const { stdout } = await runChild(program, { args: ['ready=Up'], env: { NOTIFY_SOCKET: 'notify.sock' } });
  const { present, troubles } = JSON.parse(stdout);
  assert.equal(present, false);
  assert.deepEqual(troubles, [
    {
      message: "NOTIFY_SOCKET is 'notify.sock', which is neither a path nor an abstract address",
      hint: 'Leave it to systemd to set NOTIFY_SOCKET.',
    },
  ]);
});

test('an addon that does not load is said with its mend, and nothing is told', async () => {
  const hook = join(folder, 'without-addon.mjs');
  writeFileSync(
    hook,
    `import { registerHooks } from 'node:module';
     registerHooks({ resolve(specifier, context, next) {
       if (specifier === 'sd-notify') throw new Error('not built');
       return next(specifier, context);
     } });`,
  );
  const { stdout } = await runChild(program, {
    args: ['ready=Up'],
    env: { NOTIFY_SOCKET: '/run/any', NODE_OPTIONS: `--import ${hook}` },
  });
  const { present, troubles } = JSON.parse(stdout);
  assert.equal(present, false);
  assert.deepEqual(troubles, [
    {
      message: 'the service manager cannot be told anything, because sd-notify does not load',
      hint: 'Install libsystemd-dev and a C++ compiler and run npm rebuild sd-notify, or use Type=exec in the unit.',
    },
  ]);
});

test('a watchdog is fed twice in its time', () => {
  assert.equal(watchdogIntervalMs({ WATCHDOG_USEC: '5000000' }), 2500);
});

test('a watchdog for another process is not ours', () => {
  assert.equal(watchdogIntervalMs({ WATCHDOG_USEC: '5000000', WATCHDOG_PID: '7' }, 8), undefined);
  assert.equal(watchdogIntervalMs({ WATCHDOG_USEC: '5000000', WATCHDOG_PID: '8' }, 8), 2500);
});

for (const text of ['', '0', '-1', '1.5', 'infinity']) {
  test(`a watchdog time of '${text}' is none`, () => {
    assert.equal(watchdogIntervalMs({ WATCHDOG_USEC: text }), undefined);
  });
}

test('standard output is the journal when it is the stream that systemd named', async () => {
  const path = join(folder, 'stream');
  const stream = openSync(path, 'w');
  const { dev, ino } = fstatSync(stream, { bigint: true });
  await runChild(program, { stdout: stream, env: { JOURNAL_STREAM: `${dev}:${ino}` } });
  closeSync(stream);
  assert.equal(JSON.parse(readFileSync(path, 'utf8')).journal, true);
});

test('standard output that was led elsewhere is not the journal', async () => {
  const { stdout } = await runChild(program, { env: { JOURNAL_STREAM: '8:1234' } });
  assert.equal(JSON.parse(stdout).journal, false);
});
