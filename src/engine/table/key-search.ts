import { readFixed32, writeFixed32 } from '../bytes/fixed';
import type { U64 } from '../bytes/u64';
import type { Kernel } from '../kernel/kernel';
import { sequenceAt, typeAt } from '../keys/internal-key';
import { STAGE_BYTES } from './read-quickly';

/** Longer keys are looked for in the plain way. */
const KEY_ROOM = 4096;
/** As assembly/search.ts has them: what stands before the key, and the fields in it. */
const KEY = 64;
const VALUE_AT = 8;
const VALUE_LENGTH = 12;
const TAG_END = 24;
const SLACK = 64;
/** What a search takes of a kernel's memory, behind the stage. */
export const SEARCH_BYTES = KEY + 2 * KEY_ROOM + SLACK;

export type SearchOutcome = 'found' | 'absent' | 'unusual';

/** Looks for versions of a key in blocks that lie in a kernel's memory. */
export class KeySearch {
  /** Of what was found: in the kernel's memory, up to its next use. */
  memory: Uint8Array<ArrayBuffer>;
  valueStart = 0;
  valueEnd = 0;
  private readonly inKernel: Kernel;
  private readonly at: number;

  constructor(inKernel: Kernel) {
    this.inKernel = inKernel;
    this.at = inKernel.heap + STAGE_BYTES;
    this.memory = this.room();
    writeFixed32(this.memory, this.at + 4, KEY_ROOM);
  }

  /**
   * The first entry at or behind an internal key, in bytewise order, in the block of `length` bytes at an address: `found` if it
   * is a version of the same user key. `unusual` is for the plain way to say.
   */
  find(block: number, length: number, target: Uint8Array, start: number, end: number): SearchOutcome {
    const bytes = end - start;
    if (bytes > KEY_ROOM) return 'unusual';
    const { at, inKernel } = this;
    const memory = this.room();
    this.memory = memory;
    writeFixed32(memory, at, bytes);
    for (let i = start, to = at + KEY; i < end; i++, to++) memory[to] = target[i];
    const code = inKernel.exports.findInBlock(block, length, at);
    if (code <= 0) return code === 0 ? 'absent' : 'unusual';
    this.valueStart = readFixed32(memory, at + VALUE_AT);
    this.valueEnd = this.valueStart + readFixed32(memory, at + VALUE_LENGTH);
    return 'found';
  }

  get isDeletion(): boolean {
    return typeAt(this.memory, this.at + TAG_END) === 0;
  }

  get sequence(): U64 {
    return sequenceAt(this.memory, this.at + TAG_END);
  }

  private room(): Uint8Array<ArrayBuffer> {
    const memory = this.inKernel.room(STAGE_BYTES + SEARCH_BYTES);
    // What is here was there from the beginning.
    if (!memory) throw new RangeError('no memory');
    return memory;
  }
}
