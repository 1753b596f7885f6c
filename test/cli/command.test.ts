import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Command, helpFor, parseFor, wrap } from '../../src/cli/command.ts';

const command: Command = {
  name: 'toy run',
  says: 'Run the toy.',
  takes: '[NAME]',
  most: 1,
  options: {
    file: { type: 'string', value: 'FILE', says: 'Which file.' },
    set: { type: 'string', value: 'K=V', multiple: true, says: 'Any number of these.' },
    json: { type: 'boolean', says: 'As JSON.' },
  },
  run: async () => 0,
};

test('options and positionals are told apart', () => {
  const { values, positionals } = parseFor(command, [
    '--file',
    'a',
    '--set',
    'x=1',
    'name',
    '--set=y=2',
    '--json',
  ]);
  assert.deepEqual({ ...values }, { file: 'a', set: ['x=1', 'y=2'], json: true });
  assert.deepEqual(positionals, ['name']);
});

test('an unknown option is refused with the nearest one', () => {
  assert.throws(() => parseFor(command, ['--fiel', 'a']), {
    code: 'usage_invalid',
    hint: 'Did you mean --file?',
  });
});

test('what looks like an option after -- is none', () => {
  assert.deepEqual(parseFor(command, ['--', '--fiel']).positionals, ['--fiel']);
});

test('one positional too many is refused by name', () => {
  assert.throws(() => parseFor(command, ['a', 'b']), { code: 'usage_invalid', message: /'b'/ });
});

test('an option without its value, and a flag with one, are refused', () => {
  assert.throws(() => parseFor(command, ['--file']), { code: 'usage_invalid' });
  assert.throws(() => parseFor(command, ['--json=yes']), { code: 'usage_invalid' });
});

test('the help names everything that the command takes', () => {
  assert.equal(
    helpFor(command),
    `Usage: systemmanager-mcp toy run [OPTIONS] [NAME]

Run the toy.

Options:
  --file FILE           Which file.
  --set K=V             Any number of these.
  --json                As JSON.
  --help                Show this help and exit.
`,
  );
});

test('text is wrapped at eighty columns with its indent', () => {
  const lines = wrap('word '.repeat(40).trim(), 4).split('\n');
  assert.ok(lines.length > 2);
  for (const line of lines) {
    assert.ok(line.length <= 80);
    assert.match(line, /^ {4}\S/);
  }
});
