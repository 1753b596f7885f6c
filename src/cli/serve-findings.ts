/** What stands between this machine and a daemon behind Tailscale Serve: facts in, judgements out; it reads nothing. */

import type { Served, Tailscale } from '../host/tailscale.ts';

/** What is there under the path of the door for Serve. */
export interface DoorFile {
  readonly socket: boolean;
  readonly uid: number;
  /** Permission bits. */
  readonly mode: number;
}

export interface ServeFacts {
  readonly tailscale: Tailscale;
  /** The socket that Serve is to use. */
  readonly door: string;
  /** Absent where there is nothing. */
  readonly doorFile?: DoorFile;
  /** The daemon's other doors, as Serve's targets would name them. */
  readonly otherDoors: readonly string[];
  readonly loginAccounts: readonly string[];
}

/** `mend` stands in the way, `beware` does not. */
export interface Finding {
  readonly kind: 'ok' | 'mend' | 'beware';
  readonly says: string;
  /** What to do about it. */
  readonly hint?: string;
}

/** Before 1.100 more users than root could have Serve connect to a socket that is root's. */
export const oldestVersion = '1.100';

export const setupHint = 'systemmanager-mcp tailscale setup says how.';

export function serveFindings(facts: ServeFacts): readonly Finding[] {
  const { tailscale } = facts;
  return [
    versionFinding('tailscale', tailscale.version),
    ...nodeFindings(tailscale),
    doorFinding(facts),
    ...(tailscale.node === undefined ? [] : servedFindings(facts)),
    ...accountFindings(facts),
  ];
}

/** Whether version `a` is `b` or later, number by number. */
export function isSince(a: string, b: string): boolean {
  const [left, right] = [a, b].map((text) => text.split('.').map(Number)) as [number[], number[]];
  for (let i = 0; i < right.length; i++) {
    const difference = (left[i] ?? 0) - (right[i] ?? 0);
    if (difference !== 0) return difference > 0;
  }
  return true;
}

function versionFinding(program: string, version: string): Finding {
  if (/^\d/.test(version) && isSince(version, oldestVersion)) {
    return { kind: 'ok', says: `${program} ${version}` };
  }
  return {
    kind: 'mend',
    says: `${program} is ${version}, and ${oldestVersion} or later is needed`,
    hint: `Update Tailscale: before ${oldestVersion} others than root could have Serve connect to sockets of root.`,
  };
}

function nodeFindings({ node, silent }: Tailscale): readonly Finding[] {
  const quiet: readonly Finding[] =
    silent === undefined
      ? []
      : [
          {
            kind: 'mend',
            says: `Tailscale does not tell all: ${silent}`,
            hint: 'Ask as root; see systemctl status tailscaled.',
          },
        ];
  if (node === undefined) return quiet;
  const state: Finding =
    node.state === 'Running'
      ? { kind: 'ok', says: `in the tailnet as ${node.name ?? 'a machine without a name'}` }
      : { kind: 'mend', says: `Tailscale is in the state ${node.state}`, hint: 'Run tailscale up.' };
  return [versionFinding('tailscaled', node.version), state, ...quiet];
}

function doorFinding({ door, doorFile }: ServeFacts): Finding {
  if (doorFile === undefined || !doorFile.socket) {
    return { kind: 'mend', says: `there is no socket ${door}`, hint: setupHint };
  }
  if (doorFile.uid !== 0 || (doorFile.mode & 0o077) !== 0) {
    return {
      kind: 'mend',
      says: `${door} is open to others than root`,
      hint: 'Take out what changes SocketUser= or SocketMode= of systemmanager-mcp-tailscale.socket.',
    };
  }
  return { kind: 'ok', says: `${door} is there, for root alone` };
}

/** Serve names a socket with or without slashes after the colon. */
const bare = (target: string): string => target.replace(/^unix:(\/\/)?/, '');

function servedFindings({ tailscale, door, otherDoors }: ServeFacts): readonly Finding[] {
  const ours = tailscale.served.filter(({ target }) => bare(target) === door);
  const astray = tailscale.served.filter(({ target }) => otherDoors.some((other) => bare(target) === other));
  const nothing: readonly Finding[] =
    ours.length > 0 ? [] : [{ kind: 'mend', says: `Serve passes nothing on to ${door}`, hint: setupHint }];
  return [
    ...nothing,
    ...ours.map(oursFinding),
    ...astray.map(astrayFinding),
    ...[...ours, ...astray].flatMap(funnelFindings),
  ];
}

const oursFinding = ({ at, target, kind }: Served): Finding =>
  kind === 'web'
    ? { kind: 'ok', says: `Serve passes ${at} on to ${target}` }
    : {
        kind: 'mend',
        says: `Serve forwards ${at} to ${target} as bare TCP`,
        hint: 'Use --https: without HTTP a request from Funnel cannot be told from one of the tailnet.',
      };

const astrayFinding = ({ at, target }: Served): Finding => ({
  kind: 'mend',
  says: `Serve passes ${at} on to ${target}, a door that is not meant for it`,
  hint: `There the tailnet looks like a program of this machine. ${setupHint}`,
});

const funnelFindings = ({ at, funnel }: Served): readonly Finding[] =>
  funnel
    ? [
        {
          kind: 'mend',
          says: `Funnel opens ${at} to the internet`,
          hint: `Switch it off with tailscale funnel off and serve it anew; the daemon refuses what comes through. ${setupHint}`,
        },
      ]
    : [];

function accountFindings({ tailscale: { node }, loginAccounts }: ServeFacts): readonly Finding[] {
  if (node === undefined) return [];
  if (node.tags.length > 0)
    return [{ kind: 'ok', says: `tagged ${node.tags.join(', ')}: it belongs to no user` }];
  if (loginAccounts.length < 2) return [];
  return [
    {
      kind: 'beware',
      says:
        `this machine belongs to a user of the tailnet and has ${loginAccounts.length} accounts ` +
        `(${loginAccounts.slice(0, 5).join(', ')}${loginAccounts.length > 5 ? ' …' : ''}): ` +
        'each of them reaches what Serve passes on in the name of that user',
      hint: 'This daemon asks for a token all the same. Tag the machine if anything else behind Serve goes by the user.',
    },
  ];
}
