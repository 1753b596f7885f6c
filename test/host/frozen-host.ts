/** A machine frozen in a folder, at two moments a second apart, and a host that has seen both. */

import {
  closeSync,
  cpSync,
  ftruncateSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { frozenMachine, type MachineRoot } from '../../src/base/machine-root.ts';
import { type HostHandle, openHost } from '../../src/host/host.ts';
import type { SystemStatus } from '../../src/host/status.ts';
import { type StillClock, stillClock } from '../still-clock.ts';
import { until as waitUntil } from '../until.ts';
import { recordedEngine } from './docker/recorded-engine.ts';
import { recordDay, smallHistory } from './recorded.ts';
import { recordedJournal } from './recorded-journal.ts';
import { recordedPrograms } from './recorded-programs.ts';

const fixtures = resolve(import.meta.dirname, '../fixtures/root');

/** A copy that a test may change. */
export function copyMachine(name: string): { readonly machine: MachineRoot; remove(): void } {
  const folder = mkdtempSync(join(tmpdir(), 'machine-'));
  // The links of /proc lead to no file.
  cpSync(join(fixtures, name), folder, { recursive: true, verbatimSymlinks: true });
  return { machine: frozenMachine(folder), remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/** Writes what is different later into the same files, so that whoever keeps them open sees it. */
export function moveOn(machine: MachineRoot, name: string): void {
  const later = join(fixtures, name);
  for (const entry of readdirSync(later, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const from = join(entry.parentPath, entry.name);
    rewrite(join(machine.root, relative(later, from)), readFileSync(from, 'utf8'));
  }
}

/** The content changes at once: it is never empty in between. */
export function rewrite(file: string, text: string): void {
  const fd = openSync(file, 'r+');
  writeSync(fd, text, 0);
  ftruncateSync(fd, Buffer.byteLength(text));
  closeSync(fd);
}

/** Resolves once `happened` says so. */
export async function until(happened: () => boolean): Promise<void> {
  while (!happened()) await new Promise((resolve) => setTimeout(resolve, 5));
}

/**
 * The host of a machine of which one moment is on record: a second later its clocks and processors have moved on and
 * nothing else has.
 * @param change of the copy, before it is opened
 */
export async function openMachine(
  name: string,
  change: (machine: MachineRoot) => void = () => {},
): Promise<FrozenHost> {
  const { machine, remove } = copyMachine(name);
  change(machine);
  const clock = stillClock();
  const troubles: string[] = [];
  const host = await openHost({
    ...{ machine, clock, onTrouble: (message) => troubles.push(message) },
    history: { folder: join(machine.root, 'history'), record: true, settings: smallHistory },
  });
  const read = (): SystemStatus['sections'] => host.system.status(['processes', 'mounts']).sections;
  await waitUntil(`${name} is read`, () => {
    const { processes, mounts } = read();
    const asked = mounts?.fileSystems.every((one) => one.reason !== 'not asked yet');
    return asked && processes !== undefined && host.network.status().setupReadAt !== undefined;
  });
  clock.forward(1000);
  aSecondLater(machine);
  const taken = host.samplesTaken();
  await waitUntil(`${name} has moved on`, () => host.samplesTaken() > taken && read().processes?.byCpu);
  return {
    host,
    clock,
    troubles,
    close() {
      host.close();
      remove();
    },
  };
}

function aSecondLater({ proc }: MachineRoot): void {
  const change = (file: string, pattern: RegExp, later: (...found: string[]) => string): void =>
    rewrite(join(proc, file), readFileSync(join(proc, file), 'utf8').replace(pattern, later));
  change('uptime', /^[\d.]+/, (seconds = '') => (Number(seconds) + 1).toFixed(2));
  change('stat', /^(cpu\d* +)(\d+)( \d+ \d+ )(\d+)/gm, (_, cpu, user, between, idle) => {
    const cores = cpu?.trim() === 'cpu' ? 2 : 1;
    return `${cpu}${Number(user) + 25 * cores}${between}${Number(idle) + 75 * cores}`;
  });
}

export interface FrozenHost {
  readonly host: HostHandle;
  readonly clock: StillClock;
  readonly troubles: readonly string[];
  close(): void;
}

const fileRules = () => ({
  roots: ['/var/log'],
  deniedNames: ['*.key'],
  allowHardlinks: false,
  maxBytes: 1_000_000,
});

/** The host of the machine `name`, after it has seen `name`-later one second of its clock after the first moment. */
export async function openFrozenHost(name = 'debian-vm'): Promise<FrozenHost> {
  const { machine, remove } = copyMachine(name);
  const clock = stillClock();
  const troubles: string[] = [];
  const history = recordDay(clock.now());
  const host = await openHost({
    machine,
    clock,
    // What is collected is on record by its command line; what is streamed is the journal.
    programs: {
      run: recordedPrograms(name).run,
      stream: recordedJournal(join(machine.root, 'journal.jsonl')).stream,
    },
    history: { folder: history.folder, record: false, settings: smallHistory },
    fileRules,
    docker: {
      socketPath: '/run/docker.sock',
      rules: () => ({ protectedNames: ['*-db-*'], protectedLabels: [] }),
      engine: recordedEngine(name),
    },
    onTrouble: (message) => troubles.push(message),
  });
  const processes = () => host.system.status(['processes']).sections.processes;
  const mounts = () => host.system.status(['mounts']).sections.mounts?.fileSystems ?? [];
  await until(() => mounts().length > 0 && mounts().every((one) => one.reason !== 'not asked yet'));
  await until(() => host.network.status().setupReadAt !== undefined);
  const docker = host.docker({ has: () => true });
  // So that the containers have a first reading too.
  await docker.figures(await docker.list());
  // Between two passes, so that none sees half of each moment.
  clock.forward(1000);
  const soon = new Date(clock.now()).toISOString();
  await until(() => processes()?.sampledAt === soon);
  moveOn(machine, `${name}-later`);
  const taken = host.samplesTaken();
  await until(() => host.samplesTaken() > taken && processes()?.byCpu !== undefined);
  await docker.figures(await docker.list());
  return {
    host,
    clock,
    troubles,
    close() {
      host.close();
      history.remove();
      remove();
    },
  };
}
