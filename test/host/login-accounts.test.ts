import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseLoginAccounts } from '../../src/host/login-accounts.ts';

test('ordinary users with a shell are who may log in', () => {
  const passwd = [
    'root:x:0:0:root:/root:/bin/bash',
    'daemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin',
    'ann:x:1000:1000:Ann:/home/ann:/bin/bash',
    'ben:x:1001:1001::/home/ben:',
    'git:x:1002:1002::/srv/git:/usr/sbin/nologin',
    'old:x:1003:1003::/home/old:/bin/false',
    'container:x:65000:65000::/:/bin/sh',
    'nobody:x:65534:65534:nobody:/nonexistent:/bin/sh',
    'broken',
    '',
  ].join('\n');
  assert.deepEqual(parseLoginAccounts(passwd), ['ann', 'ben']);
});
