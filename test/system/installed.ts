/** The .deb, built from this checkout and installed on a machine of its own; what the tests of it ask and do there. */

import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { freePort } from '../integration/daemon.ts';
import { bootMachine, type Machine, type MachineWishes } from './machine.ts';

const root = resolve(import.meta.dirname, '../..');

export const socket = '/run/systemmanager-mcp/mcp.sock';
export const daemon = 'systemmanager-mcp.service';

export function builtPackage(): string {
  const [name = ''] = readdirSync(join(root, 'build')).filter((file) => file.endsWith('.deb'));
  return join(root, 'build', name);
}

/** A machine with the package at /root/first.deb, not yet installed. */
export async function bootWithPackage(wishes: MachineWishes = {}): Promise<Machine> {
  execFileSync('npm', ['run', '-s', 'package:deb'], { cwd: root, stdio: 'ignore' });
  const machine = await bootMachine(wishes);
  cpSync(builtPackage(), join(machine.folder, 'root/first.deb'));
  return machine;
}

export interface NextPackage {
  readonly version?: string;
  /** What it has in the place of the configuration that is shipped. */
  readonly config?: string;
}

/** The same package as a later one, by its path in the machine. */
export function nextPackage(machine: Machine, { version = '99.0.0', config }: NextPackage = {}): string {
  const folder = mkdtempSync(join(tmpdir(), 'systemmanager-deb-'));
  try {
    execFileSync('dpkg-deb', ['-R', builtPackage(), join(folder, 'tree')]);
    const control = join(folder, 'tree/DEBIAN/control');
    writeFileSync(control, readFileSync(control, 'utf8').replace(/^Version: .*$/m, `Version: ${version}`));
    if (config !== undefined) writeFileSync(join(folder, 'tree/etc/systemmanager/config.yaml'), config);
    const built = join(machine.folder, `root/${version}.deb`);
    execFileSync('dpkg-deb', ['--root-owner-group', '-Znone', '-b', join(folder, 'tree'), built]);
    return `/root/${version}.deb`;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

export const install = (machine: Machine, file: string, ...options: readonly string[]): string =>
  machine.output('env', 'DEBIAN_FRONTEND=noninteractive', 'apt-get', 'install', '-y', ...options, file);

export const property = (machine: Machine, name: string, unit = daemon): string =>
  machine.output('systemctl', 'show', '--value', '-p', name, unit).trim();

export const mint = (machine: Machine, agent: string): string =>
  machine
    .output('systemmanager-mcp', 'token', 'mint', '--agent', agent, '--scopes', 'monitor', '--ttl', '1h')
    .trim();

export const writeIn = (machine: Machine, path: string, text: string): void =>
  writeFileSync(join(machine.folder, path), text);

/** Gives the door `tcp` a port that is free, for the machine shares the network of the one that runs the tests. */
export async function freeTcpDoor(machine: Machine): Promise<string> {
  const where = `127.0.0.1:${await freePort()}`;
  const folder = '/run/systemd/system/systemmanager-mcp-tcp.socket.d';
  const text = `[Socket]\nListenStream=\nListenStream=${where}\n`;
  machine.output('sh', '-c', 'mkdir -p "$1" && printf %s "$2" > "$1/port.conf"', 'sh', folder, text);
  machine.output('systemctl', 'daemon-reload');
  return where;
}

/** Runs with documented drop-ins, by their names, and afterwards as shipped again. */
export async function withDropIns(
  machine: Machine,
  names: readonly string[],
  act: () => Promise<void> | void,
): Promise<void> {
  const folder = `/etc/systemd/system/${daemon}.d`;
  machine.output('mkdir', '-p', folder);
  for (const name of names) {
    machine.output('cp', `/usr/share/doc/systemmanager-mcp/drop-ins/${name}.conf`, folder);
  }
  restarted(machine);
  try {
    await act();
  } finally {
    machine.output('rm', '-r', folder);
    restarted(machine);
  }
}

function restarted(machine: Machine): void {
  machine.output('systemctl', 'daemon-reload');
  machine.output('systemctl', 'restart', daemon);
}
