import assert from 'node:assert/strict';
import { test } from 'node:test';
import { renderText } from '../../src/cli/render.ts';

test('values stand beside their names, and lists of records as tables', () => {
  const lines = renderText({
    host: 'vm',
    cpu: { usedPercent: 5, cores: 2 },
    mounts: [
      { mountPoint: '/', usedPercent: 22.6 },
      { mountPoint: '/var/lib', usedPercent: 1, readOnly: true },
    ],
    names: ['a', 'b'],
  });
  assert.deepEqual(lines, [
    'host    vm',
    'cpu',
    '  usedPercent  5',
    '  cores        2',
    'mounts',
    '  mountPoint  usedPercent  readOnly',
    '  /           22.6',
    '  /var/lib    1            true',
    'names   a, b',
  ]);
});

test('text from the machine cannot move the cursor or break the line', () => {
  assert.deepEqual(renderText({ name: 'a\u001b[2Jb\nc' }), ['name  ab c']);
});
