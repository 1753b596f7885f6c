import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clip } from '../../src/dispatch/clip.ts';

test('an answer within its size is passed on as it is', () => {
  const data = { rows: [1, 2, 3] };
  const clipped = clip(data, 100, 'ask again');
  assert.equal(clipped.data, data);
  assert.equal(clipped.json, '{"rows":[1,2,3]}');
  assert.equal(clipped.truncated, false);
});

test('the same data is made into text once, and cut all the same where it may take less', () => {
  const data = { rows: Array.from({ length: 50 }, (_, i) => i) };
  const first = clip(data, 1000, 'ask again');
  assert.equal(clip(data, 2000, 'ask again'), first);
  const cut = clip(data, 100, 'ask again');
  assert.equal(cut.truncated, true);
  assert.ok(cut.bytes <= 100);
  assert.equal(clip(data, 1000, 'ask again'), first);
});

test('a list is cut until the answer fits, and the cut is said with how to get the rest', () => {
  const rows = Array.from({ length: 1000 }, (_, i) => ({ name: `row number ${i}` }));
  const clipped = clip({ rows }, 2048, 'pass a filter');
  assert.ok(Buffer.byteLength(clipped.json) <= 2048);
  const data = JSON.parse(clipped.json);
  assert.ok(data.rows.length > 20);
  assert.equal(data.rows[0].name, 'row number 0');
  assert.deepEqual(data.truncated, { shown: data.rows.length, total: 1000, how: 'pass a filter' });
  assert.equal(rows.length, 1000);
});

test('the longest list is cut first and a short one beside it is left whole', () => {
  const clipped = clip(
    { few: ['a', 'b'], inside: { many: Array.from({ length: 500 }, () => 'x'.repeat(20)) } },
    1024,
    'ask for less',
  );
  const data = JSON.parse(clipped.json);
  assert.deepEqual(data.few, ['a', 'b']);
  assert.equal(data.truncated.total, 500);
});

test('a text that is too long is cut when no list is left to cut', () => {
  const clipped = clip({ text: 'y'.repeat(10_000) }, 1024, 'read it in ranges');
  assert.ok(clipped.bytes <= 1024);
  assert.match(JSON.parse(clipped.json).text, /^y+…$/);
  assert.equal(clipped.truncated, true);
});

test('what a tool said of its own cut stays said', () => {
  const rows = Array.from({ length: 100 }, (_, i) => `row number ${i} of them`);
  const clipped = clip(
    { rows, truncated: { shown: 100, atLeast: 5000, how: 'pass cursor' } },
    1024,
    'unused',
  );
  const { truncated, rows: left } = JSON.parse(clipped.json);
  assert.deepEqual(truncated, { shown: left.length, atLeast: 5000, how: 'pass cursor' });
});
