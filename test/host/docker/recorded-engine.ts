/** What an engine said once: answers by call and name from a file; its events never come and never end. */

import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Readable } from 'node:stream';
import { Problem } from '../../../src/base/errors.ts';
import type { Engine } from '../../../src/host/docker/engine.ts';

const fixtures = resolve(import.meta.dirname, '../../fixtures/docker');

interface Record {
  readonly ask: { readonly [call: string]: unknown };
  /** The bytes of a stream, in base64. */
  readonly stream?: { readonly [call: string]: string };
}

export function recordedEngine(name: string): Engine {
  const record: Record = JSON.parse(readFileSync(join(fixtures, `${name}.json`), 'utf8'));
  const keyOf = (call: string, named?: string) => (named === undefined ? call : `${call} ${named}`);
  return {
    async ask(call, { name: named } = {}) {
      const answer = record.ask[keyOf(call, named)];
      if (answer === undefined)
        throw new Problem('not_found', { detail: `No record of ${keyOf(call, named)}.` });
      return structuredClone(answer);
    },
    async stream(call, { name: named, signal } = {}) {
      if (call !== 'events')
        return Readable.from([Buffer.from(record.stream?.[keyOf(call, named)] ?? '', 'base64')]);
      const events = new Readable({ read() {} });
      signal?.addEventListener('abort', () => events.destroy(), { once: true });
      return events;
    },
    close() {},
  };
}
