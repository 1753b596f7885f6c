/** Units against systemctl: run inside a machine that systemd runs. */

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { after, before, test } from 'node:test';
import { systemClock } from '../../../src/base/clock.ts';
import { liveMachine } from '../../../src/base/machine-root.ts';
import { type HostHandle, openHost } from '../../../src/host/host.ts';
import type { UnitsWanted } from '../../../src/host/unit-list.ts';

let host: HostHandle;
before(async () => {
  host = await openHost({ machine: liveMachine(), clock: systemClock, onTrouble: () => {} });
});
after(() => host?.close());

const systemctl = (...args: readonly string[]): string =>
  execFileSync('systemctl', ['--no-pager', ...args], { encoding: 'utf8', env: { LC_ALL: 'C', TZ: 'UTC' } });

/** systemctl's own table for people. */
const table = (...args: readonly string[]): readonly string[] =>
  systemctl('list-units', '--all', '--full', '--plain', '--no-legend', ...args)
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/).slice(0, 4).join(' '))
    .sort();

async function pages(wanted: Omit<UnitsWanted, 'limit'>): Promise<readonly string[]> {
  const rows: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await host.units.list({ ...wanted, limit: 20, ...(cursor === undefined ? {} : { cursor }) });
    rows.push(...page.units.map(({ unit, load, active, sub }) => `${unit} ${load} ${active} ${sub}`));
    cursor = page.nextCursor;
  } while (cursor !== undefined);
  return rows.sort();
}

/** Units come and go: what counts is what was the same before and after. */
async function whileNothingChanges(
  expected: () => readonly string[],
  actual: () => Promise<readonly string[]>,
): Promise<void> {
  for (let tries = 0; tries < 10; tries += 1) {
    const first = expected();
    const found = await actual();
    if (JSON.stringify(first) !== JSON.stringify(expected())) continue;
    return assert.deepEqual(found, first);
  }
  assert.fail('the units never stood still');
}

test('the pages together are the table of systemctl', () =>
  whileNothingChanges(
    () => table(),
    () => pages({}),
  ));

test('type and pattern choose what systemctl chooses', () =>
  whileNothingChanges(
    () => table('--type=service', 'systemd-*'),
    () => pages({ type: 'service', pattern: 'systemd-*' }),
  ));

test('a running service is as systemctl shows it', async () => {
  const show = (property: string) =>
    systemctl(
      'show',
      '--timestamp=unix',
      '--value',
      `--property=${property}`,
      'systemd-journald.service',
    ).trim();
  const unit = await host.units.get({ unit: 'systemd-journald', lines: 5, detailed: true });
  assert.equal(unit.active, 'active');
  assert.equal(unit.mainPid, Number(show('MainPID')));
  assert.equal(unit.unitFile, show('FragmentPath'));
  assert.equal(unit.controlGroup, show('ControlGroup'));
  assert.equal(Date.parse(unit.activeSince ?? '') / 1000, Number(show('ActiveEnterTimestamp').slice(1)));
  const after = unit.dependencies.find(({ relation }) => relation === 'after')?.units ?? [];
  assert.deepEqual([...after].sort(), show('After').split(' ').sort());
});

test('a service that ends with an exit code of systemd is explained, with its lines', async (t) => {
  const name = `systemmanager-test-${process.pid}.service`;
  t.after(() => systemctl('reset-failed', name));
  // The journal asks whose a line is when it takes it: a process that is gone by then has no run.
  assert.throws(() =>
    execFileSync(
      'systemd-run',
      ['--quiet', '--wait', `--unit=${name}`, 'sh', '-c', 'echo password=hunter2; sleep 1; exit 217'],
      { stdio: 'ignore' },
    ),
  );
  const unit = await host.units.get({ unit: name, lines: 20, detailed: false });
  assert.deepEqual([unit.active, unit.result, unit.lastExit?.status], ['failed', 'exit-code', 217]);
  assert.equal(unit.lastExit?.meaning, 'USER: the user does not exist or could not be taken on');
  assert.ok(unit.journal?.some(({ message }) => message.startsWith('password=‹secret:')));
  const failed = await host.units.list({ limit: 100, state: 'failed' });
  assert.ok(failed.units.some((one) => one.unit === name));
});

test('a unit that is none is not found', () =>
  assert.rejects(host.units.get({ unit: 'systemd-journalt', lines: 0, detailed: false }), {
    code: 'not_found',
    hint: /'systemd-journald\.service'/,
  }));
