/** `tailscale …`: how the daemon gets behind Tailscale Serve, and whether it stands well there. Both change nothing. */

import { lstatSync } from 'node:fs';
import { join } from 'node:path';
import { asProblem, type Problem } from '../base/errors.ts';
import { liveMachine } from '../base/machine-root.ts';
import { type Programs, systemPrograms } from '../base/run-program.ts';
import { productName } from '../base/version.ts';
import { systemPlaces } from '../config/places.ts';
import { readLoginAccounts } from '../host/login-accounts.ts';
import { readTailscale, type Tailscale } from '../host/tailscale.ts';
import { wrap } from './command.ts';
import { type DoorFile, type Finding, oldestVersion, serveFindings } from './serve-findings.ts';

const { runtimeDirectory } = systemPlaces({});
const door = join(runtimeDirectory, 'tailscale.sock');
const socketUnit = `${productName}-tailscale.socket`;

/** What systemmanager-mcp.socket and systemmanager-mcp-tcp.socket listen on. */
const otherDoors = [
  join(runtimeDirectory, 'mcp.sock'),
  ...['', 'http://'].flatMap((scheme) => ['127.0.0.1', 'localhost'].map((host) => `${scheme}${host}:8080`)),
];

/** Prints the steps, each with its reason. */
export async function setup(): Promise<number> {
  const found = await ask(systemPrograms);
  const name = 'served' in found ? found.node?.name : undefined;
  process.stdout.write(setupText(name));
  return 0;
}

/** @returns 1 where something stands in the way */
export async function status(): Promise<number> {
  const found = await ask(systemPrograms);
  const file = doorFile();
  const findings: readonly Finding[] =
    'served' in found
      ? serveFindings({
          tailscale: found,
          door,
          ...(file === undefined ? {} : { doorFile: file }),
          otherDoors,
          loginAccounts: readLoginAccounts(liveMachine()),
        })
      : [
          {
            kind: 'mend',
            says: found.detail,
            hint: found.hint ?? `Install Tailscale ${oldestVersion} or later.`,
          },
        ];
  process.stdout.write(statusText(findings));
  return findings.some(({ kind }) => kind === 'mend') ? 1 : 0;
}

/** Tailscale, or why nothing is known of it. */
const ask = (programs: Programs): Promise<Tailscale | Problem> => readTailscale(programs).catch(asProblem);

function doorFile(): DoorFile | undefined {
  const stats = lstatSync(door, { throwIfNoEntry: false });
  return stats === undefined
    ? undefined
    : { socket: stats.isSocket(), uid: stats.uid, mode: stats.mode & 0o777 };
}

export const statusText = (findings: readonly Finding[]): string =>
  findings
    .map(({ kind, says, hint }) => {
      const lines = [
        kind.padEnd(7) + wrap(says, 7).trimStart(),
        ...(hint === undefined ? [] : [wrap(hint, 7)]),
      ];
      return `${lines.join('\n')}\n`;
    })
    .join('');

interface Step {
  readonly does: string;
  readonly commands: readonly string[];
  readonly why: string;
}

const stepsFor = (name: string): readonly Step[] => [
  {
    does: `Have Tailscale ${oldestVersion} or later.`,
    commands: ['tailscale version'],
    why: 'Before that, others than root could have Serve connect to a socket that is meant for root alone.',
  },
  {
    does: 'Open the socket that is made for Serve.',
    commands: [`systemctl enable ${socketUnit}`, `systemctl restart ${productName}.service`],
    why:
      'Only root, as whom tailscaled runs, can connect to it, and what comes in there is never taken for a program of ' +
      'this machine. systemd hands it to the daemon at a restart, which loses no request.',
  },
  {
    does: 'Have Serve pass HTTPS on to it, and to no other door.',
    commands: [`tailscale serve --bg --https=443 unix:${door}`],
    why:
      'Serve ends TLS with a certificate for the name of this machine and lets in only the tailnet. Leave Funnel off: ' +
      'the daemon refuses every request that comes through it.',
  },
  {
    does: 'Make a token for each agent.',
    commands: [`${productName} token mint --agent NAME --scopes monitor --ttl 30d`],
    why:
      'To be in the tailnet gives no right here. Names of users that Serve adds are neither believed nor needed; a ' +
      'token passes through as it is.',
  },
  {
    does: 'Try it from another machine of the tailnet.',
    commands: [`curl -H 'Authorization: Bearer TOKEN' https://${name}/tools/whoami`],
    why: 'It answers with the agent, its scopes and the door, which must be tailscale.',
  },
];

const undo: Step = {
  does: 'To undo it:',
  commands: ['tailscale serve --https=443 off', `systemctl disable --now ${socketUnit}`],
  why: 'The daemon and its other doors stay as they are.',
};

const stepText = (head: string, { commands, why }: Step): string =>
  [wrap(head, 3, 0), '', ...commands.map((command) => `       ${command}`), '', wrap(why, 3)].join('\n');

export function setupText(name = 'HOST.TAILNET.ts.net'): string {
  const before =
    'Nothing was changed: these are the steps, each to be run as root. Afterwards ' +
    `${productName} tailscale status says whether all is well.`;
  const steps = stepsFor(name).map((step, index) => stepText(`${index + 1}. ${step.does}`, step));
  return `${[wrap(before, 0), ...steps, stepText(undo.does, undo)].join('\n\n')}\n`;
}
