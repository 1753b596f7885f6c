/** Tells the service manager what its arguments say, `method=text` each, and prints the troubles it had. */

import { openServiceManager, stdoutIsJournal } from '../../../src/daemon/systemd.ts';

const troubles: { message: string; hint: string }[] = [];
const manager = await openServiceManager({
  onTrouble: (message, { hint }) => troubles.push({ message, hint }),
});

for (const word of process.argv.slice(2)) {
  const [method, ...text] = word.split('=');
  if (method === 'ready' || method === 'status' || method === 'stopping') manager[method](text.join('='));
  if (method === 'reloading' || method === 'keepAlive') manager[method]();
}
const { present, watchdogIntervalMs } = manager;
console.log(JSON.stringify({ present, watchdogIntervalMs, troubles, journal: stdoutIsJournal() }));
