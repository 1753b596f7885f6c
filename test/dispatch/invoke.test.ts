import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, beforeEach, test } from 'node:test';
import { openTrail } from '../../src/audit/trail.ts';
import type { Problem } from '../../src/base/errors.ts';
import { checkCatalogue } from '../../src/dispatch/checked-catalogue.ts';
import { type DispatcherParts, openDispatcher } from '../../src/dispatch/invoke.ts';
import type { Host } from '../../src/host/host.ts';
import { type StillClock, stillClock } from '../still-clock.ts';
import { callerWith, changes, toys } from './toy-tools.ts';

const monitor = callerWith(['monitor']);
const token = `sm1.eyJ${'a'.repeat(40)}.${'b'.repeat(43)}`;

const folder = mkdtempSync(join(tmpdir(), 'invoke-'));
after(() => rmSync(folder, { recursive: true }));
let opened = 0;

function open({
  rate = 1000,
  clock = stillClock(),
  file = '',
  leftOut = () => undefined,
}: {
  leftOut?: DispatcherParts['leftOut'];
  rate?: number;
  clock?: StillClock;
  file?: string;
} = {}) {
  opened += 1;
  const auditFile = file || join(folder, `audit-${opened}.log`);
  const internal: Problem[] = [];
  const trail = openTrail({ file: auditFile, maxSizeBytes: 1e9, keep: 1, clock, onTrouble: () => {} });
  const dispatcher = openDispatcher({
    catalogue: checkCatalogue(toys),
    host: { name: 'toy' } as Host,
    trail,
    clock,
    ratePerMinute: () => rate,
    leftOut,
    onInternal: (problem) => internal.push(problem),
  });
  const records = () =>
    readFileSync(auditFile, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
  const call = (tool: string, args: unknown = {}, caller = monitor, signal?: AbortSignal) =>
    dispatcher.invoke({ id: 'c-1', tool, args, caller, ...(signal ? { signal } : {}) });
  return { dispatcher, call, records, internal, clock };
}

beforeEach(() => {
  changes.length = 0;
});

test('a call is answered with its data as JSON, and recorded', async () => {
  const { call, records } = open();
  const { json, data } = await call('read_thing', { size: 2 });
  assert.equal(json, '{"rows":["row number 0","row number 1"]}');
  assert.deepEqual(data, JSON.parse(json));
  const [entry] = records();
  assert.equal(entry.outcome, 'ok');
  assert.equal(entry.tool, 'read_thing');
  assert.equal(entry.agent, 'tester');
  assert.equal(entry.correlationId, 'c-1');
  assert.deepEqual(entry.arguments, { size: 2 });
  assert.equal(entry.bytes, 40);
});

test('an older name works, takes the older arguments, and both names are recorded', async () => {
  const { call, records } = open();
  const { data } = await call('older_thing', { rows: 3 });
  assert.equal((data['rows'] as string[]).length, 3);
  const [entry] = records();
  assert.equal(entry.tool, 'read_thing');
  assert.equal(entry.alias, 'older_thing');
});

test('an unknown tool is refused with the nearest one that the caller may use', async () => {
  const { call, records } = open();
  await assert.rejects(call('reed_thing'), (problem: Problem) => {
    assert.equal(problem.code, 'tool_unknown');
    assert.equal(problem.hint, "Did you mean 'read_thing'?");
    return true;
  });
  assert.equal(records()[0].outcome, 'refused');
});

test('an unknown tool is refused to admin too', async () => {
  const { call } = open();
  await assert.rejects(call('no_such_tool', {}, callerWith(['admin'])), { code: 'tool_unknown' });
});

test('a missing scope is named, and the refusal recorded', async () => {
  const { call, records } = open();
  await assert.rejects(call('read_thing', {}, callerWith(['fs'])), (problem: Problem) => {
    assert.equal(problem.code, 'scope_missing');
    assert.match(problem.detail, /monitor/);
    return true;
  });
  const [entry] = records();
  assert.equal(entry.outcome, 'refused');
  assert.equal(entry.code, 'scope_missing');
});

test('the scope is checked for the action, not for the tool', async () => {
  const { call } = open();
  await call('manage_thing', { action: 'start' }, callerWith(['docker']));
  await assert.rejects(call('manage_thing', { action: 'wipe' }, callerWith(['docker'])), {
    code: 'scope_missing',
  });
  assert.deepEqual(changes, ['start']);
});

test('an argument that approves is no approval', async () => {
  const { call } = open();
  await assert.rejects(call('manage_thing', { action: 'wipe', approve: true }, callerWith(['docker'])), {
    code: 'scope_missing',
  });
  assert.deepEqual(changes, []);
});

test('an action that does not exist is refused before anything else', async () => {
  const { call } = open();
  for (const action of ['stop', '__proto__', 'constructor', undefined, 1, ['start']]) {
    await assert.rejects(call('manage_thing', { action }, callerWith(['admin'])), {
      code: 'arguments_invalid',
    });
  }
  assert.deepEqual(changes, []);
});

test('a change has its intent on record before it is made, and its outcome after', async () => {
  const { call, records } = open();
  await call('manage_thing', { action: 'start' }, callerWith(['docker']));
  assert.deepEqual(
    records().map(({ outcome }) => outcome),
    ['intent', 'ok'],
  );
});

test('a change whose intent cannot be written does not happen, while reading goes on', async () => {
  const { call } = open({ file: '/dev/full' });
  await assert.rejects(call('manage_thing', { action: 'start' }, callerWith(['docker'])), {
    code: 'audit_unwritable',
  });
  assert.deepEqual(changes, []);
  await call('read_thing');
});

test('the 101st call of a minute is refused with whole seconds, and passes after them', async () => {
  const { call, clock } = open({ rate: 100 });
  for (let i = 0; i < 100; i++) await call('read_thing');
  let seconds = 0;
  await assert.rejects(call('read_thing'), (problem: Problem) => {
    assert.equal(problem.code, 'rate_limited');
    seconds = problem.retryAfterSeconds ?? 0;
    return true;
  });
  assert.equal(seconds, 1);
  clock.forward(seconds * 1000);
  await call('read_thing');
});

test('arguments that break a rule are refused with the field and the valid names', async () => {
  const { call } = open();
  await assert.rejects(call('read_thing', { sise: 1 }), (problem: Problem) => {
    assert.equal(problem.code, 'arguments_invalid');
    assert.match(problem.detail, /'sise' is not an argument/);
    assert.match(problem.hint ?? '', /Did you mean 'size'\? read_thing takes size, password, names\./);
    return true;
  });
  for (const args of [
    { size: -1 },
    { size: 1.5 },
    { size: '1' },
    { size: 1e308 },
    { names: 'x' },
    [],
    'x',
    7,
  ]) {
    await assert.rejects(call('read_thing', args), { code: 'arguments_invalid' });
  }
});

test('a secret argument and a secret inside another never reach the record', async () => {
  const { call, records } = open();
  await call('read_thing', { password: 'hunter2', names: ['https://me:hunter3@example.com/'] });
  const text = JSON.stringify(records());
  assert.doesNotMatch(text, /hunter/);
  assert.match(text, /‹secret:[0-9a-f]{4}›/);
});

test('a token in the arguments is refused and not recorded', async () => {
  const { call, records } = open();
  await assert.rejects(call('read_thing', { names: [token] }), { code: 'token_misplaced' });
  assert.doesNotMatch(JSON.stringify(records()), /sm1\.eyJ/);
});

test('what a tool throws by accident is not shown to the caller but told to the log', async () => {
  const { call, internal, records } = open();
  await assert.rejects(call('fail_badly'), (problem: Problem) => {
    assert.equal(problem.code, 'internal');
    assert.doesNotMatch(problem.detail, /hidden/);
    return true;
  });
  assert.match(String(internal[0]?.cause), /hidden/);
  assert.equal(records()[0].outcome, 'failed');
});

test('a call that takes too long is answered by its deadline, whether or not it obeys', async () => {
  const { call, clock, dispatcher } = open();
  const both = [call('wait_long', { obey: true }), call('wait_long', { obey: false })];
  clock.forward(300);
  for (const one of both) await assert.rejects(one, { code: 'deadline_exceeded' });
  dispatcher.close();
});

test('a caller that goes away cancels its call', async () => {
  const { call, records } = open();
  const gone = new AbortController();
  const waiting = call('wait_long', {}, monitor, gone.signal);
  gone.abort();
  await assert.rejects(waiting, { code: 'cancelled' });
  assert.equal(records()[0].outcome, 'cancelled');
});

test('when the daemon stops, running calls end as draining', async () => {
  const { call, dispatcher } = open();
  const waiting = call('wait_long');
  await Promise.resolve();
  dispatcher.abortAll();
  await assert.rejects(waiting, { code: 'draining' });
});

test('busy slots do not stop the heartbeat, and another caller is still served', async () => {
  const { call, dispatcher } = open();
  const stuck = Array.from({ length: 40 }, () => call('wait_long', { obey: false }).catch(() => {}));
  const before = dispatcher.heartbeat();
  await call('read_thing', {}, callerWith(['monitor'], 'somebody-else'));
  while (dispatcher.heartbeat() === before) await new Promise((resolve) => setImmediate(resolve));
  assert.ok(dispatcher.running() >= 40);
  dispatcher.abortAll();
  await Promise.all(stuck);
});

test('a caller sees the tools that it may use and no others', () => {
  const { dispatcher } = open();
  const names = (scopes: Parameters<typeof callerWith>[0]) =>
    dispatcher.toolsFor(callerWith(scopes)).map(({ name }) => name);
  assert.deepEqual(names(['monitor']), ['read_thing', 'wait_long', 'fail_badly', 'say_who']);
  assert.deepEqual(names(['docker:manage']), ['manage_thing', 'say_who']);
  assert.deepEqual(names(['admin']), ['read_thing', 'manage_thing', 'wait_long', 'fail_badly', 'say_who']);
});

test('a failure says of itself whether it was recorded', async () => {
  const { call, dispatcher } = open();
  const problem = await call('no_such_tool').catch((thrown) => thrown);
  assert.equal(dispatcher.recorded(problem), true);
});

test('a tool that the settings leave out is in nobody’s list, and refused with the reason before anything is done', async () => {
  let reason: string | undefined;
  const leftOut = ({ name }: { name: string }) => (name === 'manage_thing' ? reason : undefined);
  const { call, dispatcher, records } = open({ leftOut });
  const admin = callerWith(['admin']);
  const names = () => dispatcher.toolsFor(admin).map(({ name }) => name);
  assert.ok(names().includes('manage_thing'));
  reason = 'things.read_only is set';
  assert.ok(!names().includes('manage_thing'));
  await assert.rejects(call('manage_thing', { action: 'wipe' }, admin), {
    code: 'tool_unknown',
    detail: "There is no tool 'manage_thing' here: things.read_only is set.",
  });
  assert.deepEqual([changes, records().map(({ outcome }) => outcome)], [[], ['refused']]);
});
