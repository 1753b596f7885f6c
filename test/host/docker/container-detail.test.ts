import assert from 'node:assert/strict';
import { test } from 'node:test';
import { containerDetail } from '../../../src/host/docker/container-detail.ts';
import { exitMeaning } from '../../../src/host/docker/exit-meaning.ts';
import { redactedEnvironment, redactedSettings } from '../../../src/host/docker/redacted-lines.ts';

const id = 'a'.repeat(64);

test('what is no container is none', () => {
  for (const said of [undefined, null, 'text', [], {}, { Id: 7 }])
    assert.equal(containerDetail(said), undefined);
});

test('a container of which the engine says next to nothing has no made-up facts', () => {
  const { facts, ...detail } = containerDetail({ Id: id, State: { Status: 'created' } }) ?? assert.fail();
  assert.equal(facts.name, 'aaaaaaaaaaaa');
  assert.deepEqual(detail, {
    checks: [],
    restartPolicy: 'no',
    networks: [],
    mounts: [],
    limits: {},
    privileged: false,
    readOnlyRoot: false,
    capabilities: [],
    tty: false,
    environment: [],
    labels: [],
    secrets: 0,
  });
});

test('limits are in bytes and cores, and what the engine says for none is absent', () => {
  const limits = (HostConfig: object) => containerDetail({ Id: id, HostConfig })?.limits;
  assert.deepEqual(limits({ Memory: 0, MemorySwap: -1, NanoCpus: 0, PidsLimit: null, CpusetCpus: '' }), {});
  assert.deepEqual(limits({ Memory: 64e6, MemorySwap: 128e6, NanoCpus: 1.5e9, PidsLimit: 100 }), {
    memoryBytes: 64_000_000,
    memoryAndSwapBytes: 128_000_000,
    cpuCores: 1.5,
    pids: 100,
  });
  assert.deepEqual(limits({ CpuQuota: 50_000 }), { cpuCores: 0.5 });
  assert.deepEqual(limits({ CpuQuota: 50_000, CpuPeriod: 25_000, CpusetCpus: '0-1' }), {
    cpuCores: 2,
    cpuSet: '0-1',
  });
});

test('a volume is named, a bind has its place on the host, and a tmpfs neither', () => {
  const detail = containerDetail({
    Id: id,
    Mounts: [
      {
        Type: 'volume',
        Name: 'data',
        Source: '/var/lib/docker/volumes/data/_data',
        Destination: '/d',
        RW: true,
      },
      { Type: 'bind', Source: '/srv', Destination: '/s', RW: false },
    ],
    HostConfig: { Tmpfs: { '/run': 'size=1m,ro' } },
  });
  assert.deepEqual(detail?.mounts, [
    { type: 'volume', source: 'data', destination: '/d', readOnly: false },
    { type: 'bind', source: '/srv', destination: '/s', readOnly: true },
    { type: 'tmpfs', destination: '/run', readOnly: true },
  ]);
});

test('the command is one line, secrets replaced', () => {
  const { command } =
    containerDetail({ Id: id, Path: 'serve', Args: ['--password', 'hunter2hunter2', 'two words'] }) ?? {};
  assert.match(command ?? '', /^serve --password ‹secret:[0-9a-f]{4}› "two words"$/);
});

test('control characters and secrets in what a health check said are gone', () => {
  const Log = [{ ExitCode: 1, Output: '\u001b[31mno\u001b[0m token=abcdef0123456789\n' }];
  const detail = containerDetail({ Id: id, State: { Health: { Status: 'unhealthy', Log } } });
  assert.match(detail?.checks[0]?.output ?? '', /^no token=‹secret:[0-9a-f]{4}›$/);
});

test('exit codes mean what Docker and shells mean by them', () => {
  assert.equal(exitMeaning(0, false), 'success');
  assert.match(exitMeaning(127, false), /not found/);
  assert.match(exitMeaning(137, false), /^ended by SIGKILL: by hand/);
  assert.match(exitMeaning(137, true), /out of memory/);
  assert.equal(exitMeaning(129, false), 'ended by SIGHUP');
  assert.equal(exitMeaning(42, false), "the program's own code");
});

test('the environment keeps its names, and values that are secret by name or by shape are replaced', () => {
  const { lines, secrets } = redactedEnvironment([
    'PATH=/usr/local/sbin:/usr/bin',
    'MODE=production=yes',
    'EMPTY=',
    'TAKEN_OUT',
    'DB_PASS=hunter2',
    'API_KEY=k',
    'URL=redis://:pa55word@cache:6379/0',
    'NOTES=long words that say 1 thing',
    'SALT=9f86d081884c7d659a2feaa0c55ad015',
    'LIBRARY=/usr/lib/x86_64-linux-gnu/libjemalloc.so.2',
  ]);
  assert.deepEqual(
    lines.map((line) => line.replace(/‹secret:[0-9a-f]{4}›/, '‹›')),
    [
      'PATH=/usr/local/sbin:/usr/bin',
      'MODE=production=yes',
      'EMPTY=',
      'TAKEN_OUT=',
      'DB_PASS=‹›',
      'API_KEY=‹›',
      'URL=redis://:‹›@cache:6379/0',
      'NOTES=long words that say 1 thing',
      'SALT=‹›',
      'LIBRARY=/usr/lib/x86_64-linux-gnu/libjemalloc.so.2',
    ],
  );
  assert.equal(secrets, 4);
});

test('a label that is called like a member of every object is a label', () => {
  assert.deepEqual(redactedSettings([['__proto__', 'x']]).lines, ['__proto__=x']);
});

test('a long value is cut, however many there are', () => {
  const { lines } = redactedSettings([['text', 'word '.repeat(100_000)]]);
  assert.ok((lines[0] ?? '').length <= 512);
});
