/** The .rpm: installed, renewed and erased by rpm on a booted machine. */

import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { after, before, test } from 'node:test';
import { neededLibraries, newestGlibc } from './libraries.ts';
import { bootMachine, type Machine } from './machine.ts';

const root = resolve(import.meta.dirname, '../..');
const daemon = 'systemmanager-mcp.service';

let machine: Machine;

before(async () => {
  execFileSync('npm', ['run', '-s', 'package:rpm'], { cwd: root, stdio: 'ignore' });
  machine = await bootMachine();
  cpSync(builtPackage(), join(machine.folder, 'root/built.rpm'));
});
after(() => machine?.stop());

function builtPackage(): string {
  const [name = ''] = readdirSync(join(root, 'build')).filter((file) => file.endsWith('.rpm'));
  return join(root, 'build', name);
}

const property = (name: string, unit = daemon): string =>
  machine.output('systemctl', 'show', '--value', '-p', name, unit).trim();

// The machine is a Debian, whose libraries rpm does not know: hence --nodeps.
const rpm = (...args: string[]): string => machine.output('rpm', '--nodeps', ...args);

test('rpmlint has nothing to say against it', () => {
  const settings = join(root, 'packaging/rpm/rpmlint.toml');
  const { status, stdout } = spawnSync('rpmlint', ['-c', settings, builtPackage()], { encoding: 'utf8' });
  assert.equal(status, 0, stdout);
  assert.match(stdout, /0 errors, 0 warnings/);
});

test('rpm installs it, and socket and daemon run', () => {
  rpm('-i', '/root/built.rpm');
  assert.equal(property('ActiveState'), 'active');
  assert.equal(property('ActiveState', 'systemmanager-mcp.socket'), 'active');
  assert.equal(property('UnitFileState', 'systemmanager-mcp.socket'), 'enabled');
  assert.equal(property('UnitFileState', 'systemmanager-mcp-tcp.socket'), 'disabled');
  assert.equal(JSON.parse(machine.output('systemmanager-mcp', 'call', 'whoami')).agent, 'root');
});

test('it requires every library that its programs need, in the versions that they need, and glibc 2.28 at most', () => {
  const needed = neededLibraries(machine);
  const required = machine.output('rpm', '-q', '--requires', 'systemmanager-mcp').split('\n');
  const asRpm = needed.flatMap(({ library, versions }) =>
    ['', ...versions].map((version) => `${library}(${version})(64bit)`),
  );
  assert.ok(asRpm.includes('libsystemd.so.0()(64bit)') && asRpm.includes('libc.so.6(GLIBC_2.28)(64bit)'));
  assert.deepEqual(
    asRpm.filter((one) => !required.includes(one)),
    [],
  );
  assert.equal(newestGlibc(needed), '2.28');
});

test('the journal knows its kinds of records', () => {
  assert.match(machine.output('journalctl', '--list-catalog'), / systemmanager-mcp: /);
});

test('installed over itself it is restarted and keeps its keys and its edited configuration', () => {
  const before = property('MainPID');
  const keys = machine.output('cat', '/var/lib/systemmanager/keys.json');
  machine.output('sh', '-c', 'echo "logging: {level: debug}" > /etc/systemmanager/config.yaml');
  rpm('-U', '--force', '/root/built.rpm');
  assert.notEqual(property('MainPID'), before);
  assert.equal(machine.output('cat', '/var/lib/systemmanager/keys.json'), keys);
  assert.match(machine.output('cat', '/etc/systemmanager/config.yaml'), /debug/);
  assert.equal(property('ActiveState'), 'active');
});

test('erased it is gone, and its state stays', () => {
  rpm('-e', 'systemmanager-mcp');
  assert.equal(property('LoadState'), 'not-found');
  assert.equal(machine.run('test', '-e', '/usr/lib/systemmanager-mcp/node').status, 1);
  assert.doesNotMatch(machine.output('journalctl', '--list-catalog'), / systemmanager-mcp: /);
  assert.equal(machine.run('test', '-e', '/var/lib/systemmanager/keys.json').status, 0);
});
