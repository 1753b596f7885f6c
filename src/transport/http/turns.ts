/** Spreads work over turns of the event loop. */

/**
 * @returns a function each of whose callers goes on in a turn of its own, in the order in which they asked. What arrives
 * at once on many connections would else be one turn, in which no timer fires and nobody else is heard.
 */
export function openTurns(): () => Promise<void> {
  let last = Promise.resolve();
  return () => {
    last = last.then(() => new Promise((resolve) => setImmediate(resolve)));
    return last;
  };
}
