/** A trail on a folder of its own, with what it wrote and what it complained of. */

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { openTrail, type Trail, type TrailNeeds } from '../../src/audit/trail.ts';
import type { Caller } from '../../src/auth/caller.ts';
import { type StillClock, stillClock } from '../still-clock.ts';

export interface Opened {
  readonly file: string;
  readonly clock: StillClock;
  readonly troubles: string[];
  readonly trail: Trail;
  /** What is in the file, or in one beside it. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look into it
  records(suffix?: string): any[];
}

export function folderFor(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'audit-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export function openedTrail(t: TestContext, needs: Partial<TrailNeeds> = {}): Opened {
  const file = needs.file ?? join(folderFor(t), 'audit.log');
  const clock = stillClock();
  const troubles: string[] = [];
  const trail = openTrail({
    file,
    maxSizeBytes: 1e9,
    keep: 3,
    clock,
    onTrouble: (message) => troubles.push(message),
    ...needs,
  });
  t.after(() => trail.close());
  return {
    file,
    clock,
    troubles,
    trail,
    records: (suffix = '') =>
      readFileSync(`${file}${suffix}`, 'utf8')
        .split('\n')
        .slice(0, -1)
        .map((line) => JSON.parse(line)),
  };
}

export const claude: Caller = Object.freeze({
  agent: 'claude',
  proof: 'token',
  tokenId: 'k3Vx',
  scopes: ['monitor', 'fs'] as const,
  door: 'mcp',
  source: 'uid 1000',
});

/** A call of claude's that has just come in. */
export const callOf = (tool: string, correlationId = 'c-1') =>
  ({ correlationId, door: 'mcp', source: 'uid 1000', caller: claude, tool }) as const;
