/** What one sample of the whole machine costs: ours, systeminformation's and psutil's, of the same facts. */

import systeminformation from 'systeminformation';
import { systemClock } from '../../src/base/clock.ts';
import { liveMachine } from '../../src/base/machine-root.ts';
import { openSampler, sampleEveryMs } from '../../src/host/sampler.ts';
import { median, printTable } from './measure.ts';
import { hasPsutil, psutilMicroseconds } from './psutil.ts';

const repeats = 500;
/** It starts programs for some of them. */
const slowRepeats = 5;

const microseconds = (began: number): number => (performance.now() - began) * 1000;

function oursMicroseconds(): number {
  const sampler = openSampler(liveMachine(), systemClock);
  for (let warm = 0; warm < repeats; warm++) sampler.sample();
  const times = Array.from({ length: repeats }, () => {
    const began = performance.now();
    sampler.sample();
    return microseconds(began);
  });
  sampler.close();
  return median(times);
}

async function systeminformationMicroseconds(): Promise<number> {
  const times: number[] = [];
  for (let n = 0; n < slowRepeats; n++) {
    const began = performance.now();
    await Promise.all([
      systeminformation.currentLoad(),
      systeminformation.mem(),
      systeminformation.networkStats('*'),
      systeminformation.disksIO(),
    ]);
    systeminformation.time();
    times.push(microseconds(began));
  }
  return median(times);
}

export async function benchSnapshot(rounds: number): Promise<void> {
  const figures = { ours: [] as number[], systeminformation: [] as number[], psutil: [] as number[] };
  for (let round = 0; round < rounds; round++) {
    figures.ours.push(oursMicroseconds());
    figures.systeminformation.push(await systeminformationMicroseconds());
    if (hasPsutil) figures.psutil.push(psutilMicroseconds('snapshot', repeats));
  }
  const ours = median(figures.ours);
  const row = (name: string, times: readonly number[], aim = '') => [
    name,
    `${median(times).toFixed(0)} µs`,
    (median(times) / ours).toFixed(1),
    aim,
  ];
  printTable(
    `A snapshot of processors, memory, load, network, disks and uptime; ours with pressure (median of ${rounds})`,
    ['', 'a snapshot', 'times ours', 'aim'],
    [
      row('sampler', figures.ours, '≤ 150 µs'),
      row('systeminformation', figures.systeminformation),
      ...(hasPsutil ? [row('python3-psutil', figures.psutil)] : []),
    ],
  );
  const share = (ours / 1000 / sampleEveryMs) * 100;
  console.log(`\nOnce a second that is ${share.toFixed(3)} % of a core (aim < 0.3 %).`);
}
