/** What the engine says line by line while it pulls an image: how far each layer is, and what went wrong. */

import { cleanLine } from '../../base/clean-text.ts';
import { numberAt, textAt } from './fields.ts';

export interface PullProgress {
  /** Downloaded and unpacked, of all layers. */
  readonly doneBytes: number;
  /** Of the layers whose size is known by now, both ways. */
  readonly totalBytes: number;
  /** In words, of one layer and of all. */
  readonly message: string;
}

interface Layer {
  sizeBytes: number;
  downloadedBytes: number;
  unpackedBytes: number;
  complete: boolean;
}

/** Layers of one image are at most 127. */
const mostLayers = 256;

export interface PullReader {
  /** Takes a line down; what it tells of the way, where it does. */
  take(line: string): PullProgress | undefined;
  /** What the engine says that failed. */
  failure(): string | undefined;
  layers(): { readonly total: number; readonly downloadedBytes: number };
}

export function openPullReader(): PullReader {
  const layers = new Map<string, Layer>();
  let failure: string | undefined;

  const layerOf = (id: string): Layer | undefined => {
    const known = layers.get(id);
    if (known !== undefined || layers.size >= mostLayers) return known;
    const layer = { sizeBytes: 0, downloadedBytes: 0, unpackedBytes: 0, complete: false };
    layers.set(id, layer);
    return layer;
  };

  const told = (id: string, status: string, layer: Layer): PullProgress => {
    const all = [...layers.values()];
    const complete = all.filter((one) => one.complete).length;
    const bytes = layer.sizeBytes > 0 ? ` ${partOf(status, layer)} of ${layer.sizeBytes} bytes` : '';
    return {
      doneBytes: all.reduce((sum, one) => sum + one.downloadedBytes + one.unpackedBytes, 0),
      totalBytes: all.reduce((sum, one) => sum + 2 * one.sizeBytes, 0),
      message: `${complete} of ${all.length} layers; ${cleanLine(id, 12)}: ${status.toLowerCase()}${bytes}`,
    };
  };

  return {
    take(line) {
      const said = parsed(line);
      failure ??= textAt(said, 'errorDetail', 'message') ?? textAt(said, 'error');
      const id = textAt(said, 'id');
      const status = textAt(said, 'status') ?? '';
      const change = changes[status];
      // The first line has the tag for an id.
      const layer = id === undefined || change === undefined ? undefined : layerOf(id);
      if (id === undefined || change === undefined || layer === undefined) return undefined;
      const { current = 0, total = 0 } = {
        current: numberAt(said, 'progressDetail', 'current'),
        total: numberAt(said, 'progressDetail', 'total'),
      };
      layer.sizeBytes = Math.max(layer.sizeBytes, total);
      change(layer, current);
      return told(id, status, layer);
    },
    failure: () => failure,
    layers: () => ({
      total: layers.size,
      downloadedBytes: [...layers.values()].reduce((sum, { downloadedBytes }) => sum + downloadedBytes, 0),
    }),
  };
}

/** By what the engine says of a layer. */
const changes: Readonly<Record<string, (layer: Layer, currentBytes: number) => void>> = {
  'Pulling fs layer': () => {},
  Waiting: () => {},
  Downloading(layer, currentBytes) {
    layer.downloadedBytes = Math.max(layer.downloadedBytes, currentBytes);
  },
  'Verifying Checksum': downloaded,
  'Download complete': downloaded,
  Extracting(layer, currentBytes) {
    downloaded(layer);
    layer.unpackedBytes = Math.max(layer.unpackedBytes, currentBytes);
  },
  'Pull complete'(layer) {
    downloaded(layer);
    layer.unpackedBytes = layer.sizeBytes;
    layer.complete = true;
  },
  'Already exists'(layer) {
    layer.complete = true;
  },
};

function downloaded(layer: Layer): void {
  layer.downloadedBytes = layer.sizeBytes;
}

const partOf = (status: string, { downloadedBytes, unpackedBytes }: Layer): number =>
  status === 'Extracting' || status === 'Pull complete' ? unpackedBytes : downloadedBytes;

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
