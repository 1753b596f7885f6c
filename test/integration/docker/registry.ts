/** A registry on loopback, from which a real engine pulls: as much of the distribution API as a pull needs. */

import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout } from 'node:timers/promises';

const manifestType = 'application/vnd.docker.distribution.manifest.v2+json';
const listType = 'application/vnd.docker.distribution.manifest.list.v2+json';
const configType = 'application/vnd.docker.container.image.v1+json';
const layerType = 'application/vnd.docker.image.rootfs.diff.tar';

export interface TestRegistry {
  /** `127.0.0.1:PORT` */
  readonly address: string;
  /** Stores an image of one layer under a name and a tag. @returns its reference */
  push(image: PushedImage): string;
  /** From now on whoever asks is asked for a login. */
  lock(locked: boolean): void;
  /** From now on of each layer the second half comes byte by byte, till it is let go. */
  hold(): void;
  release(): void;
  /** Downloads of layers that are under way. */
  readonly downloads: number;
  /** Downloads that whoever asked for them gave up. */
  readonly givenUp: number;
  close(): Promise<void>;
}

export interface PushedImage {
  readonly name: string;
  readonly tag: string;
  /** A tar of its file system, where not the usual one. */
  readonly layer?: Buffer;
  /** As in `docker image inspect`. */
  readonly config?: object;
  /** Where not for this one. */
  readonly architecture?: string;
}

const architecture = process.arch === 'x64' ? 'amd64' : process.arch;
const digestOf = (bytes: Buffer | string): string =>
  `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

/** @param usualLayer a tar of a file system */
export async function openRegistry(usualLayer: Buffer): Promise<TestRegistry> {
  const blobs = new Map<string, Buffer>();
  const manifests = new Map<string, { readonly type: string; readonly body: Buffer }>();
  let locked = false;
  let holding = false;
  let downloads = 0;
  let givenUp = 0;

  const keep = (bytes: Buffer | string): { readonly digest: string; readonly size: number } => {
    const blob = Buffer.from(bytes);
    const digest = digestOf(blob);
    blobs.set(digest, blob);
    return { digest, size: blob.length };
  };

  const keepManifest = (name: string, tag: string | undefined, type: string, manifest: object): string => {
    const body = Buffer.from(JSON.stringify(manifest));
    for (const key of [digestOf(body), tag]) {
      if (key !== undefined) manifests.set(`${name} ${key}`, { type, body });
    }
    return digestOf(body);
  };

  const sendLayer = async (answer: ServerResponse, blob: Buffer): Promise<void> => {
    downloads += 1;
    answer.on('close', () => {
      downloads -= 1;
      if (!answer.writableFinished) givenUp += 1;
    });
    const slow = holding && blob.length > 4096;
    let at = slow ? blob.length >> 1 : 0;
    answer.write(blob.subarray(0, at));
    // An engine looks whether somebody still wants it when something comes.
    while (slow && holding && !answer.destroyed) {
      answer.write(blob.subarray(at, at + 1));
      at += 1;
      await setTimeout(20);
    }
    answer.end(blob.subarray(at));
  };

  const serve = (request: IncomingMessage, answer: ServerResponse): void => {
    const fail = (status: number, code: string): void => {
      answer.writeHead(status, { 'Content-Type': 'application/json' });
      answer.end(JSON.stringify({ errors: [{ code, message: code.toLowerCase().replaceAll('_', ' ') }] }));
    };
    answer.setHeader('Docker-Distribution-API-Version', 'registry/2.0');
    if (locked) {
      answer.setHeader('WWW-Authenticate', 'Basic realm="trial"');
      fail(401, 'UNAUTHORIZED');
      return;
    }
    if (request.url === '/v2/') {
      answer.end('{}');
      return;
    }
    const [, name, kind, key = ''] = /^\/v2\/(.+)\/(manifests|blobs)\/(.+)$/.exec(request.url ?? '') ?? [];
    const manifest = manifests.get(`${name} ${key}`);
    const found = kind === 'manifests' ? manifest?.body : blobs.get(key);
    if (found === undefined) {
      fail(404, kind === 'blobs' ? 'BLOB_UNKNOWN' : 'MANIFEST_UNKNOWN');
      return;
    }
    answer.writeHead(200, {
      'Content-Type': manifest?.type ?? 'application/octet-stream',
      'Content-Length': found.length,
      'Docker-Content-Digest': digestOf(found),
    });
    if (request.method === 'HEAD' || manifest !== undefined)
      answer.end(request.method === 'HEAD' ? '' : found);
    else void sendLayer(answer, found);
  };

  const server = createServer(serve);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = `127.0.0.1:${(server.address() as AddressInfo).port}`;

  return {
    address,
    push({ name, tag, layer = usualLayer, config = {}, architecture: built = architecture }) {
      const image = {
        ...{ architecture: built, os: 'linux', config, created: '2026-01-01T00:00:00Z' },
        rootfs: { type: 'layers', diff_ids: [digestOf(layer)] },
        history: [{ created: '2026-01-01T00:00:00Z' }],
      };
      const manifest = {
        ...{ schemaVersion: 2, mediaType: manifestType },
        config: { mediaType: configType, ...keep(JSON.stringify(image)) },
        layers: [{ mediaType: layerType, ...keep(layer) }],
      };
      if (built === architecture) keepManifest(name, tag, manifestType, manifest);
      else {
        const digest = keepManifest(name, undefined, manifestType, manifest);
        const size = JSON.stringify(manifest).length;
        keepManifest(name, tag, listType, {
          ...{ schemaVersion: 2, mediaType: listType },
          manifests: [
            { mediaType: manifestType, digest, size, platform: { architecture: built, os: 'linux' } },
          ],
        });
      }
      return `${address}/${name}:${tag}`;
    },
    lock(now) {
      locked = now;
    },
    hold() {
      holding = true;
    },
    release() {
      holding = false;
    },
    get downloads() {
      return downloads;
    },
    get givenUp() {
      return givenUp;
    },
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
