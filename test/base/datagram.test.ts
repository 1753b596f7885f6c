/** Datagrams reach a real receiver, and what stands in the way is told apart. */

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { openNative } from '../../src/base/native.ts';
import { openDatagramReceiver } from './datagram-receiver.ts';

const folder = mkdtempSync(join(tmpdir(), 'datagram-'));
after(() => rmSync(folder, { recursive: true }));
const native = await openNative();

test('a datagram arrives as it was sent', () => {
  const path = join(folder, 'plain.sock');
  const receiver = openDatagramReceiver(path);
  const sender = native.openDatagramSocket(path);
  assert.equal(sender.send(Buffer.from('MESSAGE=hällo\n')), 'sent');
  assert.deepEqual(receiver.receive(), { text: 'MESSAGE=hällo\n', sealed: false });
  sender.close();
  receiver.close();
});

test('an abstract address is one too', () => {
  const address = `@datagram-test-${process.pid}`;
  const receiver = openDatagramReceiver(address);
  const sender = native.openDatagramSocket(address);
  sender.send(Buffer.from('x'));
  assert.equal(receiver.receive()?.text, 'x');
  sender.close();
  receiver.close();
});

test('what is too large for a datagram arrives whole in sealed memory', () => {
  const path = join(folder, 'large.sock');
  const receiver = openDatagramReceiver(path);
  const sender = native.openDatagramSocket(path);
  const large = 'y'.repeat(16 * 1024 * 1024);
  assert.equal(sender.send(Buffer.from(large)), 'sent');
  const received = receiver.receive();
  assert.equal(received?.sealed, true);
  assert.ok(received?.text === large);
  sender.close();
  receiver.close();
});

test('a receiver that is behind makes the sender full, and one that catches up lets it send again', () => {
  const path = join(folder, 'full.sock');
  const receiver = openDatagramReceiver(path);
  const sender = native.openDatagramSocket(path);
  let outcome = sender.send(Buffer.from('first'));
  for (let i = 0; i < 10_000 && outcome === 'sent'; i++) outcome = sender.send(Buffer.from('more'));
  assert.equal(outcome, 'full');
  receiver.receiveAll();
  assert.equal(sender.send(Buffer.from('again')), 'sent');
  sender.close();
  receiver.close();
});

test('a receiver that does not exist, has ended or is a plain file is gone', () => {
  const path = join(folder, 'gone.sock');
  const sender = native.openDatagramSocket(path);
  assert.equal(sender.send(Buffer.from('x')), 'gone');
  openDatagramReceiver(path).close();
  assert.equal(sender.send(Buffer.from('x')), 'gone');
  sender.close();

  const file = join(folder, 'file');
  writeFileSync(file, '');
  const toFile = native.openDatagramSocket(file);
  assert.equal(toFile.send(Buffer.from('x')), 'gone');
  toFile.close();
});

test('a receiver that starts anew is found again', () => {
  const path = join(folder, 'anew.sock');
  openDatagramReceiver(path).close();
  const sender = native.openDatagramSocket(path);
  sender.send(Buffer.from('lost'));
  rmSync(path);
  const receiver = openDatagramReceiver(path);
  assert.equal(sender.send(Buffer.from('found')), 'sent');
  assert.deepEqual(receiver.receiveAll(), ['found']);
  sender.close();
  receiver.close();
});

test('whether somebody receives is known without sending anything', () => {
  const path = join(folder, 'asked.sock');
  assert.equal(native.answersDatagrams(path), false);
  const receiver = openDatagramReceiver(path);
  assert.equal(native.answersDatagrams(path), true);
  assert.deepEqual(receiver.receiveAll(), []);
  receiver.close();
  assert.equal(native.answersDatagrams(path), false);
});

test('an address beyond what the kernel takes is refused with its limit', () => {
  assert.throws(() => native.openDatagramSocket(`/${'x'.repeat(107)}`), {
    code: 'unavailable',
    message: `The socket address /${'x'.repeat(107)} is longer than 107 bytes.`,
  });
});
