import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openTurns } from '../../src/transport/http/turns.ts';

test('who asks for a turn at the same moment goes on in the order of asking, and others are heard in between', async () => {
  const turn = openTurns();
  const heard: string[] = [];
  let over = false;
  const other = (): void => {
    heard.push('other');
    if (!over) setImmediate(other);
  };
  setImmediate(other);
  await Promise.all(
    ['first', 'second', 'third'].map(async (name) => {
      await turn();
      heard.push(name);
    }),
  );
  over = true;
  assert.deepEqual(heard.slice(0, 6), ['other', 'first', 'other', 'second', 'other', 'third']);
});

test('who asks later than the last one was served gets its turn too', async () => {
  const turn = openTurns();
  await turn();
  await turn();
});
