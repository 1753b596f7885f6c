/** A real engine, a host that looks at it through the recording proxy, and its tools as a caller meets them. */

import assert from 'node:assert/strict';
import type { Narrowing } from '../../../src/auth/caller.ts';
import type { Scope } from '../../../src/auth/scopes.ts';
import { systemClock } from '../../../src/base/clock.ts';
import { liveMachine } from '../../../src/base/machine-root.ts';
import { isListed } from '../../../src/host/docker/calls.ts';
import type { Docker } from '../../../src/host/docker/docker.ts';
import { type HostHandle, openHost } from '../../../src/host/host.ts';
import { answerOf } from '../../tools/answering.ts';
import { startEngine, type TestEngine } from './engine.ts';
import { openRegistry, type TestRegistry } from './registry.ts';

export interface OpenedEngine {
  readonly engine: TestEngine;
  readonly host: HostHandle;
  /** For someone who may see and change everything. */
  readonly docker: Docker;
  /** What a tool answers to someone with these scopes, docker where none are named. */
  ask(
    tool: unknown,
    args?: Record<string, unknown>,
    scopes?: Scope[],
    narrowing?: Narrowing,
  ): ReturnType<typeof answerOf>;
  /** Runs a container of the busybox image without a network. */
  run(name: string, options: readonly string[], ...command: string[]): Promise<string>;
  /** Fails where a request was made that is not in the list of calls. */
  onlyListed(): void;
  /** Fails where one was made that is not in the list, or changes something. */
  onlyReads(): void;
  close(): Promise<void>;
}

export async function openEngine(): Promise<OpenedEngine> {
  const engine = await startEngine();
  const host = await openHost({
    machine: liveMachine(),
    clock: systemClock,
    onTrouble: () => {},
    docker: {
      socketPath: engine.recorded,
      rules: () => ({ protectedNames: ['kept-*'], protectedLabels: ['keep=yes'] }),
    },
  });
  const onlyListed = (): void => {
    assert.ok(engine.requests.length > 0);
    for (const line of engine.requests) {
      const [method = '', url = ''] = line.split(' ');
      assert.ok(isListed(method, url), line);
    }
  };
  return {
    engine,
    host,
    docker: host.docker({ has: () => true }),
    ask: (tool, args = {}, scopes = ['docker'], narrowing = {}) =>
      answerOf(tool, host, args, scopes, Date.now(), narrowing),
    run: (name, options, ...command) =>
      engine.docker('run', '-d', '--network', 'none', '--name', name, ...options, 'box:1', ...command),
    onlyListed,
    onlyReads() {
      onlyListed();
      for (const line of engine.requests) assert.match(line, /^GET /);
    },
    async close() {
      host.close();
      await engine.close();
    },
  };
}

export interface OpenedRegistry extends OpenedEngine {
  readonly registry: TestRegistry;
  /** The usual one of its images. */
  readonly layer: Buffer;
}

/** With a registry beside it. */
export async function openEngineAndRegistry(): Promise<OpenedRegistry> {
  const opened = await openEngine();
  const layer = await opened.engine.fileSystem();
  const registry = await openRegistry(layer);
  return {
    ...opened,
    registry,
    layer,
    async close() {
      await opened.close();
      await registry.close();
    },
  };
}
