/** A Debian 13 of its own, booted by systemd-nspawn: what the tests of the installed package run in. Needs root. */

import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '../..');

/** Where a bootstrapped system is kept from one run to the next. */
const kept = join(root, 'build/system');
const packages = ['systemd', 'systemd-sysv', 'dbus', 'procps', 'iproute2', 'curl', 'rpm'];

const dockerPackages = ['docker.io', 'docker-cli', 'busybox-static'];

/** Debian 13, or the release that is named there. */
const release = process.env['SMCP_TEST_RELEASE'] ?? 'trixie';

/** Where the machine sees this checkout. */
export const checkout = '/checkout';
export const node = `${checkout}/node_modules/node-linux-${process.arch}/bin/node`;

const clean = {
  PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  HOME: '/root',
  LANG: 'C.UTF-8',
  TERM: 'dumb',
  SYSTEMD_COLORS: '0',
  PAGER: 'cat',
};

export interface Ran {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Machine {
  /** The folder that is its root. */
  readonly folder: string;
  /** Runs a program inside it and waits; a status other than 0 is no error here. */
  run(...command: readonly string[]): Ran;
  /** What the program printed; throws where it failed. */
  output(...command: readonly string[]): string;
  /** Starts a program inside it; whoever starts it ends it. */
  start(...command: readonly string[]): ChildProcess;
  /** Runs the command again and again until its output is as wanted; throws with the last output after `ms`. */
  until(wanted: (ran: Ran) => boolean, ms: number, ...command: readonly string[]): Promise<Ran>;
  stop(): Promise<void>;
}

/** @param more packages besides those that every machine has */
function bootstrap(more: readonly string[]): string {
  const folder = join(kept, [release, ...more].join('+'));
  if (!existsSync(folder)) {
    const unfinished = `${folder}.unfinished`;
    mkdirSync(kept, { recursive: true });
    rmSync(unfinished, { recursive: true, force: true });
    const include = `--include=${[...packages, ...more].join(',')}`;
    execFileSync('debootstrap', ['--variant=minbase', include, release, unfinished], {
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    renameSync(unfinished, folder);
  }
  return folder;
}

const pause = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));

export interface MachineWishes {
  /** Whether it has a Docker engine. */
  readonly docker?: boolean;
}

/** Boots a copy of the release, which is gone after `stop`. */
export async function bootMachine({ docker = false }: MachineWishes = {}): Promise<Machine> {
  const parent = mkdtempSync(join(tmpdir(), 'systemmanager-machine-'));
  const folder = join(parent, 'root');
  execFileSync('cp', ['-a', bootstrap(docker ? dockerPackages : []), folder]);
  if (docker) {
    // The network is that of the machine that runs the tests: the engine must leave it as it is, and look up nothing.
    mkdirSync(join(folder, 'etc/docker'), { recursive: true });
    writeFileSync(
      join(folder, 'etc/docker/daemon.json'),
      JSON.stringify({ iptables: false, ip6tables: false, bridge: 'none' }),
    );
    writeFileSync(join(folder, 'etc/resolv.conf'), '');
  }

  // CAP_NET_ADMIN: without it PrivateNetwork= is passed over without a word.
  const nspawn = spawn(
    'systemd-nspawn',
    [
      ...['-D', folder, '-M', `smcp-${process.pid}`, '-b', '--register=no', '--keep-unit'],
      ...[
        `--bind-ro=${root}:${checkout}`,
        '--resolv-conf=off',
        '--console=pipe',
        '--capability=CAP_NET_ADMIN',
      ],
      // runc gives each of its containers a keyring of its own.
      ...(docker ? ['--system-call-filter=add_key keyctl bpf'] : []),
    ],
    { stdio: 'ignore', env: { ...clean, SYSTEMD_NSPAWN_UNIFIED_HIERARCHY: '1' } },
  );
  const ended = new Promise<void>((done) => nspawn.once('exit', () => done()));

  const initOf = (): string =>
    spawnSync('pgrep', ['-P', String(nspawn.pid)], { encoding: 'utf8' })
      .stdout.trim()
      .split('\n')[0] ?? '';
  const inside = (command: readonly string[]): string[] => [
    ...['-t', initOf(), '-m', '-u', '-i', '-p', '-n', '-C', '-r', '-w', 'env', '-i'],
    ...Object.entries(clean).map(([name, value]) => `${name}=${value}`),
    ...command,
  ];

  const machine: Machine = {
    folder,
    run(...command) {
      const { status, stdout, stderr } = spawnSync('nsenter', inside(command), {
        encoding: 'utf8',
        timeout: 120_000,
        maxBuffer: 64 * 1024 * 1024,
      });
      return { status: status ?? -1, stdout, stderr };
    },
    output(...command) {
      const { status, stdout, stderr } = machine.run(...command);
      if (status !== 0) throw new Error(`${command.join(' ')}: status ${status}\n${stdout}\n${stderr}`);
      return stdout;
    },
    start: (...command) => spawn('nsenter', inside(command), { stdio: ['ignore', 'pipe', 'pipe'] }),
    async until(wanted, ms, ...command) {
      const endMs = performance.now() + ms;
      for (;;) {
        const ran = machine.run(...command);
        if (wanted(ran)) return ran;
        if (performance.now() > endMs) {
          throw new Error(`after ${ms} ms ${command.join(' ')} says\n${ran.stdout}\n${ran.stderr}`);
        }
        await pause(200);
      }
    },
    async stop() {
      machine.run('systemctl', 'poweroff', '--no-block');
      const off = await Promise.race([ended.then(() => true), pause(20_000).then(() => false)]);
      if (!off) nspawn.kill('SIGKILL');
      await ended;
      rmSync(parent, { recursive: true, force: true });
    },
  };
  try {
    await machine.until(
      ({ stdout }) => /^(running|degraded)/.test(stdout),
      60_000,
      'systemctl',
      'is-system-running',
    );
  } catch (thrown) {
    await machine.stop();
    throw thrown;
  }
  return machine;
}
