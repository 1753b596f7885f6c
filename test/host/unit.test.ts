/** One unit, put together from systemd, its control group and the journal. */

import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { systemClock } from '../../src/base/clock.ts';
import { liveMachine } from '../../src/base/machine-root.ts';
import { openHost } from '../../src/host/host.ts';
import { parseProperties } from '../../src/host/systemctl.ts';
import { nearUnits } from '../../src/host/unit.ts';
import { unitFacts } from '../../src/host/unit-facts.ts';
import { openUnits } from '../../src/host/units.ts';
import { type FrozenHost, openFrozenHost } from './frozen-host.ts';

let frozen: FrozenHost;
before(async () => {
  frozen = await openFrozenHost();
});
after(() => frozen.close());

// As systemd 257 printed it; 252 differs in the order of lines alone.
const failing = `MainPID=0
StatusText=
Result=exit-code
NRestarts=3
ExecMainExitTimestamp=@1795579919
ExecMainCode=1
ExecMainStatus=203
ControlGroup=
Id=failing.service
Names=failing.service other.service
Requires=system.slice sysinit.target
Description=Fails at once
LoadState=loaded
ActiveState=failed
SubState=failed
ConditionResult=yes
StateChangeTimestamp=@1795579919
ActiveEnterTimestamp=
NeedDaemonReload=yes
LoadError=
`;

test('a failed service has its state, restarts and exit in words', () => {
  assert.deepEqual(unitFacts(parseProperties(failing)), {
    unit: 'failing.service',
    otherNames: ['other.service'],
    description: 'Fails at once',
    load: 'loaded',
    active: 'failed',
    sub: 'failed',
    since: '2026-11-25T04:11:59.000Z',
    restarts: 3,
    result: 'exit-code',
    resultMeaning: 'a process exited with a failure',
    lastExit: {
      how: 'exited',
      status: 203,
      meaning:
        'EXEC: the program could not be executed: missing, not executable, or a wrong interpreter or architecture',
      at: '2026-11-25T04:11:59.000Z',
    },
    needsReload: true,
    dependencies: [{ relation: 'requires', units: ['system.slice', 'sysinit.target'] }],
  });
});

test('a condition that was never looked at did not fail', () => {
  const found = (time: string) =>
    unitFacts(parseProperties(`Id=a.service\nConditionResult=no\nConditionTimestamp=${time}\n`))
      .conditionFailed;
  assert.equal(found(''), undefined);
  assert.equal(found('@1795579919'), true);
});

test('a status that names a secret does not show it', () => {
  const { status } = unitFacts(parseProperties('Id=a.service\nStatusText=token=abcdef0123456789\n'));
  assert.match(status ?? '', /^token=‹secret:/);
});

test('without lines the journal is not asked, and a service knows its timer', async () => {
  const wanted = { unit: 'backup', lines: 0, detailed: false };
  const { journal, dependencies } = await frozen.host.units.get(wanted);
  assert.equal(journal, undefined);
  assert.deepEqual(dependencies.at(-1), { relation: 'triggeredBy', units: ['backup.timer'] });
});

test('an unknown unit is not found, and near names are offered', async () => {
  await assert.rejects(frozen.host.units.get({ unit: 'ngnix', lines: 0, detailed: false }), {
    code: 'not_found',
    detail: "There is no unit 'ngnix.service'.",
    hint: "Did you mean 'nginx.service'? list_units lists what there is; `pattern` finds parts of names.",
  });
});

test('near are the nearest of the same type and those that have the word in their names', () => {
  assert.deepEqual(
    nearUnits('journald.service', [
      'systemd-journald.socket',
      'systemd-journald@.service',
      'systemd-journald.service',
      'ssh.service',
    ]),
    ['systemd-journald.service', 'systemd-journald@.service', 'systemd-journald.socket'],
  );
  assert.deepEqual(nearUnits('zz.service', ['something.service']), []);
});

test('a frozen machine without a record runs no program', async () => {
  const units = openUnits(undefined, { run: assert.fail, stuck: () => 0, spare: () => 1, close: () => {} });
  await assert.rejects(units.list({ limit: 1 }), { code: 'unavailable' });
  await assert.rejects(units.get({ unit: 'ssh', lines: 0, detailed: false }), { code: 'unavailable' });
});

test('this machine lists its units, or says that systemd does not run it', async () => {
  const host = await openHost({ machine: liveMachine(), clock: systemClock, onTrouble: () => {} });
  try {
    if (existsSync('/run/systemd/system')) {
      const { units } = await host.units.list({ limit: 5, type: 'slice' });
      assert.ok(units.some(({ unit }) => unit === '-.slice'));
    } else {
      await assert.rejects(host.units.list({ limit: 1 }), { code: 'unavailable' });
    }
  } finally {
    host.close();
  }
});
