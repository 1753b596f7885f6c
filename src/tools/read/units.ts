/** Which units systemd has loaded, the failed ones first. */

import { unitTypes } from '../../base/unit-name.ts';
import { unitStates } from '../../host/unit-list.ts';
import { showsUnitOf, unitsWithheld } from '../containers.ts';
import { count, list, maybe, record, text, time, truncated, untrusted, withheld, word } from '../schema.ts';
import { defineTool } from '../tool.ts';

const unit = record({
  unit: untrusted('Name', 255),
  load: untrusted('loaded, not-found, bad-setting, error, masked', 32),
  active: untrusted('Active state', 32),
  sub: untrusted('Finer state, by type', 32),
  description: untrusted('Description', 200),
  nextRunAt: maybe(time('Of a timer: its next run')),
  lastRunAt: maybe(time('Of a timer: its last run')),
  activates: maybe(untrusted('Of a timer: the unit it starts', 255)),
});

const usualLimit = 30;
const rest = 'Ask again with `nextCursor` as `cursor`, or narrow it by `type`, `state` or `pattern`.';

export const listUnits = defineTool({
  name: 'list_units',
  title: 'List units',
  summary:
    'The units that systemd has loaded on this machine: services, timers, sockets, mounts and the rest, failed ' +
    'first, with how many are in each state. Timers have their last and next run. Use get_unit for why one failed.',
  scope: 'monitor',
  effect: 'read',
  input: record({
    type: maybe(word(unitTypes, 'Only of this type')),
    state: maybe(word(unitStates, 'Only in this active state')),
    pattern: maybe(text("Glob over names, e.g. 'ssh*'", 255)),
    limit: maybe(count(`Most units to list; ${usualLimit} by default`, 1, 100)),
    cursor: maybe(text('`nextCursor` of the answer before', 300)),
  }),
  output: record({
    host: text('The host that answers', 255),
    units: list(unit, 'Failed first, then those in between, active and inactive ones; by type and name', 100),
    states: list(
      record({ state: untrusted('Active state', 32), units: count('How many') }),
      'Of this type and pattern, whatever `state` was asked for',
      16,
    ),
    nextCursor: maybe(untrusted('Where the next page begins', 300)),
    withheld,
    truncated,
  }),
  rest,
  examples: [
    { says: 'Has anything failed?', args: { state: 'failed' } },
    { says: 'When do the timers run?', args: { type: 'timer' } },
    { says: 'Which units have to do with SSH?', args: { pattern: 'ssh*' } },
  ],
  async run({ limit = usualLimit, ...wanted }, { host, grant, signal }) {
    const shows = showsUnitOf(host.docker(grant));
    const { total, leftOut, ...page } = await host.units.list({ limit, ...wanted, shows }, signal);
    return {
      host: host.name,
      ...page,
      ...(leftOut > 0 && { withheld: [unitsWithheld(grant)] }),
      ...(page.nextCursor !== undefined && { truncated: { shown: page.units.length, total, how: rest } }),
    };
  },
});
