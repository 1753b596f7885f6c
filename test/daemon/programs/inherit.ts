/** Takes over its listeners and prints them, with what is left of LISTEN_* in its environment. */

import { closeSync, readFileSync } from 'node:fs';
import { asProblem } from '../../../src/base/errors.ts';
import { inheritedListeners } from '../../../src/daemon/listeners.ts';

// The parent cannot know this process's number before it runs.
if (process.env['LISTEN_PID'] === 'own') process.env['LISTEN_PID'] = String(process.pid);
for (const fd of process.argv.slice(2)) closeSync(Number(fd));

try {
  const listeners = await inheritedListeners();
  const flags = listeners.map(({ fd }) => readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8'));
  console.log(
    JSON.stringify({
      listeners,
      left: Object.keys(process.env).filter((name) => name.startsWith('LISTEN_')),
      closeOnExec: flags.every(
        (text) => (Number.parseInt(/flags:\t(\d+)/.exec(text)?.[1] ?? '', 8) & 0o2000000) !== 0,
      ),
    }),
  );
} catch (thrown) {
  const { code, detail, hint } = asProblem(thrown);
  console.log(JSON.stringify({ code, detail, hint }));
}
