import { copyRange } from '../bytes/copy';
import { writeFixed32 } from '../bytes/fixed';
import { KeyBuffer } from '../bytes/key-buffer';

/** The most that three varint32 take. */
const MAX_ENTRY_HEADER = 15;

/** Writes the contents of a block (table/block_builder.cc; the format is in block.ts). */
export class BlockBuilder {
  private readonly restartInterval: number;
  private buffer = new Uint8Array(512);
  private length = 0;
  private restarts: number[] = [0];
  /** Entries since the last restart point. */
  private counter = 0;
  private readonly previous = new KeyBuffer();

  /** A restart point is set every `restartInterval` entries (at least 1). */
  constructor(restartInterval: number) {
    this.restartInterval = restartInterval;
  }

  get empty(): boolean {
    return this.length === 0;
  }

  /** Bytes that finish() would give now. */
  get sizeEstimate(): number {
    return this.length + 4 * this.restarts.length + 4;
  }

  /** A copy of the key added last; empty after reset(). */
  lastKey(): Uint8Array<ArrayBuffer> {
    return this.previous.bytes.slice(0, this.previous.length);
  }

  add(key: Uint8Array, value: Uint8Array): void {
    this.addRange(key, 0, key.length, value, 0, value.length);
  }

  /** Adds an entry; its key sorts after all that were added since reset(), which is not checked. */
  addRange(
    key: Uint8Array,
    keyStart: number,
    keyEnd: number,
    value: Uint8Array,
    valueStart: number,
    valueEnd: number,
  ): void {
    const { previous } = this;
    let shared = 0;
    if (this.counter < this.restartInterval) {
      const most = Math.min(previous.length, keyEnd - keyStart);
      while (shared < most && previous.bytes[shared] === key[keyStart + shared]) shared++;
    } else {
      this.restarts.push(this.length);
      this.counter = 0;
    }
    const unshared = keyEnd - keyStart - shared;
    const valueLength = valueEnd - valueStart;
    this.reserve(MAX_ENTRY_HEADER + unshared + valueLength);
    this.varint32(shared);
    this.varint32(unshared);
    this.varint32(valueLength);
    copyRange(key, keyStart + shared, keyEnd, this.buffer, this.length);
    this.length += unshared;
    copyRange(value, valueStart, valueEnd, this.buffer, this.length);
    this.length += valueLength;
    previous.assign(key, keyStart, keyEnd);
    this.counter++;
  }

  /** Adds the restart array. The view holds until reset() and an add(). */
  finish(): Uint8Array<ArrayBuffer> {
    const { restarts } = this;
    this.reserve(4 * restarts.length + 4);
    for (const restart of restarts) this.fixed32(restart);
    this.fixed32(restarts.length);
    return this.buffer.subarray(0, this.length);
  }

  reset(): void {
    this.length = 0;
    this.restarts = [0];
    this.counter = 0;
    this.previous.clear();
  }

  private varint32(value: number): void {
    while (value >= 0x80) {
      this.buffer[this.length++] = value | 0x80;
      value >>>= 7;
    }
    this.buffer[this.length++] = value;
  }

  private fixed32(value: number): void {
    writeFixed32(this.buffer, this.length, value);
    this.length += 4;
  }

  private reserve(extra: number): void {
    const needed = this.length + extra;
    if (needed <= this.buffer.length) return;
    const grown = new Uint8Array(Math.max(needed, 2 * this.buffer.length));
    grown.set(this.buffer.subarray(0, this.length));
    this.buffer = grown;
  }
}
