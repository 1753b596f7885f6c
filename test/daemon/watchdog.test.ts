import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { openWatchdog } from '../../src/daemon/watchdog.ts';
import { stillClock } from '../still-clock.ts';

function open(t: TestContext) {
  t.mock.timers.enable({ apis: ['setInterval'] });
  const clock = stillClock();
  const beats = { sampler: 0, dispatcher: 0 };
  let fed = 0;
  const told: string[] = [];
  const watchdog = openWatchdog({
    intervalMs: 500,
    pulses: [
      { name: 'sampler', beats: () => beats.sampler, graceMs: 3000 },
      { name: 'dispatcher', beats: () => beats.dispatcher, graceMs: 1000 },
    ],
    clock,
    feed: () => {
      fed += 1;
    },
    onStopped: (names) => told.push(...names),
  });
  /** Lets half seconds pass, in which the parts named beat. */
  const pass = (times: number, ...beating: (keyof typeof beats)[]) => {
    for (let i = 0; i < times; i++) {
      for (const name of beating) beats[name] += 1;
      clock.forward(500);
      t.mock.timers.tick(500);
    }
  };
  return { watchdog, pass, told, fed: () => fed };
}

test('it is fed at every interval while all parts beat', (t) => {
  const { watchdog, pass, fed } = open(t);
  pass(10, 'sampler', 'dispatcher');
  assert.equal(fed(), 10);
  assert.deepEqual(watchdog.stopped(), []);
  watchdog.close();
});

test('a part that beats more slowly than the dog is fed does not starve it', (t) => {
  const { watchdog, pass, fed } = open(t);
  for (let second = 0; second < 5; second++) {
    pass(1, 'sampler', 'dispatcher');
    pass(1, 'dispatcher');
  }
  assert.equal(fed(), 10);
  watchdog.close();
});

for (const [still, other] of [
  ['sampler', 'dispatcher'],
  ['dispatcher', 'sampler'],
] as const) {
  test(`a ${still} that stands still starves it, is told once, and feeds it again when it goes on`, (t) => {
    const { watchdog, pass, fed, told } = open(t);
    pass(20, other);
    const starved = fed();
    assert.ok(starved <= 6, String(starved));
    assert.deepEqual(told, [still]);
    assert.deepEqual(watchdog.stopped(), [still]);
    pass(1, 'sampler', 'dispatcher');
    assert.equal(fed(), starved + 1);
    assert.deepEqual(watchdog.stopped(), []);
    watchdog.close();
  });
}
