/**
 * A client process. Each line of its input is one JSON object, { where, path, method, headers, body, connections, ms,
 * keepAlive }: it keeps `connections` busy for `ms` and prints how many requests were answered and how long they took.
 * Without keepAlive each request has a connection of its own. It lives for many lines, so that what is compared is asked by
 * the same warm code. `$id` in a body is another number in each request.
 */

import { Agent, request } from 'node:http';
import { createInterface } from 'node:readline';

let id = 100;

async function load({ where, path, method, headers, body, connections, ms, keepAlive = true }) {
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
      outgoing.end(body?.replace('$id', id++));
    });

  await Promise.all(
    Array.from({ length: connections }, async () => {
      while (performance.now() < until) await once();
    }),
  );
  agent.destroy();
  times.sort((a, b) => a - b);
  return { count: times.length, bad, p50Ms: times[times.length >> 1], maxMs: times.at(-1) };
}

for await (const line of createInterface(process.stdin)) {
  console.log(JSON.stringify(await load(JSON.parse(line))));
}
