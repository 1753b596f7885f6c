/** The laws of the catalogue as a whole, and each tool's definition as it was last read by a person. */

import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { eachWord } from '../src/dispatch/authorize.ts';
import { checkLaws } from '../src/dispatch/laws.ts';
import { catalogue } from '../src/tools/catalogue.ts';
import { describeTool } from '../src/transport/mcp/core.ts';
import { goldenJson, matchesGolden } from './golden.ts';

/** The tools' files below a folder, which is not there as long as it has none. */
const sources = (folder: string): string[] => {
  const path = join(import.meta.dirname, '../src/tools', folder);
  return existsSync(path) ? readdirSync(path).filter((file) => file.endsWith('.ts')) : [];
};

/** What a model is made to read of a tool. */
const seen = (tool: (typeof catalogue)[number]) => {
  const { outputSchema: _, ...rest } = describeTool(tool);
  return JSON.stringify(rest);
};

test('every tool keeps the laws', () => {
  checkLaws(catalogue);
});

test('there are tools, and each has a file of its own', () => {
  assert.ok(catalogue.length >= 3);
  assert.equal(sources('read').length + sources('change').length, catalogue.length);
});

test('what only reads stands in read/, what changes in change/', () => {
  const reads = catalogue.filter((tool) => eachWord(tool.effect).every((effect) => effect === 'read'));
  assert.equal(sources('read').length, reads.length);
});

test('no name means two tools', () => {
  const names = catalogue.flatMap((tool) => [tool.name, ...(tool.aliases ?? []).map((older) => older.name)]);
  assert.deepEqual(names, [...new Set(names)]);
});

test('an argument called unit is one of systemd, and its tool says so to the audit', () => {
  for (const { name, input, unit } of catalogue) {
    assert.equal(unit, 'unit' in input.properties ? 'unit' : undefined, name);
  }
});

test('every example is valid', () => {
  const ajv = new Ajv2020({ strict: true, allErrors: true });
  for (const tool of catalogue) {
    assert.ok(tool.examples.length > 0, `${tool.name} has no example`);
    const validate = ajv.compile(tool.input);
    for (const { says, args } of tool.examples) assert.ok(validate(args), `${tool.name}: ${says}`);
  }
});

test('every output schema is one that strict Ajv takes', () => {
  const ajv = new Ajv2020({ strict: true, allErrors: true });
  for (const tool of catalogue) ajv.compile(tool.output);
});

test('a model reads at most 1.5 KiB of a tool and 40 KiB of all', () => {
  let all = 0;
  for (const tool of catalogue) {
    const size = Buffer.byteLength(seen(tool));
    all += size;
    assert.ok(size <= 1536, `${tool.name}: ${size} bytes`);
  }
  assert.ok(all <= 40 * 1024, `${all} bytes`);
});

test('with output schemas the list stays within 100 KiB', () => {
  const size = Buffer.byteLength(JSON.stringify(catalogue.map(describeTool)));
  assert.ok(size <= 100 * 1024, `${size} bytes`);
});

test('all four hints follow from the effect', () => {
  for (const tool of catalogue) {
    const { annotations } = describeTool(tool);
    assert.equal(annotations.readOnlyHint, tool.effect === 'read', tool.name);
    for (const hint of ['destructiveHint', 'idempotentHint', 'openWorldHint'] as const) {
      assert.equal(typeof annotations[hint], 'boolean');
    }
  }
});

for (const tool of catalogue) {
  test(`the definition of ${tool.name} is as it was last read`, () => {
    const { scope, effect, aliases = [] } = tool;
    matchesGolden(
      `tools/${tool.name}.json`,
      goldenJson({ ...describeTool(tool), scope, effect, olderNames: aliases.map(({ name }) => name) }),
    );
  });
}

test('who may use what is as it was last read', () => {
  const lines = catalogue.map(
    ({ name, scope, effect }) => `${name}: ${JSON.stringify(scope)} ${JSON.stringify(effect)}`,
  );
  matchesGolden('scopes.txt', `${lines.join('\n')}\n`);
});
