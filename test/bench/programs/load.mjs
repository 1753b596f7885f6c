/**
 * A client process: keeps `connections` busy for `ms` and prints how many requests were answered and how long they took.
 * Its arguments are one JSON object: { where, path, method, headers, body, connections, ms, keepAlive }; without keepAlive
 * each request has a connection of its own.
 */

import { Agent, request } from 'node:http';

const { where, path, method, headers, body, connections, ms, keepAlive = true } = JSON.parse(process.argv[2]);
const agent = new Agent({ keepAlive, maxSockets: connections });
const times = [];
let bad = 0;
const until = performance.now() + ms;

const once = () =>
  new Promise((resolve) => {
    const began = performance.now();
    const outgoing = request({ ...where, path, method, headers, agent }, (answer) => {
      if (answer.statusCode !== 200) bad += 1;
      answer.resume();
      answer.on('end', () => {
        times.push(performance.now() - began);
        resolve();
      });
    });
    outgoing.on('error', () => {
      bad += 1;
      resolve();
    });
    outgoing.end(body);
  });

await Promise.all(
  Array.from({ length: connections }, async () => {
    while (performance.now() < until) await once();
  }),
);
agent.destroy();
times.sort((a, b) => a - b);
console.log(
  JSON.stringify({
    count: times.length,
    bad,
    p50Ms: times[times.length >> 1],
    p99Ms: times[Math.floor(times.length * 0.99)],
    maxMs: times.at(-1),
  }),
);
