/** Every tool, installed: in the sandbox as shipped, and with the drop-ins that open it to the Docker engine and the network. */

import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { after, before, test } from 'node:test';
import { eachWord } from '../../src/dispatch/authorize.ts';
import { catalogue } from '../../src/tools/catalogue.ts';
import type { Tool } from '../../src/tools/tool.ts';
import { freePort } from '../integration/daemon.ts';
import { engineQuestions } from './engine-questions.ts';
import { bootWithPackage, daemon, install, property, withDropIns } from './installed.ts';
import type { Machine, Ran } from './machine.ts';
import { fileQuestions, machineQuestions } from './machine-questions.ts';
import { prepareContainers, prepareMachine } from './prepared.ts';
import { ownOf, type Questions } from './question.ts';

const questions: Questions = { ...machineQuestions, ...fileQuestions, ...engineQuestions };

let machine: Machine;
let registry: ChildProcess | undefined;

before(async () => {
  machine = await bootWithPackage({ docker: true });
  prepareMachine(machine, await freePort());
  registry = await prepareContainers(machine);
  install(machine, '/root/first.deb');
  await machine.until(
    ({ stdout }) => stdout.includes('failed'),
    10_000,
    ...['systemctl', 'show', '-P', 'ActiveState', 'backup.service'],
  );
  const history = [
    'call',
    'get_metrics_history',
    '--arg',
    'metrics=memory_used_percent',
    '--arg',
    'since=15m',
  ];
  await machine.until(
    ({ stdout }) => /"mean": \[\s*\d/.test(stdout),
    60_000,
    'systemmanager-mcp',
    ...history,
  );
});
after(async () => {
  registry?.kill('SIGKILL');
  await machine?.stop();
});

const call = ({ name }: Tool, args: unknown): Ran =>
  machine.run('systemmanager-mcp', 'call', name, '--args', JSON.stringify(args));

const asksEngine = ({ scope }: Tool): boolean => eachWord(scope).some((word) => word.startsWith('docker:'));

/** Calls each of its examples, and compares what it answers to its question with what the machine says itself. */
function works(tool: Tool): void {
  const question = questions[tool.name];
  for (const { args, says } of tool.examples) {
    const { status, stdout, stderr } = call(tool, args);
    // An example may name what this machine lacks; that is said, and nothing else may go wrong.
    if (status === 0) assert.ok(JSON.parse(stdout).host, says);
    else
      assert.match(
        stderr,
        new RegExp(`\\(${question?.examplesFail ?? 'not_found'}, `),
        `${tool.name}: ${says}`,
      );
  }
  const own = ownOf(machine);
  agreed(3, () => {
    const { status, stdout, stderr } = call(tool, question?.args?.(own) ?? {});
    assert.equal(status, 0, stderr);
    question?.confirm(JSON.parse(stdout), own);
  });
}

/** What comes and goes on the host, whose network the machine shares, may come between the two answers. */
function agreed(tries: number, act: () => void): void {
  try {
    act();
  } catch (thrown) {
    if (tries === 1) throw thrown;
    agreed(tries - 1, act);
  }
}

test('there is a question for every tool, and for nothing else', () => {
  assert.deepEqual(Object.keys(questions).sort(), catalogue.map(({ name }) => name).sort());
});

for (const tool of catalogue) {
  if (asksEngine(tool)) {
    test(`as shipped ${tool.name} may not ask the engine, and names the drop-in that lets it`, () => {
      for (const { args } of tool.examples) {
        const { status, stderr } = call(tool, args);
        assert.equal(status, 1);
        assert.match(
          stderr,
          /open to the group docker alone\..*drop-in docker\.conf.*\(permission_denied, /s,
        );
      }
    });
  } else {
    test(`as shipped ${tool.name} says what the machine says itself`, () => works(tool));
  }
}

for (const [names, exposure] of [
  [['docker'], 6],
  [['docker', 'network'], 15],
] as const) {
  test(`with ${names.join(' and ')} every tool works, and the exposure is at most ${exposure / 10}`, async () => {
    await withDropIns(machine, names, () => {
      for (const tool of catalogue) works(tool);
      machine.output('systemd-analyze', 'security', `--threshold=${exposure}`, daemon);
      assert.equal(property(machine, 'NRestarts'), '0');
    });
  });
}
