import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parseVlans, readLinks } from '../../src/host/links.ts';
import { getNetworkStatus } from '../../src/tools/read/network-status.ts';
import { answerOf } from '../tools/answering.ts';
import { copyMachine, openMachine } from './frozen-host.ts';

test('the table of VLANs is read below its two lines of heading', () => {
  const text =
    'VLAN Dev name\t | VLAN ID\nName-Type: VLAN_NAME_TYPE_RAW_PLUS_VID_NO_PAD\n' +
    'eth0.7         | 7  | eth0\nwan            | 4094  | eth1\n';
  assert.deepEqual(
    [...parseVlans(text)],
    [
      ['eth0.7', { id: 7, parent: 'eth0' }],
      ['wan', { id: 4094, parent: 'eth1' }],
    ],
  );
});

test('without the table a VLAN has its parent, and no id is guessed from its name', (t) => {
  const { machine, remove } = copyMachine('bonded');
  t.after(remove);
  assert.deepEqual(readLinks(machine, '')['bond0.100']?.vlan, { parent: 'bond0' });
});

test('what would show the ids of VLANs is said once', async (t) => {
  const { host, close } = await openMachine('bonded', ({ proc }) => rmSync(join(proc, '1/net/vlan/config')));
  t.after(close);
  const { hidden } = await answerOf(getNetworkStatus, host, {});
  assert.deepEqual(hidden, ['ids of VLANs: the drop-in process-details.conf shows them']);
});
