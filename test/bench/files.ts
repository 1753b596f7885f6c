/**
 * Searches of 200,000 files by the daemon, in one call each, beside what people use in a terminal and beside
 * server-filesystem over its own protocol; with what they cost everybody else: event-loop delay and memory.
 */

import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, realpathSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { ask, makeHome, mint } from '../integration/daemon.ts';
import { makeLargeTree, treeFiles } from '../trees/large-tree.ts';
import { loopDelayOf, startBundle } from './bundle.ts';
import {
  type Contender,
  childrenMicroseconds,
  cpuMicroseconds,
  median,
  medianMs,
  printTable,
  race,
  ratioOf,
  rssMegabytes,
} from './measure.ts';

const programs = join(import.meta.dirname, 'programs');
const other = resolve(
  import.meta.dirname,
  '../../node_modules/@modelcontextprotocol/server-filesystem/dist/index.js',
);

interface Search extends Contender {
  /** What its time is set against, and the aim for the ratio. */
  readonly floor?: { readonly of: string; readonly aim: string };
}

/** Finds few, so that what is measured is the way there; a status of 1 is grep's word for nothing found. */
const shell = (program: string, ...args: string[]) => {
  const { error } = spawnSync(program, args, { stdio: ['ignore', 'ignore', 'ignore'] });
  if (error !== undefined) throw error;
};

const isInstalled = (program: string): boolean => spawnSync(program, ['--version']).error === undefined;

async function compare(title: string, searches: readonly Search[], rounds: number): Promise<void> {
  const turns = await race(searches, rounds);
  printTable(
    `${title} (${treeFiles} files, median of ${rounds})`,
    ['', 'time', 'CPU time', 'ratio', 'aim'],
    searches.map(({ name, floor }) => {
      const own = turns.get(name) ?? [];
      const ratio = floor && turns.has(floor.of) && ratioOf(own, turns.get(floor.of)).toFixed(2);
      return [
        name,
        `${medianMs(own).toFixed(0)} ms`,
        `${median(own.map(({ cpuMs }) => cpuMs)).toFixed(0)} ms`,
        ratio === undefined ? '' : `${ratio} × ${floor?.of}`,
        floor?.aim ?? '',
      ];
    }),
  );
}

export async function benchFiles(rounds: number): Promise<void> {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'large-')));
  makeLargeTree(root);
  const home = makeHome();
  const delayFile = join(home.folder, 'delay.json');
  const daemon = await startBundle(
    home,
    ['--set', `filesystem.allowed_paths=${root}`],
    { SYSTEMMANAGER_SECURITY_RATE_LIMIT: '1000000', LOOP_DELAY: delayFile },
    ['--import', join(programs, 'loop-delay.mjs')],
  );
  const loopDelay = loopDelayOf(daemon.child, delayFile);
  const token = await mint(home, 'fs');
  const idleMb = rssMegabytes(daemon.child.pid ?? 0);
  let mostMb = idleMb;
  const call = async (tool: string, args: Record<string, unknown>) => {
    const watching = setInterval(() => {
      mostMb = Math.max(mostMb, rssMegabytes(daemon.child.pid ?? 0));
    }, 20);
    const body = JSON.stringify({ path: root, seconds: 25, ...args });
    const { json, text } = await ask({ socket: home.socket, path: `/tools/${tool}`, token, body });
    clearInterval(watching);
    if (json.success !== true || json.data.truncated !== undefined) throw new Error(text);
  };
  const client = new Client({ name: 'bench', version: '1' });
  const otherServer = new StdioClientTransport({
    command: process.execPath,
    args: [other, root],
    stderr: 'ignore',
  });
  await client.connect(otherServer);
  const inShell = (name: string, program: string, ...args: string[]): Search => ({
    name,
    ask: () => shell(program, ...args, root),
    cpu: childrenMicroseconds,
  });
  const ours = (
    name: string,
    of: string,
    aim: string,
    tool: string,
    args: Record<string, unknown>,
  ): Search => ({
    name,
    floor: { of, aim },
    ask: () => call(tool, args),
    cpu: () => cpuMicroseconds(daemon.child.pid ?? 0),
  });
  const theirs = (tool: string, args: Record<string, unknown>) =>
    client.callTool({ name: tool, arguments: { path: root, ...args } }, undefined, { timeout: 300_000 });

  const name = '*77777*';
  await compare(
    'Files by name',
    [
      { ...inShell('find', 'find'), ask: () => shell('find', root, '-name', name) },
      ...(isInstalled('fdfind') ? [inShell('fd', 'fdfind', '-uu', '--glob', name)] : []),
      {
        name: 'server-filesystem',
        ask: () => theirs('search_files', { pattern: `**/${name}` }),
        cpu: () => cpuMicroseconds(otherServer.pid ?? 0),
      },
      ours('search_files', 'find', '≤ 1.3', 'search_files', { name }),
      ours('search_files again', 'server-filesystem', '≤ 0.2', 'search_files', { name }),
    ],
    rounds,
  );
  const text = 'needle of 77700';
  const pattern = 'needle of 777[0-9]+$';
  const bare = '[q-z][0-9][0-9][0-9][0-9][a-d]';
  await compare(
    'Lines by their text',
    [
      inShell('grep -rF', 'grep', '-rF', text),
      inShell('grep -rE', 'grep', '-rE', pattern),
      ...(isInstalled('rg')
        ? [
            inShell('rg -F', 'rg', '-uuF', text),
            inShell('rg', 'rg', '-uu', pattern),
            inShell('rg, no plain part', 'rg', '-uu', bare),
          ]
        : []),
      ours('search_text, plain', 'rg -F', '≤ 2.0', 'search_text', { pattern: text }),
      ours('search_text, pattern', 'rg', '≤ 2.0', 'search_text', { pattern, regexp: true }),
      ours('search_text, no plain part', 'rg, no plain part', '', 'search_text', {
        pattern: bare,
        regexp: true,
      }),
    ],
    rounds,
  );
  // Not while the others race: they take the processors from it.
  await loopDelay();
  for (let round = 0; round < rounds; round++) {
    await call('search_files', { name });
    await call('search_text', { pattern, regexp: true });
    await call('get_disk_usage', {});
  }
  const delay = await loopDelay();
  console.log(
    `\nEvent-loop delay of the daemon while it alone searches: p99 ${delay.p99Ms.toFixed(1)} ms, longest ${delay.maxMs.toFixed(1)} ms (aim < 20 ms).` +
      `\nRSS: ${idleMb.toFixed(0)} MB before, ${mostMb.toFixed(0)} MB at the most (aim + 60 MB).`,
  );
  await client.close();
  await daemon.end();
  home.remove();
  execFileSync('rm', ['-rf', root]);
}
