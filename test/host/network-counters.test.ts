import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseNetworkCounters, traffic } from '../../src/host/network-counters.ts';

const head =
  'Inter-|   Receive                                                |  Transmit\n face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed\n';

test('both directions of each interface are read, also where the number touches the colon', () => {
  const read = parseNetworkCounters(
    `${head}    lo: 1 2 3 4 0 0 0 0 5 6 7 8 0 0 0 0\neth0:18446744073709551615 2 3 4 0 0 0 0 5 6 7 8 0 0 0 0\n`,
  )!;
  assert.deepEqual([...read.keys()], ['lo', 'eth0']);
  assert.deepEqual(read.get('lo'), {
    received: { bytes: 1, packets: 2, errors: 3, drops: 4 },
    sent: { bytes: 5, packets: 6, errors: 7, drops: 8 },
  });
});

test('an alias keeps the colon in its name', () => {
  const read = parseNetworkCounters(`${head}eth0:1: 1 2 3 4 0 0 0 0 5 6 7 8 0 0 0 0\n`)!;
  assert.deepEqual([...read.keys()], ['eth0:1']);
});

test('lines of another form are left out', () => {
  assert.equal(parseNetworkCounters(`${head}eth0: 1 2 3\n\nbroken\n`)!.size, 0);
});

test('another file is not understood', () => {
  assert.equal(parseNetworkCounters(''), undefined);
  assert.equal(parseNetworkCounters('lo: 1 2 3'), undefined);
});

const counters = (bytes: number) => ({ bytes, packets: 10, errors: 0, drops: 0 });

test('rates are measured over the real interval', () => {
  assert.equal(traffic(counters(1000), counters(3500), 2500).bytesPerSecond, 1000);
});

test('a counter that went back has no rate, and the others keep theirs', () => {
  const rates = traffic(counters(5000), counters(100), 1000);
  assert.equal('bytesPerSecond' in rates, false);
  assert.equal(rates.packetsPerSecond, 0);
  assert.equal(rates.bytes, 100);
});

test('an interface that just appeared has counters and no rate', () => {
  assert.deepEqual(traffic(undefined, counters(100), 1000), counters(100));
});

test('no time, no rate', () => {
  assert.deepEqual(traffic(counters(1), counters(100), 0), counters(100));
});
