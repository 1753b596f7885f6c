import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { watchFile } from '../../src/base/watched-file.ts';
import { stillClock } from '../still-clock.ts';

/** A watched file whose text is read, unless it is "broken". */
function watch(t: TestContext) {
  const folder = mkdtempSync(join(tmpdir(), 'watched-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'file');
  writeFileSync(file, 'one');
  const clock = stillClock();
  const troubles: unknown[] = [];
  let broken = false;
  let reads = 0;
  const read = () => {
    reads += 1;
    if (broken) throw new Error('broken');
    return readFileSync(file, 'utf8');
  };
  const watched = watchFile(file, clock, read, (cause) => troubles.push(cause));
  return {
    file,
    clock,
    troubles,
    watched,
    reads: () => reads,
    breaks: (now: boolean) => {
      broken = now;
    },
  };
}

test('a change is seen a second after the last look', (t) => {
  const { file, clock, watched } = watch(t);
  writeFileSync(file, 'longer');
  assert.equal(watched.get(), 'one');
  clock.forward(1000);
  assert.equal(watched.get(), 'longer');
});

test('a replaced file of the same size is seen', (t) => {
  const { file, clock, watched } = watch(t);
  writeFileSync(`${file}.new`, 'two');
  renameSync(`${file}.new`, file);
  clock.forward(1000);
  assert.equal(watched.get(), 'two');
});

test('what did not change is not read again', (t) => {
  const { clock, watched, reads } = watch(t);
  for (let look = 0; look < 5; look++) {
    clock.forward(1000);
    watched.get();
  }
  assert.equal(reads(), 1);
});

test('a broken change is told once, and the old value goes on until the file is mended', (t) => {
  const { file, clock, watched, troubles, breaks } = watch(t);
  breaks(true);
  writeFileSync(file, 'three');
  for (let look = 0; look < 3; look++) {
    clock.forward(1000);
    assert.equal(watched.get(), 'one');
  }
  assert.equal(troubles.length, 1);
  breaks(false);
  clock.forward(1000);
  assert.equal(watched.get(), 'three');
});

test('a change of the mode alone is a change', (t) => {
  const { file, clock, watched, reads } = watch(t);
  chmodSync(file, 0o600);
  clock.forward(1000);
  watched.get();
  assert.equal(reads(), 2);
});

test('what cannot be read at first is thrown', () => {
  const read = () => {
    throw new Error('broken');
  };
  assert.throws(() => watchFile('/nonexistent', stillClock(), read, () => {}), /broken/);
});
