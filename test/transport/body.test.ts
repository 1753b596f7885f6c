import assert from 'node:assert/strict';
import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import { nestsDeeper, readJson } from '../../src/transport/http/body.ts';

// Of a request only its headers and its stream are read.
const requestFrom = (stream: Readable, headers: Record<string, string> = {}): IncomingMessage =>
  Object.assign(stream, {
    headers: { 'content-type': 'application/json', ...headers },
  }) as unknown as IncomingMessage;
const requestOf = (body: string | Buffer, headers: Record<string, string> = {}): IncomingMessage =>
  requestFrom(Readable.from([Buffer.from(body)]), headers);

test('a JSON body is parsed', async () => {
  assert.deepEqual(await readJson(requestOf('{"a":[1,"ä"]}')), { a: [1, 'ä'] });
});

test('no body is no arguments', async () => {
  assert.equal(await readJson(requestOf('')), undefined);
  assert.equal(await readJson(requestOf(' \n')), undefined);
});

test('a charset beside the type does no harm', async () => {
  assert.deepEqual(
    await readJson(requestOf('{}', { 'content-type': 'application/json; charset=utf-8' })),
    {},
  );
});

for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'application/jsonp', '']) {
  test(`a body sent as '${type}' is refused`, async () => {
    await assert.rejects(readJson(requestOf('{}', { 'content-type': type })), { code: 'media_type_refused' });
  });
}

test('what is not JSON is refused without repeating it', async () => {
  await assert.rejects(readJson(requestOf('{"password": hunter2')), (problem: Error & { code: string }) => {
    assert.equal(problem.code, 'body_malformed');
    assert.doesNotMatch(problem.message, /hunter2/);
    return true;
  });
});

test('a body that is not UTF-8 is refused', async () => {
  await assert.rejects(readJson(requestOf(Buffer.from([0x7b, 0xff, 0x7d]))), { code: 'body_malformed' });
});

test('a body larger than a mebibyte is refused, announced or not', async () => {
  const large = `"${'x'.repeat(1024 * 1024)}"`;
  await assert.rejects(readJson(requestOf(large)), { code: 'body_too_large' });
  await assert.rejects(readJson(requestOf('{}', { 'content-length': '99999999' })), {
    code: 'body_too_large',
  });
});

test('a body whose sender goes away is a call that was cancelled', async () => {
  const leaving = new Readable({ read() {} });
  const read = readJson(requestFrom(leaving));
  leaving.push('{"a":');
  leaving.destroy();
  await assert.rejects(read, { code: 'cancelled' });
  await assert.rejects(readJson(requestFrom(leaving)), { code: 'cancelled' });
});

test('a body that nests 65 levels is refused and one of 64 is not', async () => {
  const nested = (levels: number) => '['.repeat(levels) + ']'.repeat(levels);
  await assert.rejects(readJson(requestOf(nested(65))), { code: 'body_malformed' });
  assert.ok(Array.isArray(await readJson(requestOf(nested(64)))));
});

test('brackets inside texts do not count as depth', () => {
  assert.equal(nestsDeeper(`{"a":"${'['.repeat(100)}\\"${'{'.repeat(100)}"}`, 2), false);
});

test('a million brackets are measured in no time', () => {
  assert.equal(nestsDeeper('['.repeat(1_000_000), 64), true);
});
