import { writeSync } from 'node:fs';
import { escapeBytes, hexBytes } from '../engine/bytes/escape';

const FLUSH_AT = 1 << 16;
const OUTPUT = 1;
const ERRORS = 2;

/** The reader of a pipe went away: there is nobody to write for. */
export class ClosedPipe extends Error {}

/**
 * Standard output, gathered into large writes. Keys and values are text in one of two forms: escaped, or plain hex
 * where `hex` is set.
 */
export class Output {
  readonly json: boolean;
  private readonly hex: boolean;
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
    this.pending += `${text}\n`;
    if (this.pending.length >= FLUSH_AT) this.flush();
  }

  /** One JSON document or one line of a stream. Integers above 2^53 become strings. */
  value(value: unknown): void {
    this.line(JSON.stringify(value, (_, item) => (typeof item === 'bigint' ? item.toString() : item)));
  }

  /** Bytes as they are. */
  raw(bytes: Uint8Array): void {
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
    if (!(error instanceof ClosedPipe)) throw error;
  }
}

/** A pipe can be full (EAGAIN) or closed (EPIPE). */
function writeAll(descriptor: number, bytes: Uint8Array): void {
  for (let offset = 0; offset < bytes.length; ) {
    try {
      offset += writeSync(descriptor, bytes, offset);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'EPIPE') throw new ClosedPipe();
      if (code !== 'EAGAIN') throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2);
    }
  }
}

/** Bytes for people: `13.4 MB`, with 1 MB = 1048576 bytes as LevelDB counts. */
export function humanBytes(bytes: number): string {
  const units = ['bytes', 'KB', 'MB', 'GB', 'TB'];
  let unit = 0;
  let value = bytes;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${unit === 0 ? value : value.toFixed(1)} ${units[unit]}`;
}

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
