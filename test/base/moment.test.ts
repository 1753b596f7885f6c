import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseMoment } from '../../src/base/moment.ts';

const now = Date.UTC(2026, 0, 2, 3, 4, 5);

for (const [text, iso] of [
  ['15m', '2026-01-02T02:49:05.000Z'],
  ['7d', '2025-12-26T03:04:05.000Z'],
  ['2026-01-01', '2026-01-01T00:00:00.000Z'],
  ['2026-01-01 10:20', '2026-01-01T10:20:00.000Z'],
  ['2026-01-01T10:20:30.5+02:00', '2026-01-01T08:20:30.500Z'],
] as const) {
  test(`${text} is a moment`, () => {
    assert.equal(new Date(parseMoment('since', text, now)).toISOString(), iso);
  });
}

for (const text of ['yesterday', '2026-13-01', '-1h', '', '@5']) {
  test(`'${text}' is no moment`, () => {
    assert.throws(() => parseMoment('since', text, now), {
      code: 'arguments_invalid',
      detail: `\`since\` '${text}' is no time.`,
    });
  });
}
