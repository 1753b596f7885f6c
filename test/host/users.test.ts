import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mapsAllUsers, parseUserNames } from '../../src/host/users.ts';

const passwd =
  'root:x:0:0:root:/root:/bin/bash\ntoor:x:0:0::/root:/bin/sh\n# note:x:7:7\n+::::::\nnobody:x:65534:65534::/:/bin/false\n';

test('the first name of a number counts, and lines of another kind none', () => {
  assert.deepEqual(
    [...parseUserNames(passwd, true)],
    [
      [0, 'root'],
      [65534, 'nobody'],
    ],
  );
});

test('where users are hidden the overflow number is nobody in particular', () => {
  assert.deepEqual([...parseUserNames(passwd, false)], [[0, 'root']]);
});

test('only the whole map shows every user', () => {
  assert.equal(mapsAllUsers('         0          0 4294967295\n'), true);
  assert.equal(mapsAllUsers('         0          0      65536\n'), false);
  assert.equal(mapsAllUsers('         0     100000      65536\n'), false);
  assert.equal(mapsAllUsers(''), false);
});
