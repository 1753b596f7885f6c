/** What the engine keeps on disk, as it measures it itself: `docker system df`. */

import { cleanLine } from '../../base/clean-text.ts';
import type { Engine } from './engine.ts';
import { listAt, numberAt, textAt, textsAt, truthAt } from './fields.ts';
import { unlessAborted } from './waiting.ts';

export interface UsageOfKind {
  readonly count: number;
  /** How many of them are in use. */
  readonly active: number;
  readonly sizeBytes: number;
  /** What removing the others would set free. */
  readonly reclaimableBytes: number;
}

export interface LargeThing {
  readonly kind: 'image' | 'container' | 'volume';
  readonly name: string;
  /** Of a container what it wrote itself; of an image what it shares with no other. */
  readonly sizeBytes: number;
  readonly inUse: boolean;
}

export interface Usage {
  readonly images: UsageOfKind;
  readonly containers: UsageOfKind;
  readonly volumes: UsageOfKind;
  readonly buildCache: UsageOfKind;
  /** The largest first. */
  readonly largest: readonly LargeThing[];
}

/** The engine looks at every file of its volumes. */
const deadlineMs = 55_000;

/**
 * Asks the engine, which measures once at a time: whoever asks meanwhile gets the same answer.
 * Throws what keeps the engine from answering.
 */
export function openUsage(engine: Pick<Engine, 'ask'>): (signal: AbortSignal) => Promise<unknown> {
  let measuring: Promise<unknown> | undefined;
  return (signal) => {
    measuring ??= engine.ask('diskUsage', { deadlineMs }).finally(() => {
      measuring = undefined;
    });
    return unlessAborted(measuring, signal);
  };
}

interface Part {
  readonly name: string;
  readonly sizeBytes: number;
  readonly inUse: boolean;
}

/** What the docker command makes of the same answer. */
export function usageOf(answer: unknown): Usage {
  const images = listAt(answer, 'Images').map(imagePart);
  const containers = listAt(answer, 'Containers').map(containerPart);
  const volumes = listAt(answer, 'Volumes').map(volumePart);
  const caches = listAt(answer, 'BuildCache').map(cachePart);
  // Layers that images share count once.
  const layers = numberAt(answer, 'LayersSize') ?? 0;
  const largest = [
    ...images.map((part) => ({ kind: 'image' as const, ...part })),
    ...containers.map((part) => ({ kind: 'container' as const, ...part })),
    ...volumes.map((part) => ({ kind: 'volume' as const, ...part })),
  ];
  return {
    images: {
      ...kindOf(images),
      sizeBytes: layers,
      reclaimableBytes: Math.max(0, layers - sumOf(images.filter(({ inUse }) => inUse))),
    },
    containers: kindOf(containers),
    volumes: kindOf(volumes),
    buildCache: kindOf(caches),
    largest: largest.filter(({ sizeBytes }) => sizeBytes > 0).sort((a, b) => b.sizeBytes - a.sizeBytes),
  };
}

const sumOf = (parts: readonly Part[]): number => parts.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);

const kindOf = (parts: readonly Part[]): UsageOfKind => ({
  count: parts.length,
  active: parts.filter(({ inUse }) => inUse).length,
  sizeBytes: sumOf(parts),
  reclaimableBytes: sumOf(parts.filter(({ inUse }) => !inUse)),
});

/** The engine says -1 for what it did not measure. */
const sizeAt = (value: unknown, ...path: readonly string[]): number =>
  Math.max(0, numberAt(value, ...path) ?? 0);

function imagePart(image: unknown): Part {
  const id = textAt(image, 'Id') ?? '';
  const name = textsAt(image, 'RepoTags').find((tag) => tag !== '<none>:<none>');
  return {
    name: cleanLine(name ?? id.replace('sha256:', '').slice(0, 12), 255),
    sizeBytes: Math.max(0, sizeAt(image, 'Size') - sizeAt(image, 'SharedSize')),
    inUse: (numberAt(image, 'Containers') ?? 0) !== 0,
  };
}

const alive = new Set(['running', 'paused', 'restarting']);

const containerPart = (container: unknown): Part => ({
  name: cleanLine((textsAt(container, 'Names')[0] ?? textAt(container, 'Id') ?? '').replace(/^\//, ''), 255),
  sizeBytes: sizeAt(container, 'SizeRw'),
  inUse: alive.has(textAt(container, 'State') ?? ''),
});

const volumePart = (volume: unknown): Part => ({
  name: cleanLine(textAt(volume, 'Name') ?? '', 255),
  sizeBytes: sizeAt(volume, 'UsageData', 'Size'),
  inUse: (numberAt(volume, 'UsageData', 'RefCount') ?? 0) > 0,
});

/** What is shared is counted where it belongs. */
const cachePart = (cache: unknown): Part => ({
  name: textAt(cache, 'ID') ?? '',
  sizeBytes: truthAt(cache, 'Shared') ? 0 : sizeAt(cache, 'Size'),
  inUse: truthAt(cache, 'InUse'),
});
