/** The lines of a stream that the engine sends, as they come. */

import type { Readable } from 'node:stream';

const longestLine = 1024 * 1024;

/** Ends the stream when nobody reads on, and when the signal is aborted, with whose reason it throws. */
export async function* linesOf(stream: Readable, signal: AbortSignal): AsyncGenerator<string> {
  const stop = (): void => void stream.destroy();
  signal.addEventListener('abort', stop, { once: true });
  let rest = '';
  try {
    signal.throwIfAborted();
    stream.setEncoding('utf8');
    for await (const chunk of stream as AsyncIterable<string>) {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop() ?? '';
      if (rest.length > longestLine) rest = '';
      yield* lines;
    }
    signal.throwIfAborted();
    if (rest !== '') yield rest;
  } catch (thrown) {
    throw signal.aborted ? signal.reason : thrown;
  } finally {
    signal.removeEventListener('abort', stop);
    stream.destroy();
  }
}
