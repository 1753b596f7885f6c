/**
 * The log of a container as the engine sends it with timestamps, taken apart into lines: of one without a terminal in
 * frames (Engine API, ContainerAttach: eight bytes with the stream and the length before each), else as it is.
 */

export interface RawLogLine {
  /** RFC 3339 with nanoseconds, as the engine wrote it. */
  readonly stamp: string;
  readonly stream: 'stdout' | 'stderr';
  readonly text: string;
  /** Whether the line goes on: no more of it is kept than `longestRawLine` bytes. */
  readonly cut: boolean;
}

export interface LogLines {
  /** The lines that are complete with this part. */
  push(chunk: Buffer): RawLogLine[];
  /** What was left without an end. */
  end(): RawLogLine[];
}

/** So that a secret is seen whole; the engine itself cuts a line into parts of as many. */
export const longestRawLine = 16 * 1024;

const headerBytes = 8;
const newline = 0x0a;
const blank = 0x20;
/** `2026-01-02T03:04:05.123456789Z`, and what an offset would add. */
const longestStamp = 40;

/** A line that is not at its end: the engine sends a long one in parts, each with a time of its own. */
class OpenLine {
  readonly #stream: RawLogLine['stream'];
  #stamp = '';
  #parts: Buffer[] = [];
  #bytes = 0;
  #inStamp = true;
  #begun = false;
  #cut = false;

  constructor(stream: RawLogLine['stream']) {
    this.#stream = stream;
  }

  /** The next bytes begin with a time. */
  atStamp(): void {
    this.#inStamp = true;
  }

  add(bytes: Buffer, lines: RawLogLine[]): void {
    for (let from = 0; from < bytes.length; ) {
      const end = bytes.indexOf(newline, from);
      this.#take(bytes.subarray(from, end === -1 ? bytes.length : end));
      if (end === -1) return;
      lines.push(...this.end());
      from = end + 1;
    }
  }

  end(): RawLogLine[] {
    if (!this.#begun) return [];
    const text = Buffer.concat(this.#parts).toString('utf8').replace(/\r$/, '');
    const line = { stamp: this.#stamp, stream: this.#stream, text, cut: this.#cut };
    this.#stamp = '';
    this.#parts = [];
    this.#bytes = 0;
    this.#inStamp = true;
    this.#begun = false;
    this.#cut = false;
    return [line];
  }

  #take(bytes: Buffer): void {
    this.#begun = true;
    let text = bytes;
    if (this.#inStamp) {
      const end = bytes.indexOf(blank);
      const stamp = end === -1 ? bytes : bytes.subarray(0, end);
      // Of a line in parts the time of its first one counts.
      if (this.#bytes === 0 && this.#stamp.length + stamp.length <= longestStamp)
        this.#stamp += stamp.toString('latin1');
      if (end === -1) return;
      this.#inStamp = false;
      text = bytes.subarray(end + 1);
    }
    const kept = text.subarray(0, Math.max(0, longestRawLine - this.#bytes));
    // What is kept must not hold on to all that came with it.
    if (kept.length > 0) this.#parts.push(Buffer.from(kept));
    this.#bytes += kept.length;
    this.#cut ||= kept.length < text.length;
  }
}

/** @param tty whether the container has a terminal: then there are no frames, and all is stdout */
export const openLogLines = (tty: boolean): LogLines => (tty ? plainLines() : framedLines());

function plainLines(): LogLines {
  const line = new OpenLine('stdout');
  return {
    push(chunk) {
      const lines: RawLogLine[] = [];
      line.add(chunk, lines);
      return lines;
    },
    end: () => line.end(),
  };
}

function framedLines(): LogLines {
  const open = { stdout: new OpenLine('stdout'), stderr: new OpenLine('stderr') };
  const header = Buffer.alloc(headerBytes);
  let headerFilled = 0;
  let left = 0;
  let line = open.stdout;
  return {
    push(chunk) {
      const lines: RawLogLine[] = [];
      for (let at = 0; at < chunk.length; ) {
        if (left === 0) {
          const taken = chunk.copy(header, headerFilled, at, at + headerBytes - headerFilled);
          at += taken;
          headerFilled += taken;
          if (headerFilled < headerBytes) break;
          headerFilled = 0;
          left = header.readUInt32BE(4);
          line = header[0] === 2 ? open.stderr : open.stdout;
          line.atStamp();
          continue;
        }
        const part = chunk.subarray(at, at + left);
        line.add(part, lines);
        at += part.length;
        left -= part.length;
      }
      return lines;
    },
    end: () => [...open.stdout.end(), ...open.stderr.end()],
  };
}
