/** The part of pino-roll that is used. */

declare module 'pino-roll' {
  import type { SonicBoom } from 'sonic-boom';

  export interface RollOptions {
    readonly file: string;
    readonly size: string;
    readonly limit: { readonly count: number; readonly removeOtherLogFiles?: boolean };
    readonly sync?: boolean;
    readonly mode?: number;
    /** Of what waits to be written, bytes; what is over is dropped. */
    readonly maxLength?: number;
  }

  /** The file that is open now. */
  export type RolledStream = SonicBoom & { readonly file: string };

  export default function roll(options: RollOptions): Promise<RolledStream>;
}
