import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readlinkSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { keepFolder } from '../../src/host/kept-folder.ts';

function folderOf(t: TestContext, files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'kept-'));
  t.after(() => rmSync(folder, { recursive: true }));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return folder;
}

const openIn = (folder: string): string[] =>
  readdirSync('/proc/self/fd').flatMap((fd) => {
    const place = existsSync(`/proc/self/fd/${fd}`) ? readlinkSync(`/proc/self/fd/${fd}`) : '';
    return place.startsWith(`${folder}/`) ? [place] : [];
  });

test('what stands in a file now is read without opening it again', (t) => {
  const folder = folderOf(t, { a: 'one' });
  const kept = keepFolder(folder);
  assert.equal(kept.text('a'), 'one');
  writeFileSync(join(folder, 'a'), 'another');
  assert.equal(kept.text('a'), 'another');
  renameSync(join(folder, 'a'), join(folder, 'b'));
  assert.equal(kept.text('a'), 'another');
  assert.deepEqual(openIn(folder), [join(folder, 'b')]);
  kept.close();
  assert.deepEqual(openIn(folder), []);
});

test('a file that is not there is undefined, and is found when it comes', (t) => {
  const folder = folderOf(t, {});
  const kept = keepFolder(folder);
  t.after(kept.close);
  assert.equal(kept.text('a'), undefined);
  writeFileSync(join(folder, 'a'), 'here');
  assert.equal(kept.text('a'), 'here');
});

test('a long file is read whole, each time', (t) => {
  const text = 'x'.repeat(300_000);
  const kept = keepFolder(folderOf(t, { a: text }));
  t.after(kept.close);
  assert.equal(kept.text('a'), text);
  assert.equal(kept.text('a'), text);
});

test('what a process that ended had open is undefined, and closed', async (t) => {
  const sleeper = spawn('sleep', ['60']);
  t.after(() => sleeper.kill('SIGKILL'));
  await once(sleeper, 'spawn');
  const folder = `/proc/${sleeper.pid}`;
  const kept = keepFolder(folder);
  t.after(kept.close);
  assert.match(kept.text('comm') ?? '', /^sleep/);
  sleeper.kill('SIGKILL');
  await once(sleeper, 'exit');
  assert.equal(kept.text('comm'), undefined);
  assert.deepEqual(openIn(folder), []);
});
