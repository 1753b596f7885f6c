/** The JSON body of a request, within bounds of size, depth and kind. */

import type { IncomingMessage } from 'node:http';
import { Problem } from '../../base/errors.ts';

export const maxBodyBytes = 1024 * 1024;
const maxDepth = 64;

/** Whether brackets nest deeper than `limit` outside of strings; linear, and before anything recursive sees it. */
export function nestsDeeper(json: string, limit: number): boolean {
  let depth = 0;
  let inText = false;
  for (let i = 0; i < json.length; i++) {
    const c = json.charCodeAt(i);
    if (inText) {
      if (c === 0x5c) i += 1;
      else if (c === 0x22) inText = false;
    } else if (c === 0x22) inText = true;
    else if (c === 0x5b || c === 0x7b) {
      depth += 1;
      if (depth > limit) return true;
    } else if (c === 0x5d || c === 0x7d) depth -= 1;
  }
  return false;
}

const tooLarge = () =>
  new Problem('body_too_large', { detail: `The body is larger than ${maxBodyBytes} bytes.` });

/** By its events: an iterator over the stream would cost more than all else that is done to a small body. */
function readBytes(request: IncomingMessage): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const onData = (chunk: Buffer): void => {
      size += chunk.length;
      chunks.push(chunk);
      if (size > maxBodyBytes) over(() => reject(tooLarge()));
    };
    const onEnd = () => over(() => resolve(Buffer.concat(chunks, size)));
    const onGone = () => over(() => reject(new Problem('cancelled')));
    const over = (settle: () => void): void => {
      request.off('data', onData).off('end', onEnd).off('error', onGone).off('close', onGone);
      settle();
    };
    if (request.destroyed) onGone();
    else request.on('data', onData).on('end', onEnd).on('error', onGone).on('close', onGone);
  });
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

async function readText(request: IncomingMessage): Promise<string> {
  if (Number(request.headers['content-length'] ?? 0) > maxBodyBytes) throw tooLarge();
  const bytes = await readBytes(request);
  try {
    return utf8.decode(bytes);
  } catch (cause) {
    throw new Problem('body_malformed', { detail: 'The body is not UTF-8.', cause });
  }
}

/**
 * The parsed body; `undefined` when there is none.
 * Throws `media_type_refused`, `body_too_large` or `body_malformed`.
 */
export async function readJson(request: IncomingMessage): Promise<unknown> {
  const text = await readText(request);
  if (text.trim() === '') return undefined;
  const type = request.headers['content-type'] ?? '';
  if (!/^application\/json\s*(;|$)/i.test(type)) throw new Problem('media_type_refused');
  if (nestsDeeper(text, maxDepth)) {
    throw new Problem('body_malformed', { detail: `The body nests deeper than ${maxDepth} levels.` });
  }
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new Problem('body_malformed', {
      detail: 'The body is not valid JSON.',
      hint: 'Send one JSON object, e.g. {}.',
      cause,
    });
  }
}
