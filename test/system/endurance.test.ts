/** The installed daemon under load and in trouble: restarts, an upgrade, a crash loop, a journal that stands still. */

import assert from 'node:assert/strict';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { until } from '../until.ts';
import {
  bootWithPackage,
  daemon,
  freeTcpDoor,
  install,
  mint,
  nextPackage,
  property,
  socket,
  writeIn,
} from './installed.ts';
import { checkout, type Machine, node } from './machine.ts';

let machine: Machine;
let port: string;

before(async () => {
  machine = await bootWithPackage();
  install(machine, '/root/first.deb');
  writeIn(machine, 'etc/systemmanager/config.yaml', 'security:\n  rate_limit: 1000000000\n');
  port = (await freeTcpDoor(machine)).split(':')[1] ?? '';
  machine.output('systemctl', 'enable', 'systemmanager-mcp-tcp.socket');
  machine.output('systemctl', 'restart', daemon);
});
after(() => machine?.stop());

interface Outcome {
  readonly requests: number;
  readonly done: Readonly<Record<string, number>>;
  readonly failed: number;
  readonly some: readonly string[];
  readonly sessionsLost: number;
}

/** Clients that ask without end, or `most` times. */
function startLoad(agent: string, clients: number, most?: number) {
  const folder = `/root/${agent}`;
  machine.output('mkdir', '-p', folder);
  const child = machine.start(
    ...[node, `${checkout}/test/system/inside/load.ts`, socket, port, mint(machine, agent)],
    ...[String(clients), folder, ...(most === undefined ? [] : [String(most)])],
  );
  const printed: Buffer[] = [];
  const complained: Buffer[] = [];
  child.stdout?.on('data', (data) => printed.push(data));
  child.stderr?.on('data', (data) => complained.push(data));
  const outcome = new Promise<Outcome>((resolve, reject) => {
    child.once('close', () => {
      const text = Buffer.concat(printed).toString();
      if (text === '') reject(new Error(`the load ended without a word: ${Buffer.concat(complained)}`));
      else resolve(JSON.parse(text));
    });
  });
  const count = (): number => Number(machine.run('cat', `${folder}/count`).stdout);
  return {
    outcome,
    count,
    /** Waits until so many requests were answered in all. */
    reaches: (total: number) =>
      machine.until(({ stdout }) => Number(stdout) >= total, 240_000, 'cat', `${folder}/count`),
    enough: () => writeIn(machine, `${folder}/enough`, ''),
  };
}

test('no request of 50 clients is lost over five restarts and an upgrade, without a second try', async () => {
  const load = startLoad('restless', 50);
  await load.reaches(1000);
  for (let restart = 0; restart < 5; restart++) {
    machine.output('systemctl', 'restart', daemon);
    await load.reaches(load.count() + 3000);
  }
  install(machine, nextPackage(machine));
  await load.reaches(Math.max(50_000, load.count() + 3000));
  load.enough();
  const { requests, done, failed, some, sessionsLost } = await load.outcome;
  assert.deepEqual([failed, some], [0, []]);
  assert.ok(requests >= 50_000, String(requests));
  for (const kind of ['unix keep-alive', 'unix fresh', 'tcp keep-alive', 'tcp fresh', 'mcp keep-alive']) {
    assert.ok((done[kind] ?? 0) > 1000, `${kind}: ${done[kind]}`);
  }
  // Each of the ten MCP clients was told of each of the six restarts, or of some together.
  assert.ok(sessionsLost >= 10, String(sessionsLost));
  assert.match(machine.output('dpkg', '-s', 'systemmanager-mcp'), /^Version: 99\.0\.0$/m);
});

test('ten reloads under load, half of them of a broken configuration, lose neither a request nor a session', async () => {
  const pid = property(machine, 'MainPID');
  const fragment = 'etc/systemmanager/conf.d/50-reloaded.yaml';
  const load = startLoad('reloaded', 50);
  await load.reaches(1000);
  for (const level of ['warn', 'debg', 'info', 'eror', 'warn', 'debg', 'info', 'eror', 'warn', 'inf']) {
    writeIn(machine, fragment, `logging:\n  level: ${level}\n`);
    machine.output('systemctl', 'reload', daemon);
    const isValid = ['warn', 'info'].includes(level);
    assert.match(property(machine, 'StatusText'), isValid ? /; configuration reloaded$/ : /logging\.level/);
    await load.reaches(load.count() + 500);
  }
  load.enough();
  const { failed, some, sessionsLost } = await load.outcome;
  assert.deepEqual([failed, some, sessionsLost], [0, [], 0]);
  assert.equal(property(machine, 'MainPID'), pid);
  rmSync(join(machine.folder, fragment));
  machine.output('systemctl', 'reload', daemon);
});

test('a request that comes in a crash loop of ten seconds waits and is answered', async () => {
  const token = mint(machine, 'patient');
  const broken = 'etc/systemmanager/conf.d/99-broken.yaml';
  writeIn(machine, broken, 'loging: {}\n');
  assert.notEqual(machine.run('systemctl', 'restart', daemon).status, 0);
  const asked = machine.start(
    ...['curl', '-s', '-w', ' %{http_code}', '--max-time', '110', '--unix-socket', socket],
    ...['-H', `Authorization: Bearer ${token}`, 'http://localhost/tools/whoami'],
  );
  const answer: Buffer[] = [];
  asked.stdout?.on('data', (data) => answer.push(data));
  const ended = new Promise((resolve) => asked.once('close', resolve));
  // The pauses between starts grow from a tenth of a second: the sixth start comes some ten seconds after the first.
  await machine.until(
    ({ stdout }) => Number(stdout) >= 6,
    60_000,
    ...['systemctl', 'show', '--value', '-p', 'NRestarts', daemon],
  );
  assert.equal(property(machine, 'ActiveState', 'systemmanager-mcp.socket'), 'active');
  assert.deepEqual(answer, []);
  rmSync(join(machine.folder, broken));
  await ended;
  assert.match(Buffer.concat(answer).toString(), /"agent":"patient".* 200$/);
});

/** How many calls of an agent stand in the audit file and in the journal, and how many the journal says it missed. */
function recorded(agent: string) {
  const files = '/var/log/systemmanager/audit.log*';
  const file = machine
    .output('sh', '-c', `grep -hc '"agent":"${agent}"' ${files} || true`)
    .trim()
    .split('\n');
  const linesOf = (field: string, match: string): readonly string[] =>
    machine
      .run('journalctl', '-q', '-u', daemon, '-o', 'cat', `--output-fields=${field}`, match)
      .stdout.split('\n')
      .filter((line) => line !== '');
  const sum = (numbers: readonly string[]): number => numbers.reduce((total, one) => total + Number(one), 0);
  return {
    inFile: sum(file),
    inJournal: linesOf('AUDIT_OUTCOME', `AUDIT_AGENT=${agent}`).length,
    missed: sum(linesOf('AUDIT_COUNT', 'AUDIT_OUTCOME=lost')),
  };
}

test('20,000 records in a burst are all in the file, and in the journal or counted as lost, though it stands still and restarts', async () => {
  const { missed: before } = recorded('burst');
  const load = startLoad('burst', 20, 20_000);
  await load.reaches(3000);
  const journal = property(machine, 'MainPID', 'systemd-journald.service');
  machine.output('kill', '-STOP', journal);
  await load.reaches(9000);
  machine.output('kill', '-CONT', journal);
  await load.reaches(12_000);
  machine.output('systemctl', 'restart', 'systemd-journald.service');
  const { requests, failed, some } = await load.outcome;
  assert.deepEqual([requests, failed, some], [20_000, 0, []]);
  let found = recorded('burst');
  await until('the journal has read what waits for it', () => {
    found = recorded('burst');
    return found.inJournal + found.missed - before >= 20_000;
  });
  assert.deepEqual([found.inFile, found.inJournal + found.missed - before], [20_000, 20_000]);
});

test('a journal that is away altogether stops nothing, and takes records again once it is back', async () => {
  const pid = property(machine, 'MainPID');
  const units = ['systemd-journald.socket', 'systemd-journald-dev-log.socket', 'systemd-journald.service'];
  machine.output('systemctl', 'stop', ...units);
  const { requests, failed, some } = await startLoad('unheard', 10, 500).outcome;
  assert.deepEqual([requests, failed, some], [500, 0, []]);
  machine.output('systemctl', 'start', ...units);
  const heard = await startLoad('heard', 1, 1).outcome;
  assert.equal(heard.failed, 0);
  await machine.until(
    ({ stdout }) => stdout !== '',
    60_000,
    'journalctl',
    '-q',
    'AUDIT_AGENT=heard',
    '-o',
    'cat',
  );
  assert.equal(property(machine, 'MainPID'), pid);
  assert.equal(recorded('unheard').inFile, 500);
});

test('the records of every call are there after all of it', () => {
  const file = readFileSync(join(machine.folder, 'var/log/systemmanager/audit.log'), 'utf8');
  for (const line of file.split('\n').filter((one) => one !== ''))
    assert.doesNotThrow(() => JSON.parse(line), line);
});
