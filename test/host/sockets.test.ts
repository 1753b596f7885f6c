import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addressOf, parseInetSockets, parseUnixSockets } from '../../src/host/sockets.ts';

const header =
  '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n';

test('a listening TCP socket has no other side, and its queue counts', () => {
  const text = `${header}   0: 0100007F:1538 00000000:0000 0A 00000000:00000003 00:00000000 00000000    70        0 20301 1 0000000000000000 100 0 0 10 0\n`;
  assert.deepEqual(parseInetSockets(text, 'tcp'), [
    {
      protocol: 'tcp',
      state: 'listening',
      inode: 20301,
      local: { hex: '0100007F', port: 5432 },
      uid: 70,
      receiveQueue: 3,
      sendQueue: 0,
    },
  ]);
});

test('a socket in time_wait belongs to nobody: its user, which the kernel writes as 0, is not told', () => {
  const text = `${header}   1: 020200C0:CCA2 507100CB:0050 06 00000000:00000000 03:00000650 00000000     0        0 0 3 000000001e5e66d4\n`;
  const [socket] = parseInetSockets(text, 'tcp');
  assert.equal(socket?.state, 'time_wait');
  assert.equal(socket?.inode, 0);
  assert.equal(socket !== undefined && 'uid' in socket, false);
});

test('a bound UDP socket is unconnected, a connected one established', () => {
  const text = `${header}  350: 3500007F:0035 00000000:0000 07 00000000:00000000 00:00000000 00000000   101        0 20501 2 0000000000000000 0
 7001: 020200C0:B3B1 350200C0:0035 01 00000000:00000000 00:00000000 00000000  1000        0 20601 2 0000000000000000 0\n`;
  assert.deepEqual(
    parseInetSockets(text, 'udp').map(({ state }) => state),
    ['unconnected', 'established'],
  );
});

test('numbers of more than their usual width and states of newer kernels are read', () => {
  const text = `${header}12345: 0100007F:1538 0100007F:9C56 0E 00000200:00000000 00:00000000 00000000 4294967294        0 4294967295 1 0000000000000000 100 0 0 10 0\n`;
  const [socket] = parseInetSockets(text, 'tcp');
  assert.equal(socket?.state, 'unknown');
  assert.equal(socket?.inode, 4_294_967_295);
  assert.equal(socket?.uid, 4_294_967_294);
  assert.equal(socket?.sendQueue, 512);
});

test('addresses are in the form that people write', () => {
  const written = (hex: string) => addressOf({ hex, port: 0 });
  assert.equal(written('020200C0'), '192.0.2.2');
  assert.equal(written('00000000000000000000000001000000'), '::1');
  assert.equal(written('B80D0120000000000000000002000000'), '2001:db8::2');
  assert.equal(written('0000000000000000FFFF0000020200C0'), '::ffff:192.0.2.2');
});

test('Unix sockets have a state, a kind and where they are bound, spaces and all', () => {
  const text = `Num       RefCount Protocol Flags    Type St Inode Path
ffff9a1c40000000: 00000002 00000000 00010000 0005 01 20004 /run/udev/control room
0000000000000000: 00000003 00000000 00000000 0001 03 20602
0000000000000000: 00000002 00000000 00000000 0002 01    43 @abstract
`;
  assert.deepEqual(parseUnixSockets(text), [
    {
      protocol: 'unix',
      state: 'listening',
      inode: 20004,
      path: '/run/udev/control room',
      unixType: 'seqpacket',
    },
    { protocol: 'unix', state: 'established', inode: 20602, unixType: 'stream' },
    { protocol: 'unix', state: 'unconnected', inode: 43, path: '@abstract', unixType: 'dgram' },
  ]);
});

test('a table of 50,000 lines is read whole, and other text is no socket', () => {
  const line =
    '   0: 0100007F:1538 00000000:0000 0A 00000000:00000000 00:00000000 00000000    70        0 20301 1 0 100 0 0 10 0\n';
  assert.equal(parseInetSockets(header + line.repeat(50_000), 'tcp').length, 50_000);
  assert.deepEqual(parseInetSockets('', 'tcp'), []);
  assert.deepEqual(parseUnixSockets('Permission denied\n'), []);
});
