import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openLinePatterns, patternOf } from '../../src/host/line-patterns.ts';

for (const [line, pattern] of [
  ['took 12.5 ms after 3 tries', 'took <number> ms after <number> tries'],
  ['took 12ms, offset -4', 'took <number>ms, offset <number>'],
  ['worker7 and eth0', 'worker<number> and eth<number>'],
  ['commit 9fceb02d0ae5 and 0xdeadbeef', 'commit <hex> and <hex>'],
  ['deadbeef is hex only with a digit', 'deadbeef is hex only with a digit'],
  ['id 0b6b6f4c-93b1-4d51-9ef8-8a5a3f7b2d11.', 'id <uuid>.'],
  ['from 192.0.2.7:443 and 10.0.0.1', 'from <address> and <address>'],
  ['from 2001:db8::2 or fe80::200:5eff:fe00:5301', 'from <address> or <address>'],
  ['link 00:00:5e:00:53:01 up', 'link <mac> up'],
  ['open /var/lib/x/1.log failed', 'open <path> failed'],
  ['user "bob" said \'hi\'', 'user <quoted> said <quoted>'],
  ["can't and won't", "can't and won't"],
  ['at 2026-01-02T03:04:05.123Z', 'at <time>'],
  ['at 12:30:59 sharp', 'at <time> sharp'],
  ['key ‹secret:a1f3›', 'key <secret>'],
  ['several\n  lines\there', 'several lines here'],
] as const) {
  test(`${JSON.stringify(line)} is ${pattern}`, () => {
    assert.equal(patternOf(line), pattern);
  });
}

test('lines are counted by pattern, most frequent first, with the newest as the sample', () => {
  const patterns = openLinePatterns();
  patterns.add('port 3 up', 3000);
  patterns.add('bye', 2500);
  patterns.add('port 1 up', 1000);
  patterns.add('port 2 up', 2000);
  assert.deepEqual(patterns.top(), [
    {
      pattern: 'port <number> up',
      count: 3,
      firstAt: '1970-01-01T00:00:01.000Z',
      lastAt: '1970-01-01T00:00:03.000Z',
      sample: 'port 3 up',
    },
    {
      pattern: 'bye',
      count: 1,
      firstAt: '1970-01-01T00:00:02.500Z',
      lastAt: '1970-01-01T00:00:02.500Z',
      sample: 'bye',
    },
  ]);
});

test('ten thousand lines become few patterns and none is lost', () => {
  const patterns = openLinePatterns();
  for (let i = 0; i < 10_000; i++) {
    patterns.add(
      i % 2 === 0 ? `GET /a/${i} from 192.0.2.${i % 255} in ${i} ms` : `session ${i} of "u${i}" closed`,
      i,
    );
  }
  assert.deepEqual(
    patterns.top().map(({ pattern, count }) => [pattern, count]),
    [
      ['session <number> of <quoted> closed', 5000],
      ['GET <path> from <address> in <number> ms', 5000],
    ],
  );
});

test('beyond five thousand patterns lines are only counted', () => {
  const patterns = openLinePatterns();
  const words = 'abcdefghijklmnopqrstuvwxyz';
  for (let i = 0; i < 5003; i++) {
    patterns.add([i, Math.floor(i / 26), Math.floor(i / 676)].map((at) => words[at % 26]).join(''), i);
  }
  assert.equal(patterns.top().length, 5000);
  assert.equal(patterns.uncounted(), 3);
});

for (const line of [
  'a'.repeat(512),
  '1'.repeat(512),
  '/'.repeat(512),
  '"'.repeat(511),
  'a:'.repeat(256),
  '1.'.repeat(256),
]) {
  test(`a line of ${line.slice(0, 4)}… is masked at once`, () => {
    const began = performance.now();
    for (let i = 0; i < 20; i++) patternOf(line);
    assert.ok(performance.now() - began < 30_000);
  });
}
