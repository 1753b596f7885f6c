/** What the daemon costs when nobody asks: CPU and memory over ten minutes. Only when it is named. */

import { makeHome } from '../integration/daemon.ts';
import { startBundle } from './bundle.ts';
import { cpuMicroseconds, printTable, rssMegabytes } from './measure.ts';

const minutes = 10;
const settledMs = 20_000;

const after = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

export async function benchIdle(): Promise<void> {
  const home = makeHome();
  const daemon = await startBundle(home);
  const pid = daemon.child.pid ?? 0;
  await after(settledMs);
  const [cpu, began] = [cpuMicroseconds(pid), performance.now()];
  const rss = [rssMegabytes(pid)];
  for (let minute = 0; minute < minutes; minute++) {
    await after(60_000);
    rss.push(rssMegabytes(pid));
  }
  const share = (cpuMicroseconds(pid) - cpu) / 10 / (performance.now() - began);
  await daemon.end();
  home.remove();
  printTable(
    `Idle for ${minutes} minutes`,
    ['', 'measured', 'aim'],
    [
      ['CPU, of a core', `${share.toFixed(2)} %`, '< 0.5 %'],
      ['RSS at first', `${(rss[0] ?? 0).toFixed(1)} MB`, ''],
      ['RSS at last', `${(rss.at(-1) ?? 0).toFixed(1)} MB`, 'flat'],
      ['RSS at most', `${Math.max(...rss).toFixed(1)} MB`, ''],
    ],
  );
}
