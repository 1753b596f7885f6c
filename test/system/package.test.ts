/** The .deb on a booted Debian: installed, used, reloaded, stalled, upgraded, removed. One machine, in this order. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import {
  bootWithPackage,
  builtPackage,
  daemon,
  freeTcpDoor,
  install as installIn,
  property as propertyIn,
  socket,
  withDropIns,
  writeIn as writeInto,
} from './installed.ts';
import { neededLibraries, newestGlibc } from './libraries.ts';
import { checkout, type Machine, node } from './machine.ts';

let machine: Machine;

before(async () => {
  machine = await bootWithPackage();
});
after(() => machine?.stop());

const install = (file: string): string => installIn(machine, file);
const property = (name: string, unit = daemon): string => propertyIn(machine, name, unit);
const call = (tool: string, ...args: string[]) =>
  JSON.parse(machine.output('systemmanager-mcp', 'call', tool, ...args));
const writeIn = (path: string, text: string): void => writeInto(machine, path, text);

test('lintian has nothing to say against it', () => {
  const lint = spawnSync('lintian', ['--allow-root', '--fail-on', 'error,warning', builtPackage()], {
    encoding: 'utf8',
  });
  assert.deepEqual([lint.status, lint.stdout], [0, '']);
});

test('apt installs it, and socket and daemon run without another word', () => {
  const said = install('/root/first.deb');
  assert.match(said, /systemmanager-mcp token mint/);
  assert.equal(property('ActiveState'), 'active');
  assert.equal(property('UnitFileState'), 'enabled');
  assert.equal(property('ActiveState', 'systemmanager-mcp.socket'), 'active');
  assert.equal(property('StatusText'), `Answering on ${socket}`);
  assert.equal(property('User'), 'systemmanager');
});

test('it depends on the package of every library that its programs need, and on a C library new enough', () => {
  const [, depends = ''] = /^Depends: (.*)$/m.exec(machine.output('dpkg', '-s', 'systemmanager-mcp')) ?? [];
  const needed = neededLibraries(machine);
  for (const { library } of needed) {
    const [owner] = machine
      .output('sh', '-c', `dpkg -S "$(realpath /lib/*/${library})" | cut -d: -f1`)
      .split('\n');
    assert.ok(
      depends.split(', ').some((one) => one.split(' ')[0] === owner),
      `${library} is of ${owner}`,
    );
  }
  const [, declared = ''] = /\blibc6 \(>= ([^)]+)\)/.exec(depends) ?? [];
  machine.output('dpkg', '--compare-versions', declared, 'ge', newestGlibc(needed));
});

test('the doors to the network are there and closed', () => {
  for (const unit of ['systemmanager-mcp-tcp.socket', 'systemmanager-mcp-tailscale.socket']) {
    assert.equal(property('UnitFileState', unit), 'disabled');
    assert.equal(property('ActiveState', unit), 'inactive');
  }
});

test('systemd finds no fault with the units, and the exposure is at most 0.7', () => {
  const { status, stderr } = machine.run('systemd-analyze', 'verify', '--man=no', daemon);
  assert.deepEqual([status, stderr], [0, '']);
  machine.output('systemd-analyze', 'security', '--threshold=7', daemon);
});

test('the socket is for its group alone', () => {
  assert.equal(machine.output('stat', '-c', '%a %U %G', socket).trim(), '660 root systemmanager-clients');
  assert.equal(
    machine.output('stat', '-c', '%a %U', '/var/lib/systemmanager/keys.json').trim(),
    '600 systemmanager',
  );
  machine.output('useradd', '--system', 'stranger');
  machine.output('useradd', '--system', '--groups', 'systemmanager-clients', 'client');
  const asks = (user: string) =>
    machine.run(
      'setpriv',
      `--reuid=${user}`,
      `--regid=${user}`,
      '--init-groups',
      'curl',
      '-s',
      '--unix-socket',
      socket,
      'http://localhost/health',
    );
  assert.equal(asks('stranger').status, 7);
  assert.equal(JSON.parse(asks('client').stdout).status, 'healthy');
});

for (const [name, differences] of Object.entries({
  docker: 'SupplementaryGroups=docker',
  network: 'PrivateNetwork=no',
  files: 'PrivateTmp=no',
  'process-details': 'PrivateUsers=no, CapabilityBoundingSet=CAP_DAC_READ_SEARCH CAP_SYS_PTRACE',
})) {
  test(`with ${name}.conf it runs, and the status and the journal say how its sandbox differs`, async () => {
    machine.run('groupadd', '--system', '--force', 'docker');
    await withDropIns(machine, [name], () => {
      const said = `the sandbox differs from the unit as shipped: ${differences}`;
      assert.equal(property('StatusText'), `Answering on ${socket}; ${said}`);
      assert.equal(call('whoami').agent, 'root');
      const invocation = property('InvocationID');
      const warned = machine.output(
        'journalctl',
        '-q',
        '-p',
        'warning',
        `_SYSTEMD_INVOCATION_ID=${invocation}`,
      );
      assert.ok(warned.includes(said), warned);
      machine.output('systemctl', 'reload', daemon);
      assert.equal(property('StatusText'), `Answering on ${socket}; ${said}; configuration reloaded`);
    });
    assert.equal(property('StatusText'), `Answering on ${socket}`);
  });
}

test('a door that was off is opened by enabling it and one restart, and closed again', async () => {
  const doorways = {
    'systemmanager-mcp-tcp.socket': await freeTcpDoor(machine),
    'systemmanager-mcp-tailscale.socket': '/run/systemmanager-mcp/tailscale.sock',
  };
  for (const [unit, where] of Object.entries(doorways)) {
    machine.output('systemctl', 'enable', unit);
    machine.output('systemctl', 'restart', daemon);
    assert.equal(property('ActiveState', unit), 'active');
    assert.deepEqual(
      property('StatusText').replace('Answering on ', '').split(', ').sort(),
      [where, socket].sort(),
    );
    if (unit.includes('tailscale')) {
      assert.equal(machine.output('stat', '-c', '%a %U %G', where).trim(), '600 root root');
    }
    machine.output('systemctl', 'disable', '--now', unit);
    machine.output('systemctl', 'restart', daemon);
    assert.equal(property('StatusText'), `Answering on ${socket}`);
  }
});

test('its own network is empty', () => {
  const pid = property('MainPID');
  assert.match(machine.output('nsenter', '-t', pid, '-n', 'ip', '-o', 'link'), /^1: lo[^\n]*\n$/);
});

test('its confinement lets a search go through folders as a working directory of its own', () => {
  const tree = '/var/log/many';
  const script = `mkdir ${tree}
    for folder in $(seq 500); do mkdir ${tree}/$folder; for file in $(seq 40); do echo $file >${tree}/$folder/$file; done; done
    for search in 1 2 3 4 5; do
      systemmanager-mcp call search_text --arg path=${tree} --arg pattern=nowhere >/dev/null
    done & searches=$!
    while kill -0 $searches 2>/dev/null; do readlink /proc/$1/task/*/cwd || :; done | sort -u`;
  const gone = machine.output('sh', '-ec', script, 'sh', property('MainPID')).trim().split('\n');
  machine.output('rm', '-r', tree);
  assert.ok(gone.includes('/'), gone.join());
  assert.ok(
    gone.some((folder) => folder.startsWith(`${tree}/`)),
    gone.join(),
  );
});

test('the units are those of systemctl, and the journal is that of journalctl', () => {
  const inside = [
    '--import',
    'tsx',
    '--test',
    'test/system/inside/units.ts',
    'test/system/inside/journal.ts',
  ];
  const { status, stdout, stderr } = machine.run('env', '-C', checkout, node, ...inside);
  assert.equal(status, 0, stdout + stderr);
  assert.match(stdout, /^# tests [1-9]|^ℹ tests [1-9]/m);
});

test('what an agent did can be asked of the journal, by its fields', async () => {
  call('whoami');
  const { stdout } = await machine.until(
    (ran) => ran.stdout !== '',
    10_000,
    ...['journalctl', '-q', '-u', daemon, 'AUDIT_TOOL=whoami', 'AUDIT_OUTCOME=ok', '-o', 'json', '-n', '1'],
  );
  assert.equal(JSON.parse(stdout).AUDIT_AGENT, 'root');
});

test('of arguments of 100 KB the journal and the file have the same record, cut', async () => {
  // MAX_ARG_STRLEN would not let it through in one argument of twice that size.
  const { status } = machine.run(
    'systemmanager-mcp',
    'call',
    'query_journal',
    '--arg',
    `grep=${'x'.repeat(100_000)}`,
  );
  assert.notEqual(status, 0);
  const { stdout } = await machine.until(
    (ran) => ran.stdout !== '',
    10_000,
    ...['journalctl', '-q', '-u', daemon, 'AUDIT_TOOL=query_journal', 'AUDIT_CODE=arguments_invalid', '-a'],
    ...['-o', 'json', '-n', '1'],
  );
  const { AUDIT_ARGUMENTS, AUDIT_CORRELATION_ID } = JSON.parse(stdout);
  assert.match(AUDIT_ARGUMENTS, /xxxx/);
  const onFile = machine.output('grep', AUDIT_CORRELATION_ID, '/var/log/systemmanager/audit.log');
  assert.equal(JSON.stringify(JSON.parse(onFile).arguments), AUDIT_ARGUMENTS);
});

test('journalctl -x explains what an agent did, and knows every kind of record', () => {
  const { MESSAGE_ID } = JSON.parse(
    machine.output('journalctl', '-q', '-u', daemon, 'AUDIT_TOOL=whoami', '-o', 'json', '-n', '1'),
  );
  const explained = machine.output(
    'journalctl',
    '-q',
    '-x',
    '-u',
    daemon,
    `MESSAGE_ID=${MESSAGE_ID}`,
    '-n',
    '1',
  );
  assert.match(explained, /Subject: root ran whoami$/m);
  assert.match(explained, /The agent root called the tool whoami at the door mcp/);
  const listed = machine.output('journalctl', '--list-catalog').split('\n');
  assert.equal(listed.filter((line) => / systemmanager-mcp: /.test(line)).length, 7);
});

test('who asked about a unit is found by that unit, and is not taken for what the unit says itself', async () => {
  call('get_unit', '--arg', 'unit=systemd-journald');
  const unit = 'systemd-journald.service';
  const { stdout } = await machine.until(
    (ran) => ran.stdout !== '',
    10_000,
    ...['journalctl', '-q', '-u', daemon, `OBJECT_SYSTEMD_UNIT=${unit}`, '-o', 'json', '-n', '1'],
  );
  assert.equal(JSON.parse(stdout).AUDIT_TOOL, 'get_unit');
  assert.doesNotMatch(machine.output('journalctl', '-q', '-u', unit), /ran get_unit/);
});

test('a good reload applies and a broken one keeps the old configuration and says so', () => {
  writeIn('etc/systemmanager/conf.d/10-level.yaml', 'logging:\n  level: debug\n');
  machine.output('systemctl', 'reload', daemon);
  assert.equal(property('StatusText'), `Answering on ${socket}; configuration reloaded`);
  writeIn('etc/systemmanager/conf.d/10-level.yaml', 'loging:\n  level: debug\n');
  machine.output('systemctl', 'reload', daemon);
  assert.match(property('StatusText'), /loging/);
  assert.equal(property('ActiveState'), 'active');
  rmSync(join(machine.folder, 'etc/systemmanager/conf.d/10-level.yaml'));
  machine.output('systemctl', 'reload', daemon);
  assert.equal(property('StatusText'), `Answering on ${socket}; configuration reloaded`);
});

test('a daemon that stands still is started again by the watchdog', async () => {
  machine.output('mkdir', '-p', `/run/systemd/system/${daemon}.d`);
  writeIn('run-watchdog.conf', '[Service]\nWatchdogSec=3s\nTimeoutAbortSec=2s\n');
  machine.output('cp', '/run-watchdog.conf', `/run/systemd/system/${daemon}.d/watchdog.conf`);
  machine.output('systemctl', 'daemon-reload');
  machine.output('systemctl', 'restart', daemon);
  const stalled = property('MainPID');
  machine.output('kill', '-STOP', stalled);
  await machine.until(
    ({ stdout }) => stdout.trim() !== stalled && stdout.trim() !== '0',
    30_000,
    ...['systemctl', 'show', '--value', '-p', 'MainPID', daemon],
  );
  assert.equal(call('whoami').agent, 'root');
  machine.output('rm', '-r', `/run/systemd/system/${daemon}.d`);
  machine.output('systemctl', 'daemon-reload');
  machine.output('systemctl', 'restart', daemon);
});
