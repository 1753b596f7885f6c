import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Fault } from '../../src/config/faults.ts';
import { parseSettings } from '../../src/config/parse-settings.ts';

const keys = ['server.host', 'server.port', 'security.rate_limit', 'security.auth_tokens'];

function parse(text: string) {
  const faults: Fault[] = [];
  const given = parseSettings(text, 'a.yaml', keys, faults);
  return { given, faults: faults.map(({ place, says }) => `${place}: ${says}`) };
}

test('settings come with their lines', () => {
  assert.deepEqual(parse('# ours\nserver:\n  port: 9090\n  host: box\n'), {
    given: [
      { key: 'server.port', value: 9090, place: 'a.yaml:3' },
      { key: 'server.host', value: 'box', place: 'a.yaml:4' },
    ],
    faults: [],
  });
});

test('an empty file, one of comments, a lone --- and an empty section set nothing', () => {
  for (const text of ['', '\n# nothing\n', '---\n', 'null', '\uFEFF', 'server:\n']) {
    assert.deepEqual(parse(text), { given: [], faults: [] }, JSON.stringify(text));
  }
});

test('a setting without a value is a fault', () => {
  assert.deepEqual(parse('server:\n  port:\n').faults, [
    'a.yaml:2: server.port has no value; give it one or remove the line',
  ]);
});

test('broken YAML is said with its line and column', () => {
  const broken: [string, string][] = [
    ['server: [1', 'a.yaml:1:11: the indentation is wrong, or a [ or { is not closed'],
    ['server:\n\tport: 1', 'a.yaml:2:1: the indentation has a tab; use spaces'],
    ['server:\n  host: "x\n', 'a.yaml:3:1: a quote, bracket, comma or colon is missing'],
    [
      'server: {port: 1}\n---\nserver: {port: 2}',
      'a.yaml:2:1: a second document begins here (---); keep one in a file',
    ],
    [
      'server:\n  host: @x',
      'a.yaml:2:9: a value begins with a character that means something in YAML; put it in quotes',
    ],
    ['server:\n  port: !!secret 1', 'a.yaml:2:9: tags (!name) are not taken'],
  ];
  for (const [text, says] of broken) assert.deepEqual(parse(text).faults, [says]);
});

test('a name that stands twice is a fault', () => {
  assert.deepEqual(parse('server:\n  port: 1\n  port: 2\n').faults, [
    'a.yaml:3:3: this name stands here twice; keep one',
  ]);
});

test('broken YAML repeats nothing of the file', () => {
  const texts = [
    'hunter2: "\\hunter2"',
    'a: *hunter2',
    'a: !hunter2 b',
    '%hunter2\n---\na: b',
    'a: |hunter2\n b',
  ];
  for (const text of texts) {
    const { faults, given } = parse(text);
    assert.notEqual(faults.length, 0, text);
    assert.doesNotMatch(faults.join(), /hunter2/, text);
    assert.deepEqual(given, []);
  }
});

test('what is not a map of sections is a fault', () => {
  for (const text of ['- server', 'server', '7', '[]']) {
    assert.deepEqual(
      parse(text).faults,
      ['a.yaml: it must be a map of sections, such as "server:" with "port: 8080" below'],
      text,
    );
  }
});

test('a section that is not a map is a fault', () => {
  for (const text of ['server: 8080', 'server: [port]', 'server: yes']) {
    assert.deepEqual(
      parse(text).faults,
      ['a.yaml:1: server must be a map of settings, indented below "server:"'],
      text,
    );
  }
});

test('an alias stands for what is at its anchor', () => {
  assert.deepEqual(parse('server: &s {port: 9090}\nsecurity: {rate_limit: 5}').given.length, 2);
  assert.deepEqual(parse('server:\n  port: &n 9090\nsecurity:\n  rate_limit: *n').given[1], {
    key: 'security.rate_limit',
    value: 9090,
    place: 'a.yaml:4',
  });
});

test('aliases that multiply are refused before they fill the memory', () => {
  const levels = Array.from(
    { length: 30 },
    (_, i) => `l${i}: &l${i} [${i === 0 ? 'x' : `*l${i - 1}, *l${i - 1}`}]`,
  );
  assert.deepEqual(parse(levels.join('\n')).faults, [
    'a.yaml: an alias (*name) stands for nothing, or for too much',
  ]);
});

test('an unknown section is named with the nearest', () => {
  assert.deepEqual(parse('sever: {port: 1}').faults, [
    "a.yaml:1: there is no section 'sever'; did you mean 'server'?",
  ]);
});

test('an unknown section that is near to none is named with all', () => {
  assert.deepEqual(parse('tls: {}').faults, [
    "a.yaml:1: there is no section 'tls'; there are server, security",
  ]);
});

test('a setting outside its section is told where it belongs', () => {
  assert.deepEqual(parse('rate_limit: 5\nserver.port: 9090').faults, [
    'a.yaml:1: there is no section \'rate_limit\'; write rate_limit below "security:"',
    'a.yaml:2: there is no section \'server.port\'; write port below "server:"',
  ]);
});

test('an unknown setting is named with the nearest', () => {
  assert.deepEqual(parse('server:\n  prot: 1').faults, [
    "a.yaml:2: there is no setting 'server.prot'; did you mean 'server.port'?",
  ]);
});

test('a setting in the wrong section is named with its own', () => {
  assert.deepEqual(parse('server:\n  rate_limit: 1').faults, [
    "a.yaml:2: there is no setting 'server.rate_limit'; did you mean 'security.rate_limit'?",
  ]);
});

test('names from JavaScript’s own objects are unknown like any other', () => {
  const { given, faults } = parse('__proto__: {port: 1}\nserver: {__proto__: {port: 1}, constructor: 1}');
  assert.deepEqual(given, []);
  assert.equal(faults.length, 3);
});

test('an unknown name is shown short and without control characters', () => {
  const { faults } = parse(`"\\e[31m${'x'.repeat(500)}\\n": 1`);
  assert.match(faults[0] ?? '', /^a\.yaml:1: there is no section 'x{79}…'; there are server, security$/);
});
