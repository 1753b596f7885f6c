/**
 * A daemon in small: takes its listeners, drops root, and in the process that goes on serves HTTP over them and
 * tells of itself. `drop.ts USER GROUPS [SET-UID PROGRAM]`
 */

import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { createServer } from 'node:http';
import { Worker } from 'node:worker_threads';
import { asProblem } from '../../../src/base/errors.ts';
import { listenOn } from '../../../src/daemon/bind.ts';
import { inheritedListeners } from '../../../src/daemon/listeners.ts';
import { dropRoot, runningAsRoot, verifyDropped } from '../../../src/daemon/privilege.ts';

const dropped = process.argv.includes('--dropped');
const [user = '', groups = '', suid = ''] = process.argv.slice(2).filter((word) => word !== '--dropped');

function attempt(act: () => void): string {
  try {
    act();
    return 'done';
  } catch (thrown) {
    return thrown instanceof Error && 'code' in thrown ? String(thrown.code) : String(thrown);
  }
}

/** What differs between threads is in the list more than once. */
function threads(): string[] {
  const wanted = /^(Uid|Gid|Groups|NoNewPrivs|Cap\w+):\s*(.*?)\s*$/gm;
  const all = readdirSync('/proc/self/task').map((task) => {
    const status = readFileSync(`/proc/self/task/${task}/status`, 'utf8');
    return [...status.matchAll(wanted)]
      .map(([, name, value]) => `${name} ${value}`.replace(/\s+/g, ' '))
      .join('; ');
  });
  return [...new Set(all)];
}

function inheritedFiles(): string[] {
  return readdirSync('/proc/self/fd').flatMap((fd) => {
    try {
      const target = readlinkSync(`/proc/self/fd/${fd}`);
      return target.startsWith('/etc/') ? [target] : [];
    } catch {
      return [];
    }
  });
}

async function tellOf(socketNames: string[]): Promise<object> {
  verifyDropped();
  const worker = new Worker('setInterval(() => {}, 1000)', { eval: true });
  await new Promise((resolve) => worker.once('online', resolve));
  const told = {
    pid: process.pid,
    root: runningAsRoot(),
    threads: threads(),
    listeners: socketNames,
    files: inheritedFiles(),
    env: [process.env['USER'], process.env['LOGNAME'], process.env['HOME'], process.env['KEPT']],
    setuid: attempt(() => process.setuid?.(0)),
    setgid: attempt(() => process.setgid?.(0)),
    setgroups: attempt(() => process.setgroups?.([0])),
    shadow: attempt(() => readFileSync('/etc/shadow')),
    suid: suid === '' ? '' : spawnSync(suid, ['-u'], { encoding: 'utf8' }).stdout.trim(),
  };
  await worker.terminate();
  return told;
}

if (process.env['LISTEN_PID'] === 'own') process.env['LISTEN_PID'] = String(process.pid);
try {
  const inherited = await inheritedListeners();
  if (!dropped) {
    await dropRoot({
      user,
      groups: groups === '' ? [] : groups.split(','),
      inherited,
      flag: '--dropped',
    });
  }
  const told = await tellOf(inherited.map(({ fd, door }) => `${fd} ${door}`));
  for (const listener of inherited) {
    const server = createServer((_, response) => {
      response.setHeader('connection', 'close').end(JSON.stringify(told));
      server.close();
    });
    await listenOn(server, listener);
  }
  if (inherited.length === 0) console.log(JSON.stringify(told));
} catch (thrown) {
  const { code, detail, hint } = asProblem(thrown);
  console.log(JSON.stringify({ code, detail, hint }));
}
