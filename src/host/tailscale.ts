/** What Tailscale on this machine is and what its Serve passes on, as its own program tells. Nothing is changed. */

import { Problem } from '../base/errors.ts';
import type { Programs } from '../base/run-program.ts';
import { shortWords } from './systemctl.ts';

/** One thing that Serve passes on: where it is reached, and what answers there. */
export interface Served {
  /** `host:port/path` of a web handler, `port N` of a forwarded TCP port. */
  readonly at: string;
  /** As it was given to Serve: `unix:/path`, `http://127.0.0.1:3000`, a folder or a text. */
  readonly target: string;
  readonly kind: 'web' | 'tcp';
  /** Whether Funnel opens it to the internet. */
  readonly funnel: boolean;
}

/** This machine in its tailnet. */
export interface TailscaleNode {
  /** Of tailscaled. */
  readonly version: string;
  /** `Running`, `Stopped`, `NeedsLogin` … */
  readonly state: string;
  /** Its name in the tailnet, without the last dot; absent where it has none. */
  readonly name?: string;
  /** Without tags it belongs to the user who logged it in. */
  readonly tags: readonly string[];
}

export interface Tailscale {
  /** Of the program `tailscale`. */
  readonly version: string;
  /** Absent where tailscaled does not answer; `silent` says why. */
  readonly node?: TailscaleNode;
  readonly served: readonly Served[];
  readonly silent?: string;
}

const deadlineMs = 10_000;

/** Throws `unavailable` where Tailscale is not installed or its answer is no JSON, and `deadline_exceeded` where it does not answer. */
export async function readTailscale(programs: Programs): Promise<Tailscale> {
  const ask = (...args: readonly string[]) => programs.run({ program: 'tailscale', args, deadlineMs });
  const version = parseVersion((await ask('version')).stdout);
  const status = await ask('status', '--json', '--peers=false');
  if (status.exitCode !== 0) return { version, served: [], silent: shortWords(status.stderr.trim(), 200) };
  const node = parseNode(status.stdout);
  const serve = await ask('serve', 'status', '--json');
  if (serve.exitCode !== 0)
    return { version, node, served: [], silent: shortWords(serve.stderr.trim(), 200) };
  return { version, node, served: parseServed(serve.stdout) };
}

/** The first line of `tailscale version`, without what follows the three numbers. */
export const parseVersion = (text: string): string =>
  /^\d+\.\d+(?:\.\d+)?/.exec(text.trim())?.[0] ?? shortWords(text.split('\n')[0] ?? '', 40);

type Json = Readonly<Record<string, unknown>>;

function jsonOf(text: string): Json {
  try {
    return objectOf(JSON.parse(text));
  } catch (cause) {
    throw new Problem('unavailable', { detail: 'What tailscale answered is not JSON.', cause });
  }
}

const objectOf = (value: unknown): Json =>
  typeof value === 'object' && value !== null ? (value as Json) : {};
const entriesOf = (value: unknown): readonly [string, Json][] =>
  Object.entries(objectOf(value)).map(([name, inner]) => [name, objectOf(inner)]);
const wordsOf = (value: unknown): string => (typeof value === 'string' ? shortWords(value, 300) : '');

/** `tailscale status --json`: Version, BackendState and Self. */
export function parseNode(text: string): TailscaleNode {
  const { Version, BackendState, Self } = jsonOf(text);
  const { DNSName, Tags } = objectOf(Self);
  const name = wordsOf(DNSName).replace(/\.$/, '');
  return {
    version: parseVersion(wordsOf(Version)),
    state: wordsOf(BackendState),
    ...(name === '' ? {} : { name }),
    tags: Array.isArray(Tags) ? Tags.map(wordsOf) : [],
  };
}

/**
 * `tailscale serve status --json`: web handlers and forwarded ports of the node itself (TCP, Web, AllowFunnel), of its
 * services (Services) and of commands that run in the foreground (Foreground), each shaped alike.
 */
export function parseServed(text: string): readonly Served[] {
  const whole = jsonOf(text);
  const nested = [whole['Services'], whole['Foreground']].flatMap(entriesOf).map(([, config]) => config);
  return [whole, ...nested].flatMap(servedIn);
}

function servedIn({ TCP, Web, AllowFunnel }: Json): readonly Served[] {
  const open = objectOf(AllowFunnel);
  const web = entriesOf(Web).flatMap(([hostPort, { Handlers }]) =>
    entriesOf(Handlers).map(([path, handler]) => ({
      at: wordsOf(`${hostPort}${path}`),
      target: wordsOf(handler['Proxy'] ?? handler['Path'] ?? handler['Text'] ?? handler['Redirect']),
      kind: 'web' as const,
      funnel: open[hostPort] === true,
    })),
  );
  const tcp = entriesOf(TCP)
    .filter(([, { TCPForward }]) => typeof TCPForward === 'string')
    .map(([port, { TCPForward }]) => ({
      at: wordsOf(`port ${port}`),
      target: wordsOf(TCPForward),
      kind: 'tcp' as const,
      funnel: Object.keys(open).some((hostPort) => hostPort.endsWith(`:${port}`) && open[hostPort] === true),
    }));
  return [...web, ...tcp];
}
