import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Crew } from '../../../src/host/crew.ts';
import { type ContainerFacts, containerFacts } from '../../../src/host/docker/container-facts.ts';
import { openFigureReadings } from '../../../src/host/docker/figure-readings.ts';
import { stillClock } from '../../still-clock.ts';

function running(name: string, pid: number): ContainerFacts {
  const facts = containerFacts({
    Id: name.padEnd(64, '0'),
    Name: `/${name}`,
    State: { Status: 'running', Pid: pid },
  });
  assert.ok(facts);
  return facts;
}

const [a, b, c] = [running('a', 1), running('b', 2), running('c', 3)];

/** Readings of a crew whose answers come when the test says so. */
function readings() {
  const asked: string[][] = [];
  const answers: (() => void)[] = [];
  const run = (_name: unknown, [targets]: readonly [readonly { readonly id: string }[]]) => {
    asked.push(targets.map(({ id }) => id[0] ?? ''));
    return new Promise((resolve) => {
      answers.push(() => resolve(new Map(targets.map(({ id }) => [id, { cpuUs: 7 }]))));
    });
  };
  return {
    asked,
    answer() {
      for (const give of answers.splice(0)) give();
    },
    ...openFigureReadings({ crew: { run } as unknown as Crew, clock: stillClock() }, 15_000, () => {}),
  };
}

const namesIn = (figures: ReadonlyMap<string, unknown>): string[] =>
  [...figures.keys()].map((id) => id[0] ?? '');

test('all who ask while containers are read share the reading, each with those it asked for', async () => {
  const { now, asked, answer } = readings();
  const all = now([a, b]);
  const [again, some] = [now([b, a]), now([b])];
  answer();
  assert.deepEqual(namesIn(await all), ['a', 'b']);
  assert.deepEqual(namesIn(await again), ['b', 'a']);
  assert.deepEqual(namesIn(await some), ['b']);
  assert.deepEqual(asked, [['a', 'b']]);
});

test('one that is not among those that are read, or was started again, is read too', async () => {
  const { now, asked, answer } = readings();
  const all = [now([a, b]), now([a, c]), now([running('a', 4)])];
  answer();
  await Promise.all(all);
  assert.deepEqual(asked, [['a', 'b'], ['a', 'c'], ['a']]);
});

test('whoever asks when they were read has them read anew', async () => {
  const { now, asked, answer } = readings();
  const first = now([a]);
  answer();
  await first;
  const second = now([a]);
  answer();
  await second;
  assert.equal(asked.length, 2);
});
