/** All about one container. */

import type { Static } from 'typebox';
import type { ContainerDetail } from '../../host/docker/container-detail.ts';
import { containerStates, healthWords, portWords } from '../../host/docker/container-facts.ts';
import { known } from '../../host/rate.ts';
import { exitCodeOf, shownLabel } from '../container-words.ts';
import {
  amount,
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
  word,
} from '../schema.ts';
import { defineTool } from '../tool.ts';

const mostPids = 50;

const check = record({
  at: maybe(time('When')),
  exitCode: maybe(count('0: healthy', -1)),
  output: maybe(untrusted('What it said', 400)),
});

const network = record({
  name: untrusted('Name', 255),
  address: maybe(untrusted('IPv4', 64)),
  address6: maybe(untrusted('IPv6', 64)),
  aliases: maybe(list(untrusted('Name in it', 255), 'Names', 16)),
});

const mount = record({
  type: untrusted('bind, volume, tmpfs …', 32),
  source: maybe(untrusted('On the host, or the volume', 255)),
  destination: untrusted('In the container', 255),
  readOnly: flag('Read-only'),
});

const limits = record(
  {
    memoryBytes: maybe(bytes('Memory')),
    memoryReservationBytes: maybe(bytes('Kept to when memory is short')),
    memoryAndSwapBytes: maybe(bytes('Memory and swap')),
    cpuCores: maybe(amount('CPU time, cores')),
    cpuSet: maybe(untrusted('Cores', 64)),
    pids: maybe(count('Processes and threads')),
  },
  'What is absent is unlimited',
);

const output = record({
  host: text('The host that answers', 255),
  name: untrusted('Name', 255),
  id: text('Id', 64),
  image: untrusted('Image it was made from', 255),
  imageId: maybe(untrusted('Its id', 128)),
  state: word(containerStates, 'State'),
  health: maybe(word(healthWords, 'Of its health check')),
  failingStreak: maybe(count('Checks failed in a row')),
  checks: maybe(list(check, 'Newest last', 5)),
  command: maybe(untrusted('Command line')),
  createdAt: maybe(time('Made')),
  startedAt: maybe(time('Last start')),
  finishedAt: maybe(time('Last end')),
  exitCode: maybe(count('Of its last run', 0, 255)),
  exitMeaning: maybe(text('The same in words')),
  oomKilled: maybe(flag('Killed for want of memory')),
  error: maybe(untrusted('Why the engine could not start it', 400)),
  restarts: count('By its restart policy'),
  restartPolicy: untrusted('no, always, unless-stopped, on-failure:MOST', 64),
  pid: maybe(count('Main process')),
  processes: maybe(count('How many processes it has')),
  pids: maybe(list(count('Process id'), 'The lowest of them', mostPids)),
  unit: maybe(untrusted('Its systemd unit', 255)),
  cgroup: maybe(untrusted('Control group', 1024)),
  project: maybe(untrusted('Compose project', 255)),
  service: maybe(untrusted('Compose service', 255)),
  ports: maybe(list(untrusted('ADDRESS:PORT->PORT/PROTOCOL, or PORT/PROTOCOL', 128), 'Ports', 64)),
  hostNetwork: maybe(flag("Lives in the host's network")),
  networks: list(network, 'Networks', 32),
  mounts: list(mount, 'Mounts', 64),
  limits,
  privileged: maybe(flag('As good as root on the host')),
  readOnlyRoot: maybe(flag('Cannot write to its root')),
  user: maybe(untrusted('User; absent: mostly root', 255)),
  capabilities: maybe(list(untrusted('+ADDED or -DROPPED', 40), 'Changed capabilities', 64)),
  logDriver: maybe(untrusted('Where its logs go', 255)),
  tty: maybe(flag('Has a terminal')),
  environment: maybe(list(untrusted('NAME=VALUE', 512), 'Environment', 500)),
  labels: maybe(list(untrusted('NAME=VALUE', 512), 'Labels', 500)),
  secretsHidden: maybe(count('Secrets replaced in those two')),
  protected: maybe(text('Why this daemon will not change it', 128)),
  truncated,
});

export const getContainer = defineTool({
  name: 'get_container',
  title: 'One container',
  summary:
    'One Docker container: state, health, why it ended (exit code in words, OOM), restarts, main pid with its ' +
    'systemd unit and cgroup, command, ports, networks, mounts, limits. `detail: detailed` adds environment, labels ' +
    'and all health checks. Secrets are replaced. list_containers names containers; get_container_stats says ' +
    'what they use, list_processes with `container` which processes they have.',
  scope: 'docker:read',
  effect: 'read',
  input: record({
    container: text('Name, id or the beginning of an id', 255),
    detail: maybe(word(['concise', 'detailed'], 'concise if absent')),
  }),
  output,
  rest: 'Call again with `detail: detailed`, which may be 64 KiB long.',
  examples: [
    { says: 'Why did the backup end?', args: { container: 'backup' } },
    { says: 'All about the database?', args: { container: 'shop-db-1', detail: 'detailed' } },
  ],
  async run({ container, detail = 'concise' }, { host, grant, signal }) {
    const docker = host.docker(grant);
    const found = await docker.inspect(container, signal);
    const { facts } = found;
    const { pids = [], ...place } = await docker.placeOf(facts);
    return {
      host: host.name,
      ...identityOf(found),
      ...known({ ...place, protected: docker.protection(facts) }),
      ...(pids.length > 0 && { processes: pids.length, pids: pids.slice(0, mostPids) }),
      ...(detail === 'detailed' && settingsOf(found)),
    };
  },
});

type Answer = Static<typeof output>;

/** Whatever fits into a short answer. */
function identityOf(found: ContainerDetail): Omit<Answer, 'host'> {
  const { facts, checks, networks, mounts, limits: allowed, restartPolicy } = found;
  const { id, name, image, state, restarts, health, project, service, ports } = facts;
  return {
    ...{ name, id, image, state, restarts, restartPolicy, networks, mounts, limits: allowed },
    ...known({
      health,
      failingStreak: found.failingStreak || undefined,
      checks: checks.length === 0 ? undefined : checks.slice(-1),
      imageId: facts.imageId,
      command: found.command,
      createdAt: facts.createdAt,
      startedAt: facts.startedAt,
      finishedAt: facts.finishedAt,
      exitCode: exitCodeOf(facts),
      exitMeaning: found.exitMeaning,
      oomKilled: facts.oomKilled || undefined,
      error: found.error,
      pid: facts.pid,
      project: shownLabel(project),
      service: shownLabel(service),
      ports: ports.length === 0 ? undefined : ports.map(portWords),
      hostNetwork: facts.hostNetwork || undefined,
      privileged: found.privileged || undefined,
      readOnlyRoot: found.readOnlyRoot || undefined,
      user: found.user,
      capabilities: found.capabilities.length === 0 ? undefined : found.capabilities,
      logDriver: found.logDriver,
      tty: found.tty || undefined,
    }),
  };
}

const settingsOf = ({ checks, environment, labels, secrets }: ContainerDetail) => ({
  ...(checks.length > 0 && { checks: checks.slice(-5) }),
  environment,
  labels,
  ...(secrets > 0 && { secretsHidden: secrets }),
});
