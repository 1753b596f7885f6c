/** The .deb from before it is installed until after it is purged: upgrades, what stays of it, and that in the end nothing does. */

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { bootWithPackage, install, nextPackage, property, socket, writeIn } from './installed.ts';
import type { Machine } from './machine.ts';

let machine: Machine;

before(async () => {
  machine = await bootWithPackage();
});
after(() => machine?.stop());

const config = 'etc/systemmanager/config.yaml';
const content = (path: string): string => machine.output('cat', path);
const version = (): string =>
  /^Version: (.*)$/m.exec(machine.output('dpkg', '-s', 'systemmanager-mcp'))?.[1] ?? '';

/** Everything on its disk but what belongs to the tools that install and to the journal. */
const everything = (): ReadonlySet<string> => {
  const others = ['/var/lib/dpkg', '/var/lib/apt', '/var/cache', '/var/log/apt', '/var/log/journal', '/root'];
  const found = machine.output('find', '/', '-xdev').split('\n');
  return new Set(found.filter((path) => !others.some((other) => path.startsWith(other))));
};

const lines = (interval: number): string => `history:\n  interval: ${interval}\n`;
let blank: ReadonlySet<string>;

test('installed it runs, and holds at most 85 MB', () => {
  blank = everything();
  install(machine, '/root/first.deb');
  assert.equal(property(machine, 'ActiveState'), 'active');
  const status = content(`/proc/${property(machine, 'MainPID')}/status`);
  const heldKib = Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]);
  assert.ok(heldKib <= 85 * 1024, `${heldKib} KiB`);
});

test('an upgrade whose configuration has gained a key brings it to where nobody has changed the file', () => {
  const old = property(machine, 'MainPID');
  install(machine, nextPackage(machine, { version: '98.0.0', config: lines(30) }));
  assert.equal(version(), '98.0.0');
  assert.equal(content(`/${config}`), lines(30));
  assert.notEqual(property(machine, 'MainPID'), old);
  assert.equal(property(machine, 'ActiveState'), 'active');
});

test('an edited configuration is kept, the new one lies beside it, and the key that it lacks has its default', () => {
  writeIn(machine, config, 'security:\n  rate_limit: 1000\n');
  const kept = ['-o', 'Dpkg::Options::=--force-confold'];
  install(machine, nextPackage(machine, { config: lines(20) }), ...kept);
  assert.equal(version(), '99.0.0');
  assert.equal(content(`/${config}`), 'security:\n  rate_limit: 1000\n');
  assert.equal(content(`/${config}.dpkg-dist`), lines(20));
  const shown = JSON.parse(machine.output('systemmanager-mcp', 'config', 'show', '--json'));
  const settingOf = (wanted: string) => shown.find(({ key }: { key: string }) => key === wanted).value;
  assert.deepEqual([settingOf('security.rate_limit'), settingOf('history.interval')], [1000, 10]);
  assert.equal(property(machine, 'ActiveState'), 'active');
});

test('removing it ends it and leaves configuration, state and record', () => {
  machine.output('apt-get', 'remove', '-y', 'systemmanager-mcp');
  assert.equal(property(machine, 'LoadState'), 'not-found');
  assert.equal(machine.run('test', '-e', socket).status, 1);
  for (const kept of [`/${config}`, '/var/lib/systemmanager/keys.json', '/var/log/systemmanager/audit.log']) {
    assert.equal(machine.run('test', '-e', kept).status, 0, kept);
  }
});

test('purging leaves nothing on the disk', () => {
  machine.output('apt-get', 'purge', '-y', 'systemmanager-mcp');
  assert.deepEqual(
    [...everything()].filter((path) => !blank.has(path)),
    [],
  );
  assert.doesNotMatch(machine.output('journalctl', '--list-catalog'), / systemmanager-mcp: /);
  assert.doesNotMatch(machine.output('systemctl', 'list-unit-files'), /systemmanager/);
});
