/**
 * How one container takes the place of another: a few steps, each with what undoes it. Whatever was undone or not, and
 * whoever was interrupted, undoing all of them from the last to the first puts the old one back.
 */

import type { Engine, EngineRequest } from './engine.ts';
import { textAt } from './fields.ts';
import type { Recreation } from './recreation.ts';
import { newName, oldName } from './update-names.ts';
import { isUp, type Places } from './update-places.ts';

export const stepNames = ['create', 'setAside', 'takeName', 'stop', 'start'] as const;
export type StepName = (typeof stepNames)[number];

export interface Step {
  readonly name: StepName;
  does(engine: StepEngine, places: Places, how: StepHow): Promise<unknown>;
  /** Does nothing where there is nothing to undo. */
  undo(engine: StepEngine, places: Places, how: Pick<StepHow, 'graceSeconds'>): Promise<unknown>;
}

type StepEngine = Pick<Engine, 'ask'>;

export interface StepHow {
  readonly recreation: Recreation;
  /** How long one may take to end by itself. */
  readonly graceSeconds: number;
}

/** What the engine itself needs. */
const engineMs = 60_000;
const nothing = Promise.resolve();

/** The old one runs until all that can be found wrong before has been. */
export const steps: readonly Step[] = Object.freeze<Step[]>([
  {
    name: 'create',
    does: (engine, { base, old }, { recreation }) => create(engine, newName(base, old.id), recreation),
    undo: (engine, { made }) => (made === undefined ? nothing : remove(engine, made.id)),
  },
  {
    name: 'setAside',
    does: (engine, { base, old, made, ran }) =>
      made === undefined ? nothing : rename(engine, old.id, oldName(base, made.id, ran)),
    undo: (engine, { base, old }) => (old.name === base ? nothing : rename(engine, old.id, base)),
  },
  {
    name: 'takeName',
    does: (engine, { base, made }) => (made === undefined ? nothing : rename(engine, made.id, base)),
    undo: (engine, { base, old, made }) =>
      made?.name === base ? rename(engine, made.id, newName(base, old.id)) : nothing,
  },
  {
    name: 'stop',
    does: (engine, { old }, { graceSeconds }) => stop(engine, old, graceSeconds),
    undo: (engine, { old, ran }) => (ran && !isUp(old) ? start(engine, old.id) : nothing),
  },
  {
    name: 'start',
    does: (engine, { made, ran }) => (made !== undefined && ran ? start(engine, made.id) : nothing),
    undo: (engine, { made }, { graceSeconds }) =>
      made === undefined ? nothing : stop(engine, made, graceSeconds),
  },
]);

/** When the new one stands; from then on there is nothing to go back to. */
export const removeOld = (engine: StepEngine, old: Told): Promise<unknown> => remove(engine, old.id);

type Told = Pick<Places['old'], 'id' | 'state'>;

const change = (request: EngineRequest): EngineRequest => ({ deadlineMs: engineMs, ...request });

const rename = (engine: StepEngine, id: string, name: string): Promise<unknown> =>
  engine.ask('renameContainer', change({ name: id, query: { name } }));

const start = (engine: StepEngine, id: string): Promise<unknown> =>
  engine.ask('startContainer', change({ name: id }));

const stop = (engine: StepEngine, one: Told, graceSeconds: number): Promise<unknown> =>
  isUp(one)
    ? engine.ask('stopContainer', {
        ...{ name: one.id, query: { t: graceSeconds } },
        deadlineMs: engineMs + graceSeconds * 1000,
      })
    : nothing;

/** Its volumes stay, those without a name too. */
const remove = (engine: StepEngine, id: string): Promise<unknown> =>
  engine.ask('removeContainer', change({ name: id }));

async function create(
  engine: StepEngine,
  name: string,
  { body, connect, disconnect }: Recreation,
): Promise<void> {
  const made = await engine.ask('createContainer', change({ query: { name }, body }));
  const id = textAt(made, 'Id');
  for (const { network, endpoint } of connect) {
    const joined = { Container: id, EndpointConfig: endpoint };
    await engine.ask('connectNetwork', change({ name: network, body: joined }));
  }
  for (const network of disconnect) {
    await engine.ask('disconnectNetwork', change({ name: network, body: { Container: id, Force: true } }));
  }
}
