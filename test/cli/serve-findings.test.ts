import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isSince, type ServeFacts, serveFindings } from '../../src/cli/serve-findings.ts';

const door = '/run/systemmanager-mcp/tailscale.sock';

/** A machine on which all is well. */
const well: ServeFacts = {
  tailscale: {
    version: '1.100.2',
    node: { version: '1.100.2', state: 'Running', name: 'nas.tail1234.ts.net', tags: ['tag:server'] },
    served: [{ at: 'nas.tail1234.ts.net:443/', target: `unix:${door}`, kind: 'web', funnel: false }],
  },
  door,
  doorFile: { socket: true, uid: 0, mode: 0o600 },
  otherDoors: ['/run/systemmanager-mcp/mcp.sock', 'http://127.0.0.1:8080'],
  loginAccounts: ['ann', 'ben'],
};
const node = { version: '1.100.2', state: 'Running', name: 'nas.tail1234.ts.net', tags: [] };
const [served] = well.tailscale.served as [(typeof well.tailscale.served)[number]];

/** What is not as it should be. */
const wrongIn = (facts: ServeFacts): readonly string[] =>
  serveFindings(facts).flatMap(({ kind, says }) => (kind === 'ok' ? [] : [`${kind}: ${says}`]));

const withServed = (...more: ServeFacts['tailscale']['served']): ServeFacts => ({
  ...well,
  tailscale: { ...well.tailscale, served: more },
});

test('versions are compared number by number', () => {
  assert.deepEqual(
    ['1.100', '1.100.0', '1.101', '1.200.3', '2.0', '1.99.9', '1.9', '0.200'].map((version) =>
      isSince(version, '1.100'),
    ),
    [true, true, true, true, true, false, false, false],
  );
});

test('where all is well nothing is found wrong', () => {
  assert.deepEqual(wrongIn(well), []);
});

test('an old program and an old daemon are both named', () => {
  const tailscale = {
    ...well.tailscale,
    version: '1.98.4',
    node: { ...node, version: '1.96.0', tags: ['tag:x'] },
  };
  assert.deepEqual(wrongIn({ ...well, tailscale }), [
    'mend: tailscale is 1.98.4, and 1.100 or later is needed',
    'mend: tailscaled is 1.96.0, and 1.100 or later is needed',
  ]);
});

test('a daemon of Tailscale that does not answer is said, and nothing is made of what is unknown', () => {
  const tailscale = { version: '1.100.2', served: [], silent: 'failed to connect' };
  assert.deepEqual(wrongIn({ ...well, tailscale }), ['mend: Tailscale does not tell all: failed to connect']);
});

test('a machine that is logged out is said', () => {
  const tailscale = { ...well.tailscale, node: { ...node, state: 'NeedsLogin', tags: ['tag:x'] } };
  assert.deepEqual(wrongIn({ ...well, tailscale }), ['mend: Tailscale is in the state NeedsLogin']);
});

test('a door that is missing, or no socket, is to be made', () => {
  const { doorFile: _, ...without } = well;
  assert.deepEqual(wrongIn(without), [`mend: there is no socket ${door}`]);
  assert.deepEqual(wrongIn({ ...well, doorFile: { socket: false, uid: 0, mode: 0o600 } }), [
    `mend: there is no socket ${door}`,
  ]);
});

test('a door that others than root can use is said', () => {
  for (const doorFile of [
    { socket: true, uid: 0, mode: 0o660 },
    { socket: true, uid: 1000, mode: 0o600 },
  ]) {
    assert.deepEqual(wrongIn({ ...well, doorFile }), [`mend: ${door} is open to others than root`]);
  }
});

test('Serve without the door is said', () => {
  assert.deepEqual(wrongIn(withServed()), [`mend: Serve passes nothing on to ${door}`]);
});

test('slashes after unix: make no difference', () => {
  assert.deepEqual(wrongIn(withServed({ ...served, target: `unix://${door}` })), []);
});

test('every other door of the daemon is the wrong target', () => {
  const targets = ['unix:/run/systemmanager-mcp/mcp.sock', 'http://127.0.0.1:8080'];
  for (const target of targets) {
    assert.deepEqual(wrongIn(withServed(served, { ...served, at: 'nas.tail1234.ts.net:8443/', target })), [
      `mend: Serve passes nas.tail1234.ts.net:8443/ on to ${target}, a door that is not meant for it`,
    ]);
  }
});

test('what is none of ours is left alone, Funnel or not', () => {
  const other = {
    at: 'nas.tail1234.ts.net:8443/',
    target: 'http://127.0.0.1:3000',
    kind: 'web',
    funnel: true,
  } as const;
  assert.deepEqual(wrongIn(withServed(served, other)), []);
});

test('Funnel in front of the door is said', () => {
  assert.deepEqual(wrongIn(withServed({ ...served, funnel: true })), [
    'mend: Funnel opens nas.tail1234.ts.net:443/ to the internet',
  ]);
});

test('bare TCP is refused, since Funnel leaves no mark there', () => {
  assert.deepEqual(wrongIn(withServed({ ...served, at: 'port 443', kind: 'tcp' })), [
    `mend: Serve forwards port 443 to unix:${door} as bare TCP`,
  ]);
});

test('several accounts on the machine of a user are warned of, and do not stand in the way', () => {
  const tailscale = { ...well.tailscale, node };
  assert.deepEqual(wrongIn({ ...well, tailscale }), [
    'beware: this machine belongs to a user of the tailnet and has 2 accounts (ann, ben): each of them reaches what ' +
      'Serve passes on in the name of that user',
  ]);
  assert.deepEqual(wrongIn({ ...well, tailscale, loginAccounts: ['ann'] }), []);
});
