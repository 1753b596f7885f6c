/** The processes of the machine. */

import { Problem } from '../../base/errors.ts';
import { fitting } from '../../base/fitting.ts';
import { isPosition, type ProcessList, processOrders } from '../../host/process-list.ts';
import { processStates } from '../../host/process-stat.ts';
import { containerIdFor, containerMembers, matchable, processContainers } from '../containers.ts';
import {
  amount,
  bytes,
  count,
  list,
  maybe,
  record,
  text,
  time,
  truncated,
  untrusted,
  withheld,
  word,
} from '../schema.ts';
import { defineTool } from '../tool.ts';

const process = record({
  pid: count('Process id'),
  parentPid: count('Its parent; 0 where it has none here'),
  name: untrusted('Name, at most 15 bytes', 64),
  commandLine: maybe(untrusted('Its beginning, secrets replaced; get_process has more of it', 160)),
  state: word(processStates, 'uninterruptible: waits in the kernel, mostly for a disk'),
  uid: maybe(count('Effective user id')),
  user: untrusted('Effective user; unknown where it has no name here', 64),
  unit: maybe(untrusted('systemd unit', 255)),
  ...containerMembers,
  cpuPercent: maybe(amount('Of one core, percent; more than 100 on several')),
  rssBytes: bytes('Resident memory, shared pages included'),
  threads: count('Threads'),
  startedAt: maybe(time('When it started')),
  openFiles: maybe(count('Open file descriptors; when sorted by fds')),
  readBytesPerSecond: maybe(amount('Read from disks, when sorted by io')),
  writtenBytesPerSecond: maybe(amount('Written to disks, when sorted by io')),
  readBytes: maybe(bytes('Read from disks since its start, when sorted by io')),
  writtenBytes: maybe(bytes('Written to disks since its start, when sorted by io')),
});

const usualLimit = 20;
const mostRows = 200;

/** What the rows may take, so that the rest of the answer fits beside them and the cursor stands after the last. */
const rowsBytes = { usual: 7000, asked: 60_000 };
const rest = 'Call again with `cursor`, or narrow with name, user, unit, container or state.';

export const listProcesses = defineTool({
  name: 'list_processes',
  title: 'Processes',
  summary:
    'The processes of this machine by CPU, memory, disk io, open files or start, filtered by name, user, unit, ' +
    'container or state, with totals by state. cpuPercent is of one core, over intervalMs as the rates of io. Use get_process for all ' +
    'about one of them, get_system_status for the top 3.',
  scope: 'monitor',
  effect: 'read',
  unit: 'unit',
  input: record({
    name: maybe(text('Part of the name or command line', 128)),
    user: maybe(text('User name or uid', 64)),
    unit: maybe(text('systemd unit', 255)),
    container: maybe(text('Name, id or its beginning; needs docker:read', 255)),
    state: maybe(word(processStates, 'State')),
    sort: maybe(word(processOrders, 'Most or newest first; default cpu; io: bytes a second now')),
    limit: maybe(count(`Rows; default ${usualLimit}`, 1, mostRows)),
    cursor: maybe(text('nextCursor of the answer before, same filters and sort', 64)),
  }),
  output: record({
    host: text('The host that answers', 255),
    sampledAt: time('When the processes were gone through'),
    intervalMs: maybe(count('Over which cpuPercent and rates were measured, milliseconds')),
    total: count('How many processes there are'),
    matching: count('How many of them match'),
    byState: record(
      Object.fromEntries(processStates.map((state) => [state, maybe(count(`How many are ${state}`))])),
      'Of those that match but for their state',
    ),
    processes: list(process, 'In the order asked for', mostRows),
    nextCursor: maybe(text('For the next ones; a row whose figure moves may come twice or not at all', 64)),
    hidden: maybe(list(text('What, and what would show it'), 'What cannot be seen', 4)),
    withheld,
    truncated,
  }),
  rest,
  aliases: [{ name: 'get_top_processes' }],
  examples: [
    { says: 'What uses the CPU?', args: {} },
    {
      says: 'Which processes of root use the most memory?',
      args: { user: 'root', sort: 'memory', limit: 3 },
    },
    { says: 'Are there zombies?', args: { state: 'zombie' } },
  ],
  // Whoever asks for more rows than usual gets them; the tool itself cuts between rows.
  limits: { bytes: 64 * 1024 },
  async run({ sort = 'cpu', limit = usualLimit, cursor, container, ...filter }, context) {
    const { host, grant, now } = context;
    if (cursor !== undefined && !isPosition(cursor, sort)) throw wrongCursor(sort);
    const query = {
      ...{ ...filter, sort, limit, containers: matchable(host.docker(grant)) },
      ...(container !== undefined && { container: containerIdFor(container, context) }),
      ...(cursor !== undefined && { after: cursor }),
    };
    const found = await host.processes.list(query);
    const containers = processContainers(context);
    const rows = fitting(
      found.processes.map(containers.show),
      limit > usualLimit ? rowsBytes.asked : rowsBytes.usual,
    );
    const left = found.left + found.processes.length - rows.length;
    const nextCursor = left > 0 ? found.positions[rows.length - 1] : undefined;
    const { intervalMs, total, matching, byState } = found;
    const notes = containers.notes();
    const hidden = [...hiddenIn(found, sort), ...notes.hidden];
    return {
      host: host.name,
      sampledAt: new Date(now()).toISOString(),
      ...(intervalMs !== undefined && { intervalMs }),
      total,
      matching,
      byState,
      processes: rows,
      ...(nextCursor !== undefined && { nextCursor }),
      ...(hidden.length > 0 && { hidden }),
      ...(notes.withheld.length > 0 && { withheld: notes.withheld }),
      ...(left > 0 && { truncated: { shown: rows.length, total: matching, how: rest } }),
    };
  },
});

const wrongCursor = (sort: string): Problem =>
  new Problem('arguments_invalid', {
    detail: `\`cursor\` is none of a list sorted by ${sort}.`,
    hint: 'Take it from `nextCursor` of the answer before, with the same `sort`, or leave it out to begin anew.',
  });

const orderWords: Readonly<Record<string, string>> = { io: 'disk io', fds: 'open files' };

function hiddenIn({ unreadable, othersHidden }: ProcessList, sort: string): string[] {
  return [
    ...(unreadable > 0
      ? [
          `${orderWords[sort]} of ${unreadable} processes, which come last: the drop-in process-details.conf shows it`,
        ]
      : []),
    ...(othersHidden ? ["other users' processes: /proc is mounted with hidepid"] : []),
  ];
}
