import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ProgramResult, Programs } from '../../src/base/run-program.ts';
import { parseNode, parseServed, parseVersion, readTailscale } from '../../src/host/tailscale.ts';

test('the version is the number alone', () => {
  assert.equal(parseVersion('1.100.2\n  tailscale commit: 0123abc\n  go version: go1.26.1\n'), '1.100.2');
  assert.equal(parseVersion('1.102.0-tdeadbeef-gcafe\n'), '1.102.0');
  assert.equal(parseVersion('unstable\u001b[31m\n'), 'unstable');
});

test('a machine of a user has no tags, and its name has no last dot', () => {
  const status = {
    Version: '1.100.2-t0123abc',
    BackendState: 'Running',
    Self: { DNSName: 'nas.tail1234.ts.net.', UserID: 42 },
  };
  assert.deepEqual(parseNode(JSON.stringify(status)), {
    version: '1.100.2',
    state: 'Running',
    name: 'nas.tail1234.ts.net',
    tags: [],
  });
});

test('a tagged machine says its tags', () => {
  const status = { Version: '1.100.2', BackendState: 'Running', Self: { DNSName: '', Tags: ['tag:server'] } };
  assert.deepEqual(parseNode(JSON.stringify(status)), {
    version: '1.100.2',
    state: 'Running',
    tags: ['tag:server'],
  });
});

test('what Serve passes on is told with what Funnel opens', () => {
  const config = {
    TCP: { '443': { HTTPS: true }, '5432': { TCPForward: '127.0.0.1:5432' } },
    Web: {
      'nas.tail1234.ts.net:443': {
        Handlers: {
          '/': { Proxy: 'unix:/run/systemmanager-mcp/tailscale.sock' },
          '/docs': { Path: '/srv/docs' },
        },
      },
    },
    AllowFunnel: { 'nas.tail1234.ts.net:443': true },
  };
  assert.deepEqual(parseServed(JSON.stringify(config)), [
    {
      at: 'nas.tail1234.ts.net:443/',
      target: 'unix:/run/systemmanager-mcp/tailscale.sock',
      kind: 'web',
      funnel: true,
    },
    { at: 'nas.tail1234.ts.net:443/docs', target: '/srv/docs', kind: 'web', funnel: true },
    { at: 'port 5432', target: '127.0.0.1:5432', kind: 'tcp', funnel: false },
  ]);
});

test('services and commands in the foreground are looked into as well', () => {
  const web = (host: string, target: string) => ({
    Web: { [`${host}:443`]: { Handlers: { '/': { Proxy: target } } } },
  });
  const config = {
    Services: { 'svc:ops': web('ops.tail1234.ts.net', 'http://127.0.0.1:3000') },
    Foreground: { '7f3a': web('nas.tail1234.ts.net', 'http://127.0.0.1:8080') },
  };
  assert.deepEqual(
    parseServed(JSON.stringify(config)).map(({ at, target }) => `${at} ${target}`),
    ['ops.tail1234.ts.net:443/ http://127.0.0.1:3000', 'nas.tail1234.ts.net:443/ http://127.0.0.1:8080'],
  );
});

test('a machine on which Serve is not set up passes nothing on', () => {
  assert.deepEqual(parseServed('{}'), []);
});

test('what is no JSON is said, and no accident', () => {
  assert.throws(() => parseServed('Some warning\n{}'), { code: 'unavailable' });
});

/** Answers by the words of the command; others fail as tailscale does without its daemon. */
const answering = (answers: Readonly<Record<string, string>>): Programs => ({
  run: async ({ program, args }): Promise<ProgramResult> => {
    const stdout = answers[`${program} ${args.join(' ')}`];
    return stdout === undefined
      ? { exitCode: 1, stdout: '', stderr: 'failed to connect to local tailscaled\n', cut: false }
      : { exitCode: 0, stdout, stderr: '', cut: false };
  },
  stream: () => assert.fail('nothing streams'),
});

test('three questions that change nothing tell all', async () => {
  const tailscale = await readTailscale(
    answering({
      'tailscale version': '1.100.2\n',
      'tailscale status --json --peers=false': '{"Version":"1.100.1","BackendState":"Running","Self":{}}',
      'tailscale serve status --json': '{}',
    }),
  );
  assert.deepEqual(tailscale, {
    version: '1.100.2',
    node: { version: '1.100.1', state: 'Running', tags: [] },
    served: [],
  });
});

test('a program whose daemon does not answer tells its own version and why there is no more', async () => {
  assert.deepEqual(await readTailscale(answering({ 'tailscale version': '1.100.2\n' })), {
    version: '1.100.2',
    served: [],
    silent: 'failed to connect to local tailscaled',
  });
});
