/** What reaches standard output and the file, seen from outside of the process that writes it. */

import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';

const folder = mkdtempSync(join(tmpdir(), 'log-'));
after(() => rmSync(folder, { recursive: true }));
const program = join(import.meta.dirname, 'programs/write-log.ts');

function written(format: string, ...more: string[]): string[] {
  const child = spawnSync(process.execPath, ['--import', 'tsx', program, format, ...more], {
    encoding: 'utf8',
  });
  assert.equal(child.status, 0, child.stderr);
  return child.stdout.split('\n').slice(0, -1);
}

const journal = written('journal');
const json = written('json');
const byMessage = (message: string) =>
  json.map((line) => JSON.parse(line)).find(({ msg }) => msg === message) ??
  assert.fail(`no line says ${message}`);

test('each line for the journal begins with its priority', () => {
  const priorityOf = (message: string) =>
    journal.find((line) => line.includes(`"msg":"${message}"`))?.slice(0, 3);
  assert.equal(priorityOf('said'), '<6>');
  assert.equal(priorityOf('said after the level changed'), '<7>');
  assert.equal(priorityOf('found on the way'), '<4>');
  assert.equal(priorityOf('went wrong'), '<3>');
});

test('without the journal a line is JSON alone', () => {
  assert.deepEqual(Object.keys(byMessage('said')), ['level', 'time', 'facts', 'msg']);
  assert.deepEqual(byMessage('said').facts, { agent: 'claude' });
  assert.match(byMessage('said').time, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
});

test('the level can be changed while it runs', () => {
  const messages = json.map((line) => JSON.parse(line).msg);
  assert.ok(!messages.includes('not said at this level'));
  assert.ok(messages.includes('said after the level changed'));
});

test('what was found on the way cannot pass for a level, a time or a message', () => {
  const line = byMessage('found on the way');
  assert.equal(line.level, 40);
  assert.deepEqual(line.facts, { level: 60, time: 0, msg: 'forged' });
  assert.equal(
    json.filter((one) => one.includes('"msg":"found on the way"'))[0]?.match(/"level":/g)?.length,
    2,
  );
});

test('an error comes with its causes, and the correlation id stands beside the message', () => {
  const { err, correlationId } = byMessage('went wrong');
  assert.equal(correlationId, 'c-1');
  assert.deepEqual(
    [err.type, err.message, err.cause.type, err.cause.message],
    ['Error', 'outer', 'TypeError', 'inner'],
  );
  assert.match(err.stack, /write-log\.ts/);
});

test('no secret is in any line, however it came in', () => {
  for (const line of [...json, ...journal, ...written('pretty')]) {
    assert.doesNotMatch(line, /hunter2|eyJhZ2VudA/);
  }
});

test('a line stays one line, without escapes', () => {
  assert.equal(byMessage('one line').facts.text, 'two\nlines red');
  assert.ok(json.every((line) => !line.includes('\u001b')));
});

test('every line is JSON of at most 48 KiB, whatever is thrown at the log', () => {
  assert.equal(json.length, 10);
  for (const line of journal) {
    assert.ok(Buffer.byteLength(line) <= 48 * 1024, `${Buffer.byteLength(line)} bytes`);
    assert.doesNotThrow(() => JSON.parse(line.slice(3)));
  }
});

test('what a person reads has colours and the message', () => {
  assert.match(written('pretty')[0] ?? '', /\u001b\[\d+mINFO\u001b.*said/);
});

test('the file gets the same lines as JSON, and its name leads to the newest of the numbered ones', () => {
  const file = join(folder, 'mcp.log');
  const lines = written('journal', file);
  assert.ok(lstatSync(file).isSymbolicLink());
  assert.deepEqual(readdirSync(folder).sort(), ['mcp.1.log', 'mcp.log']);
  assert.deepEqual(
    readFileSync(file, 'utf8').split('\n').slice(0, -1),
    lines.map((line) => line.slice(3)),
  );
});

test('a file that cannot be opened is said, and the log goes on', () => {
  const lines = written('json', join(folder, 'absent/mcp.log')).map((line) => JSON.parse(line));
  assert.equal(lines[0].msg, `logging.file ${join(folder, 'absent/mcp.log')} cannot be written (ENOENT)`);
  assert.equal(lines[1].msg, 'said');
});

test('another file of that name is left alone', () => {
  const file = join(folder, 'other.log');
  writeFileSync(file, 'older\n');
  written('json', file);
  assert.equal(readFileSync(file, 'utf8'), 'older\n');
  assert.ok(existsSync(join(folder, 'other.1.log')));
});

test('a reader that goes away does not end the program', async () => {
  const child = spawn(process.execPath, ['--import', 'tsx', program, 'journal'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  child.stdout.destroy();
  const [status] = await once(child, 'exit');
  assert.equal(status, 0);
});
