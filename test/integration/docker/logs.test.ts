/** What containers of a real engine wrote, as get_container_logs and the docker command say it. */

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { getContainerLogs } from '../../../src/tools/read/container-logs.ts';
import { until } from '../../until.ts';
import { withoutEngine } from './engine.ts';
import { type OpenedEngine, openEngine } from './opened.ts';

const skip = withoutEngine;
let opened: OpenedEngine;
before(async () => {
  if (!skip) opened = await openEngine();
});
after(() => opened?.close());

/** Runs until it has ended by itself. */
async function write(name: string, options: readonly string[], script: string): Promise<void> {
  await opened.run(name, options, 'sh', '-c', script);
  await opened.engine.docker('wait', name);
  await until(`${name} is known`, () => opened.docker.find(name).catch(() => false));
}
const logs = (container: string, args: Record<string, unknown> = {}) =>
  opened.ask(getContainerLogs, { container, ...args });
const texts = (answer: { lines: { text: string }[] }) => answer.lines.map(({ text }) => text);
const said = async (name: string, ...options: string[]) =>
  (await opened.engine.docker('logs', ...options, name)).split('\n');

test('the newest lines are those of the docker command', { skip }, async () => {
  await write('counts', [], 'seq 1 30000');
  const answer = await logs('counts', { limit: 20 });
  assert.deepEqual(texts(answer), await said('counts', '--tail', '20'));
  assert.equal(texts(answer).at(-1), '30000');
  assert.equal(answer.truncated.shown, 20);
});

test('only as many lines are asked of the engine as are shown', { skip }, async () => {
  const before = opened.engine.requests.length;
  await logs('counts', { limit: 7 });
  const asked = opened.engine.requests.slice(before).filter((line) => line.includes('/logs'));
  assert.equal(asked.length, 1);
  assert.match(asked[0] ?? '', /tail=8(&|$)/);
});

test('with cursors all lines come once, newest page first', { skip }, async () => {
  await write('pages', [], 'for i in $(seq 1 23); do echo line $i; done');
  const pages: string[][] = [];
  for (let cursor: string | undefined; ; ) {
    const answer = await logs('pages', { limit: 10, ...(cursor === undefined ? {} : { cursor }) });
    pages.unshift(texts(answer));
    cursor = answer.cursor;
    if (cursor === undefined) break;
  }
  assert.deepEqual(
    pages.map(({ length }) => length),
    [3, 10, 10],
  );
  assert.deepEqual(pages.flat(), await said('pages'));
});

test('a page far from the end is reached too', { skip }, async () => {
  const { lines } = await logs('counts', { limit: 500, grep: '^25000$' });
  assert.equal(lines.length, 1);
  // Beyond what one call searches, and before the last lines that the engine is asked for first.
  const first = await logs('counts', { grep: '^5$' });
  assert.deepEqual([first.lines.length, first.scanned], [0, 20_000]);
  const next = await logs('counts', { grep: '^5$', cursor: first.cursor });
  assert.deepEqual(texts(next), ['5']);
  assert.equal('cursor' in next, false);
});

test('long lines make room for the newest, never the other way round', { skip }, async () => {
  await write('wide', [], 'for i in $(seq 1 40); do printf "%01000d\\n" $i; done');
  const answer = await logs('wide');
  assert.ok(JSON.stringify(answer).length <= 8192);
  const wanted = (await said('wide')).slice(-answer.lines.length);
  assert.deepEqual(texts(answer), wanted);
  assert.equal((await logs('wide', { detail: 'detailed' })).lines.length, 40);
});

test('both streams are told apart, and one of them can be asked for', { skip }, async () => {
  await write('both', [], 'echo out; echo err >&2; sleep 0.2; echo out2');
  const { lines } = await logs('both');
  assert.deepEqual(
    lines.filter(({ stderr }: { stderr?: boolean }) => stderr).map(({ text }: { text: string }) => text),
    ['err'],
  );
  assert.deepEqual(texts(await logs('both', { stream: 'stdout' })), ['out', 'out2']);
  assert.deepEqual(texts(await logs('both', { stream: 'stderr', limit: 1 })), ['err']);
});

test('a container with a terminal has its lines without frames and colours', { skip }, async () => {
  await write('terminal', ['-t'], "printf '\\033[31mred\\033[0m\\nplain\\n'");
  assert.deepEqual(texts(await logs('terminal')), ['red', 'plain']);
});

test('since and until cut at the engine, as the docker command does', { skip }, async () => {
  await write('ticks', [], 'for i in 1 2 3 4; do echo $i; sleep 0.3; done');
  const { lines } = await logs('ticks');
  const [, second, third] = lines.map(({ at }: { at: string }) => at);
  assert.deepEqual(texts(await logs('ticks', { since: third })), ['3', '4']);
  assert.deepEqual(texts(await logs('ticks', { until: third })), ['1', '2']);
  assert.deepEqual(texts(await logs('ticks', { since: second, until: third })), ['2']);
  // A tail of one is counted before the time is looked at by the engine.
  assert.deepEqual(texts(await logs('ticks', { until: third, limit: 1 })), ['2']);
});

test('a line longer than the engine keeps in one piece is one line', { skip }, async () => {
  await write('long', [], 'head -c 40000 /dev/zero | tr "\\\\0" x; echo; echo after');
  const { lines } = await logs('long');
  assert.equal(lines.length, 2);
  assert.deepEqual([lines[0].cut, lines[1].text], [true, 'after']);
});

test('secrets do not leave the host, and a pattern cannot ask for them', { skip }, async () => {
  await write(
    'talks',
    [],
    'echo password=hunter2hunter2; echo -----BEGIN PRIVATE KEY-----; echo MIIEowIBAAKCAQEA; echo -----END PRIVATE KEY-----; echo end',
  );
  const answer = await logs('talks');
  assert.doesNotMatch(JSON.stringify(answer), /hunter2|MIIEow/);
  assert.equal(texts(answer).at(-1), 'end');
  assert.deepEqual(texts(await logs('talks', { grep: 'hunter2|MIIE' })), []);
});

test('a pattern beyond linear time is refused by its name', { skip }, async () => {
  await assert.rejects(logs('counts', { grep: '(a)\\1' }), {
    code: 'arguments_invalid',
    detail: /backreference/,
  });
});

test('patterns say what thousands of lines are about', { skip }, async () => {
  await write('busy', [], 'for i in $(seq 1 900); do echo request $i took $i ms; done; echo fatal: no space');
  const { patterns, scanned } = await logs('busy', { mode: 'patterns' });
  assert.equal(scanned, 901);
  assert.deepEqual(
    patterns.map(({ pattern, count }: { pattern: string; count: number }) => [count, pattern]),
    [
      [900, 'request <number> took <number> ms'],
      [1, 'fatal: no space'],
    ],
  );
});

test('a container that keeps no log says so', { skip }, async () => {
  await write('mute', ['--log-driver', 'none'], 'echo lost');
  await assert.rejects(logs('mute'), { code: 'unavailable', detail: /log driver is none/ });
});

test('a container that writes while it is read is read up to now', { skip }, async () => {
  await opened.run('chatters', [], 'sh', '-c', 'while :; do echo again; done');
  await until('it is known', () => opened.docker.find('chatters').catch(() => false));
  await until('it wrote', async () => (await logs('chatters', { limit: 5 })).lines.length === 5);
  await opened.engine.docker('rm', '-f', 'chatters');
});

test('only reads of the list were made', { skip }, () => opened.onlyReads());
