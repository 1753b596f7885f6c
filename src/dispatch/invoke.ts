/**
 * The one way into a tool, for every wire: find, authorize, rate, validate, record the intent, run within bounds,
 * clip, record the outcome. It knows nothing of HTTP, MCP, the host's files or the settings: what varies it is
 * handed as functions.
 */

import type { AuditEntry, Trail } from '../audit/trail.ts';
import type { Caller } from '../auth/caller.ts';
import type { Clock } from '../base/clock.ts';
import { asProblem, Problem } from '../base/errors.ts';
import { nearest } from '../base/nearest.ts';
import { quote } from '../base/quote.ts';
import type { Host } from '../host/host.ts';
import type { Effect, Tool } from '../tools/tool.ts';
import { authorize, grantOf, mayUse } from './authorize.ts';
import { type Bounds, openBounds } from './bounds.ts';
import type { CheckedCatalogue } from './checked-catalogue.ts';
import { type Clipped, clip } from './clip.ts';
import { refuseMisplacedToken } from './misplaced.ts';
import { openRateLimiter } from './rate.ts';

export interface Call {
  /** The correlation id, in every record and every answer. */
  readonly id: string;
  /** The tool's name or an older one. */
  readonly tool: string;
  readonly args: unknown;
  readonly caller: Caller;
  /** Aborted when the caller cancels or goes away. */
  readonly signal?: AbortSignal;
  readonly progress?: (done: number, total?: number, message?: string) => void;
}

export interface Answer extends Clipped {
  readonly tool: Tool;
}

export interface Dispatcher {
  /** Runs one call. Throws nothing but `Problem`. */
  invoke(call: Call): Promise<Answer>;
  /** Whether this failure stands in the audit already. */
  recorded(problem: Problem): boolean;
  /** The tools this caller may use, in the catalogue's order. */
  toolsFor(caller: Caller): readonly Tool[];
  /** The tool of that name or older name, whoever asks. */
  find(name: string): Tool | undefined;
  /** Grows as long as the bookkeeping of running calls goes on, however busy the slots are. */
  heartbeat(): number;
  /** Calls that run or wait. */
  running(): number;
  /** Ends what still runs, as `draining`. */
  abortAll(): void;
  close(): void;
}

export interface DispatcherParts {
  readonly catalogue: CheckedCatalogue;
  readonly host: Host;
  readonly trail: Trail;
  readonly clock: Clock;
  /** Calls a minute and caller. */
  readonly ratePerMinute: () => number;
  /** Why the settings leave a tool out, in words; undefined for one that is there. Asked at each call. */
  readonly leftOut?: (tool: Tool) => string | undefined;
  /** Told of every failure that is nobody's fault but ours. */
  readonly onInternal: (problem: Problem, call: Call) => void;
}

const defaultBytes = 8 * 1024;
const detailedBytes = 64 * 1024;
const defaultMs = 10_000;

interface Name {
  readonly tool: Tool;
  readonly older?: NonNullable<Tool['aliases']>[number];
}

function namesOf(catalogue: readonly Tool[]): ReadonlyMap<string, Name> {
  const names = new Map<string, Name>();
  for (const tool of catalogue) {
    names.set(tool.name, { tool });
    for (const older of tool.aliases ?? []) names.set(older.name, { tool, older });
  }
  return names;
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export function openDispatcher(parts: DispatcherParts): Dispatcher {
  const { host, trail, clock } = parts;
  const { tools, validate } = parts.catalogue;
  const names = namesOf(tools);
  const rate = openRateLimiter(clock, parts.ratePerMinute);
  const bounds = openBounds(clock, () => rate.sweep());
  const recorded = new WeakSet<Problem>();
  const leftOut = parts.leftOut ?? (() => undefined);
  const toolsFor = (caller: Caller): readonly Tool[] =>
    tools.filter((tool) => mayUse(caller, tool) && leftOut(tool) === undefined);

  /** Calls are counted by agent; who has no name is counted by where it comes from. */
  const rateKey = (caller: Caller) => (caller.proof === 'none' ? `none ${caller.source}` : caller.agent);

  const find = (call: Call): Name => {
    const name = names.get(call.tool);
    const reason = name && leftOut(name.tool);
    if (name !== undefined && reason === undefined) return name;
    const own = toolsFor(call.caller).map((tool) => tool.name);
    if (name !== undefined) {
      throw new Problem('tool_unknown', {
        detail: `There is no tool ${quote(call.tool)} here: ${reason}.`,
        hint: `The operator decides on it. This caller may use ${own.join(', ')}.`,
      });
    }
    const near = nearest(call.tool, own);
    throw new Problem('tool_unknown', {
      detail: `There is no tool ${quote(call.tool)}.`,
      hint: near === undefined ? `This caller may use ${own.join(', ')}.` : `Did you mean '${near}'?`,
    });
  };

  const pass = async (call: Call, entry: AuditEntry): Promise<Answer> => {
    const { tool, older } = find(call);
    entry.named(tool.name, older?.name);
    const given = older?.args !== undefined && isRecord(call.args) ? older.args(call.args) : call.args;
    entry.arguments(given, tool);
    const effect: Effect = authorize(call.caller, tool, given);
    rate.take(rateKey(call.caller));
    refuseMisplacedToken(given);
    const args = validate(tool, given);
    if (effect !== 'read') entry.intent();
    const data = await run(bounds, tool, args, call, host, clock);
    const limit = tool.limits?.bytes ?? (args['detail'] === 'detailed' ? detailedBytes : defaultBytes);
    return { ...clip(data, limit, tool.rest), tool };
  };

  return {
    async invoke(call) {
      const { caller } = call;
      const entry = trail.open({
        correlationId: call.id,
        door: caller.door,
        source: caller.source,
        caller,
        tool: call.tool,
      });
      try {
        const answer = await pass(call, entry);
        entry.done({ bytes: answer.bytes, truncated: answer.truncated });
        return answer;
      } catch (thrown) {
        const problem = asProblem(thrown);
        entry.failed(problem);
        recorded.add(problem);
        if (problem.code === 'internal') parts.onInternal(problem, call);
        throw problem;
      }
    },
    recorded: (problem) => recorded.has(problem),
    toolsFor,
    find: (name) => names.get(name)?.tool,
    heartbeat: bounds.heartbeat,
    running: bounds.running,
    abortAll: bounds.abortAll,
    close: bounds.close,
  };
}

function run(
  bounds: Bounds,
  tool: Tool,
  args: Record<string, unknown>,
  call: Call,
  host: Host,
  clock: Clock,
): Promise<Record<string, unknown>> {
  return bounds.run(
    call.caller.agent,
    tool.limits?.ms ?? defaultMs,
    call.signal,
    (signal) =>
      tool.run(args, {
        host,
        grant: grantOf(call.caller),
        signal,
        now: clock.now,
        progress(done, total, message) {
          if (!signal.aborted) call.progress?.(done, total, message);
        },
      }) as Record<string, unknown> | Promise<Record<string, unknown>>,
  );
}
