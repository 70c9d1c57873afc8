// Entries as JSON lines: {"key": …, "value": …}, a line each, in UTF-8. A null value stands for a deletion. How bytes are
// written in the strings is the caller's (bytes/escape.ts). Blank lines are passed by.

import { copyOf, joined } from '../bytes/copy';
import { LsmError } from '../problem';

const NEWLINE = 0x0a;
/** A longer line is a mistake: a value of LevelDB's is below 4 GiB, and a string cannot hold what is much longer. */
const MAX_LINE_BYTES = 1 << 28;
/** Of what a reader of keys and values has to say. */
const MAX_REASON = 200;

/** The value is undefined for a deletion. */
export type LineOperation = [key: Uint8Array, value: Uint8Array | undefined];

/** Takes apart what comes in chunks. Whatever is wrong throws an LsmError with the number of its line. */
export class JsonLines {
  private readonly source: string;
  private readonly bytesOf: (text: string) => Uint8Array;
  private readonly decoder = new TextDecoder('utf-8', { fatal: true });
  /** The beginning of a line whose end has not come. */
  private rest: Uint8Array[] = [];
  private restBytes = 0;
  private line = 0;

  /** `source` is the file's name, for errors; `bytesOf` reads a key or a value, and throws what is wrong with it. */
  constructor(source: string, bytesOf: (text: string) => Uint8Array) {
    this.source = source;
    this.bytesOf = bytesOf;
  }

  /** The operations of the lines that end in a chunk, which may be overwritten afterwards. */
  *take(chunk: Uint8Array): Generator<LineOperation> {
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
      const operation = this.endLine(chunk.subarray(start, end));
      if (operation) yield operation;
      start = end + 1;
    }
    this.keep(copyOf(chunk, start));
    if (this.restBytes > MAX_LINE_BYTES) {
      this.line++;
      throw this.wrong('too long');
    }
  }

  /** The last line needs no end. */
  *end(): Generator<LineOperation> {
    if (this.restBytes === 0) return;
    const operation = this.endLine(new Uint8Array(0));
    if (operation) yield operation;
  }

  private keep(part: Uint8Array): void {
    if (part.length === 0) return;
    this.rest.push(part);
    this.restBytes += part.length;
  }

  private endLine(part: Uint8Array): LineOperation | undefined {
    let line = part;
    if (this.restBytes > 0) {
      this.keep(part);
      line = joined(this.rest);
      this.rest = [];
      this.restBytes = 0;
    }
    this.line++;
    return this.operationOf(line);
  }

  private operationOf(line: Uint8Array): LineOperation | undefined {
    let text: string;
    try {
      text = this.decoder.decode(line);
    } catch {
      throw this.wrong('not UTF-8');
    }
    if (text.trim() === '') return undefined;
    let json: unknown;
    try {
      json = JSON.parse(text);
    } catch {
      throw this.wrong('not JSON');
    }
    if (typeof json !== 'object' || json === null) throw this.wrong('not an object {"key":...,"value":...}');
    const { key, value } = json as { key?: unknown; value?: unknown };
    if (typeof key !== 'string' || (value !== null && typeof value !== 'string')) {
      throw this.wrong('"key" and "value" must be strings, or "value" null for a deletion');
    }
    try {
      return [this.bytesOf(key), value === null ? undefined : this.bytesOf(value)];
    } catch (error) {
      throw this.wrong((error as Error).message.slice(0, MAX_REASON));
    }
  }

  private wrong(reason: string): LsmError {
    return new LsmError('Invalid argument', 'invalid-argument', `line ${this.line}: ${reason}`, this.source);
  }
}
