import { writeSync } from 'node:fs';
import { escapeBytes, hexBytes } from '../engine/bytes/escape';
import { EnvError } from '../engine/env/env';

const FLUSH_AT = 1 << 16;
const OUTPUT = 1;
const ERRORS = 2;
const STREAMS = ['standard input', 'standard output', 'standard error'];

/** The reader of a pipe went away: there is nobody to write for. */
export class ClosedPipe extends Error {}

/**
 * Standard output, gathered into large writes. Keys and values are text in one of two forms: escaped, or plain hex
 * where `hex` is set.
 */
export class Output {
  readonly json: boolean;
  /** Whether anything was printed. */
  written = false;
  readonly hex: boolean;
  private pending = '';

  constructor(options: { json: boolean; hex: boolean }) {
    this.json = options.json;
    this.hex = options.hex;
  }

  /** The text form of a key or value. */
  bytes(bytes: Uint8Array, start = 0, end = bytes.length): string {
    return this.hex ? hexBytes(bytes, start, end) : escapeBytes(bytes, start, end);
  }

  line(text = ''): void {
    this.written = true;
    this.pending += `${text}\n`;
    if (this.pending.length >= FLUSH_AT) this.flush();
  }

  /** One JSON document or one line of a stream. Integers above 2^53 become strings. */
  value(value: unknown): void {
    this.line(JSON.stringify(value, (_, item) => (typeof item === 'bigint' ? item.toString() : item)));
  }

  /** Bytes as they are. */
  raw(bytes: Uint8Array): void {
    this.written = true;
    this.flush();
    writeAll(OUTPUT, bytes);
  }

  flush(): void {
    if (this.pending === '') return;
    const text = this.pending;
    this.pending = '';
    writeAll(OUTPUT, Buffer.from(text));
  }
}

export function writeError(line: string): void {
  try {
    writeAll(ERRORS, Buffer.from(`${line}\n`));
  } catch (error) {
    // There is no other place to tell it.
    if (!(error instanceof ClosedPipe) && !(error instanceof EnvError)) throw error;
  }
}

/** A pipe can be full (EAGAIN) or closed (EPIPE), and a disk behind it full: an EnvError. */
function writeAll(descriptor: number, bytes: Uint8Array): void {
  for (let offset = 0; offset < bytes.length; ) {
    try {
      offset += writeSync(descriptor, bytes, offset);
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      if (code === 'EPIPE') throw new ClosedPipe();
      if (code !== 'EAGAIN') throw new EnvError('io', STREAMS[descriptor], message);
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2);
    }
  }
}

/** Text out of a file in one line, with nothing in it that a terminal obeys. */
export function oneLine(text: string): string {
  return text.replace(UNPRINTABLE, (character) => {
    const code = character.codePointAt(0) as number;
    return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u{${code.toString(16)}}`;
  });
}

const UNPRINTABLE = /[\p{Cc}\p{Cf}\u2028\u2029]/gu;

/** Rows with aligned columns; numbers, which are given right-aligned, by `right`. */
export function table(rows: readonly (readonly string[])[], right: readonly number[] = []): string[] {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [i, cell] of row.entries()) widths[i] = Math.max(widths[i] ?? 0, cell.length);
  }
  return rows.map((row) =>
    row
      .map((cell, i) => (right.includes(i) ? cell.padStart(widths[i]) : cell.padEnd(widths[i])))
      .join('  ')
      .trimEnd(),
  );
}
