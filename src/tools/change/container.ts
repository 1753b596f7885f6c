/** Starting, stopping and signalling one container. */

import type { Static } from 'typebox';
import { type ContainerFacts, containerStates, healthWords } from '../../host/docker/container-facts.ts';
import { containerActions, killSignals } from '../../host/docker/manage.ts';
import { known } from '../../host/rate.ts';
import { exitCodeOf } from '../container-words.ts';
import { count, flag, maybe, record, text, time, untrusted, word } from '../schema.ts';
import { defineTool } from '../tool.ts';

const state = (description: string) =>
  record(
    {
      state: word(containerStates, 'State'),
      health: maybe(word(healthWords, 'Of its health check')),
      pid: maybe(count('Main process')),
      startedAt: maybe(time('Last start')),
      exitCode: maybe(count('Of its last run', 0, 255)),
    },
    description,
  );

const usualGraceSeconds = 10;
const mostGraceSeconds = 120;

export const manageContainer = defineTool({
  name: 'manage_container',
  title: 'Manage a container',
  summary:
    'Starts, stops, restarts, pauses, unpauses or kills (sends a signal to) one Docker container, and answers with its ' +
    'state before and after. What is so already is left as it is. Protected containers and the one of this daemon are ' +
    'refused. Stop and restart give it `graceSeconds` to end, then kill it.',
  scope: {
    start: 'docker:manage',
    stop: 'docker:manage',
    restart: 'docker:manage',
    pause: 'docker:manage',
    unpause: 'docker:manage',
    kill: 'docker:manage',
  },
  // What was in memory is lost when it stops, but it was asked to end, and can be started again.
  effect: {
    start: 'change',
    stop: 'change',
    restart: 'change',
    pause: 'change',
    unpause: 'change',
    kill: 'destroy',
  },
  input: record({
    container: text('Name, id or the beginning of an id', 255),
    action: word(containerActions, 'What to do'),
    graceSeconds: maybe(count(`For stop and restart; default ${usualGraceSeconds}`, 0, mostGraceSeconds)),
    signal: maybe(word(killSignals, 'For kill; default KILL')),
  }),
  output: record({
    host: text('The host that answers', 255),
    container: untrusted('Name', 255),
    id: text('Id', 64),
    action: word(containerActions, 'What was asked for'),
    changed: flag('False: it was so already, and nothing was done'),
    before: state('Before'),
    after: maybe(state('After; of one that was started a second later')),
    removed: maybe(flag('It was made to be removed when it ends, and is gone')),
  }),
  rest: 'get_container says more of it.',
  // A container may take as long as it is given to end, and the engine needs some time too.
  limits: { ms: (mostGraceSeconds + 45) * 1000 },
  examples: [
    { says: 'Restart the web server', args: { container: 'shop-web-1', action: 'restart' } },
    {
      says: 'Have it read its configuration',
      args: { container: 'shop-web-1', action: 'kill', signal: 'HUP' },
    },
  ],
  async run({ container, action, graceSeconds = usualGraceSeconds, signal = 'KILL' }, { host, grant }) {
    const wish = { container, action, graceSeconds, signal };
    const { before, after, asked } = await host.docker(grant).change(wish);
    return {
      host: host.name,
      container: before.name,
      id: before.id,
      action,
      changed: asked,
      before: stateOf(before),
      ...(after === undefined ? { removed: true } : { after: stateOf(after) }),
    };
  },
});

const stateOf = (one: ContainerFacts): Static<ReturnType<typeof state>> => ({
  state: one.state,
  ...known({
    health: one.health,
    pid: one.pid,
    startedAt: one.startedAt,
    exitCode: exitCodeOf(one),
  }),
});
