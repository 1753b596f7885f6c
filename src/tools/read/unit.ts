/** All about one unit of systemd. */

import { priorities } from '../../host/journal-entry.ts';
import { mostNames, relations } from '../../host/unit-facts.ts';
import { showsUnitOf } from '../containers.ts';
import {
  bytes,
  count,
  flag,
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

const resources = record(
  {
    memoryBytes: maybe(bytes('Memory in use, page cache included')),
    memoryPeakBytes: maybe(bytes('Most memory ever in use')),
    memoryLimitBytes: maybe(bytes('Limit of memory; absent without one')),
    oomKills: maybe(count('Processes killed for want of memory')),
    cpuTimeMs: maybe(count('CPU time used, milliseconds')),
    cpuThrottledMs: maybe(count('Held up by its CPU quota, milliseconds')),
    tasks: maybe(count('Processes and threads')),
    tasksLimit: maybe(count('Limit of tasks; absent without one')),
    ioReadBytes: maybe(bytes('Read from disks')),
    ioWrittenBytes: maybe(bytes('Written to disks')),
  },
  'Of its control group, since that was made; what the kernel does not account is absent',
);

const exit = record(
  {
    how: word(['exited', 'killed', 'dumped'], 'By itself, by a signal, by one with a core dump'),
    status: maybe(count('Exit status')),
    exitSignal: maybe(text('Signal', 32)),
    meaning: text('What that means'),
    at: maybe(time('When')),
  },
  'How the last main process ended',
);

const dependencies = record({
  relation: word(relations, "systemd.unit(5); 'after': it starts after them"),
  units: list(untrusted('Name', 255), 'Units', mostNames),
});

const line = record({
  at: time('When'),
  priority: maybe(word(priorities, 'Priority')),
  identifier: maybe(untrusted('Who wrote it', 64)),
  message: untrusted('The line', 400),
});

export const getUnit = defineTool({
  name: 'get_unit',
  title: 'Unit',
  summary:
    'One unit of systemd: state and since when, main pid, restarts, why it ended (exit codes and signals in words), ' +
    'memory, CPU, IO and tasks of its control group, dependencies, unit file and drop-ins, and the last journal ' +
    'lines of its latest run. Use list_units to find names.',
  scope: 'monitor',
  effect: 'read',
  unit: 'unit',
  input: record({
    unit: text("Name, e.g. 'ssh' or 'apt-daily.timer'; .service where it has no type", 255),
    lines: maybe(count('Journal lines; 10 by default', 0, 50)),
    detail: maybe(word(['concise', 'detailed'], 'detailed: also conflicts and the order of start')),
  }),
  output: record({
    host: text('The host that answers', 255),
    unit: untrusted('Name', 255),
    otherNames: maybe(list(untrusted('Name', 255), 'Aliases', mostNames)),
    description: maybe(untrusted('Description', 255)),
    load: untrusted('loaded, not-found, bad-setting, error, masked', 32),
    loadError: maybe(untrusted('Why it is not loaded', 512)),
    active: untrusted('active, inactive, failed, activating, deactivating, reloading …', 32),
    sub: untrusted('Finer state, by type', 32),
    enabled: maybe(untrusted('enabled, disabled, static, masked, generated …', 32)),
    since: maybe(time('In this state since')),
    activeSince: maybe(time('When it became active the last time')),
    mainPid: maybe(count('Main process')),
    status: maybe(untrusted('What it says of itself', 512)),
    restarts: maybe(count('Restarts by systemd since it was started by hand')),
    result: maybe(untrusted("How its last run ended in systemd's word; success while it runs", 64)),
    resultMeaning: maybe(text('The same in words')),
    lastExit: maybe(exit),
    conditionFailed: maybe(flag('A condition kept it from starting')),
    needsReload: maybe(flag('Its files changed since systemd read them')),
    unitFile: maybe(untrusted('Where it is written down', 1024)),
    dropIns: maybe(list(untrusted('File', 255), 'What changes it', mostNames)),
    controlGroup: maybe(untrusted('Its control group', 1024)),
    timer: maybe(
      record(
        {
          nextRunAt: maybe(time('Next run')),
          lastRunAt: maybe(time('Last run')),
          activates: maybe(untrusted('What it starts', 255)),
        },
        'Of a timer',
      ),
    ),
    resources: maybe(resources),
    dependencies: list(dependencies, 'conflicts, before and after in the detailed answer only', 16),
    journal: maybe(list(line, 'Last lines of its latest run and of systemd about it, newest first', 50)),
    redactedSecrets: maybe(count('Secrets replaced in those lines')),
    hidden: maybe(list(untrusted('What and why', 400), 'What cannot be seen', 4)),
    withheld,
    truncated,
  }),
  rest: 'Ask for fewer `lines`, or without `detail`.',
  examples: [
    { says: 'Why did the backup fail?', args: { unit: 'backup' } },
    { says: 'How is nginx doing?', args: { unit: 'nginx.service', lines: 5, detail: 'detailed' } },
  ],
  async run({ unit, lines = 10, detail }, { host, grant, signal }) {
    const wanted = { unit, lines, detailed: detail === 'detailed', shows: showsUnitOf(host.docker(grant)) };
    return { host: host.name, ...(await host.units.get(wanted, signal)) };
  },
});
