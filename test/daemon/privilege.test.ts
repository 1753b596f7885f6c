/** Who may take over from root, and how what is left of root is recognised. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  dropRoot,
  parseAccount,
  remainsOfRoot,
  runningAsRoot,
  verifyDropped,
} from '../../src/daemon/privilege.ts';

const passwd = `root:x:0:0:root:/root:/bin/bash
systemmanager:x:998:997:SystemManager,,,:/var/lib/systemmanager:/usr/sbin/nologin
broken:x:many:1::/:
nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin
`;

const ordinary = `Name:\tnode
Uid:\t998\t998\t998\t998
Gid:\t997\t997\t997\t997
Groups:\t4 997
CapInh:\t0000000000000000
CapPrm:\t0000000000000000
CapEff:\t0000000000000000
CapBnd:\t0000000000000000
CapAmb:\t0000000000000000
NoNewPrivs:\t1
`;

test('an account is found by its name', () => {
  assert.deepEqual(parseAccount(passwd, 'systemmanager'), {
    name: 'systemmanager',
    uid: 998,
    gid: 997,
    home: '/var/lib/systemmanager',
  });
});

test('an account is found by its number', () => {
  assert.equal(parseAccount(passwd, '65534')?.name, 'nobody');
});

test('an account that is missing, broken or named in part is none', () => {
  for (const user of ['system', 'broken', '', 'x']) assert.equal(parseAccount(passwd, user), undefined);
});

test('a thread of an ordinary user for good has nothing of root', () => {
  assert.deepEqual(remainsOfRoot(ordinary), []);
});

for (const [line, left] of [
  ['Uid:\t998\t998\t0\t998', 'Uid 998\t998\t0\t998'],
  ['Gid:\t0\t997\t997\t997', 'Gid 0\t997\t997\t997'],
  ['Groups:\t0 997', 'Groups 0 997'],
  ['CapInh:\t0000000000000001', 'CapInh 0000000000000001'],
  ['CapPrm:\t0000000000000001', 'CapPrm 0000000000000001'],
  ['CapEff:\t0000000000000001', 'CapEff 0000000000000001'],
  ['CapBnd:\t000001ffffffffff', 'CapBnd 000001ffffffffff'],
  ['CapAmb:\t0000000000000001', 'CapAmb 0000000000000001'],
  ['NoNewPrivs:\t0', 'NoNewPrivs 0'],
] as const) {
  const name = line.slice(0, line.indexOf(':'));
  test(`a thread that keeps root in ${name} is found out`, () => {
    const status = ordinary.replace(new RegExp(`^${name}:.*$`, 'm'), line);
    assert.deepEqual(remainsOfRoot(status), [left]);
  });
}

test('a status that does not say is not trusted', () => {
  assert.deepEqual(remainsOfRoot(ordinary.replace(/^CapBnd:.*\n/m, '')), ['CapBnd unknown']);
});

test('a process that has not dropped root is found out', () => {
  assert.throws(() => verifyDropped(), {
    code: 'start_failed',
    message: /^Root was not dropped completely: .*NoNewPrivs 0/,
  });
});

test('a user that does not exist stops the start with the ways to make one', async () => {
  await assert.rejects(dropRoot({ user: 'no-such-user', groups: [], inherited: [], flag: '--x' }), {
    code: 'start_failed',
    detail: 'The user no-such-user, to whom the daemon would drop from root, does not exist.',
    hint: 'Make it (useradd --system --user-group no-such-user), name another in server.user, or serve as root by --as-root.',
  });
});

for (const user of ['root', '0']) {
  test(`dropping to the user ${user} is refused`, async () => {
    await assert.rejects(dropRoot({ user, groups: [], inherited: [], flag: '--x' }), {
      code: 'start_failed',
      detail: `The user ${user} is root itself or has its group, so nothing would be dropped.`,
      hint: 'Name an ordinary user in server.user, or serve as root by --as-root.',
    });
  });
}

test('whether this process is root is known', () => {
  assert.equal(runningAsRoot(), process.getuid?.() === 0);
});
