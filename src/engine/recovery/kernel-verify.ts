import { type U64, u64FromParts } from '../bytes/u64';
import { TableRun } from '../iterator/kernel-run';
import { Code, VerifyAt } from '../kernel/merge-layout';
import { GrowingAreas, MergeMemory } from '../kernel/merge-memory';
import type { BlockCursor } from '../table/block';
import { BUILTIN_BLOOM_NAME } from '../table/bloom';
import type { FilterBlockReader } from '../table/filter';
import type { Table } from '../table/table';

/** What the kernel found of blocks in a row in which nothing is wrong. */
export interface SoundBlocks {
  blocks: number;
  entries: number;
  greatest: U64;
  /** Whether they go up to the last one of the table. */
  isEnd: boolean;
  /** Where the last of them ends in the file. */
  end: number;
  /** A copy of their last key; undefined if there are none, or only checksums were looked at. */
  lastKey: Uint8Array | undefined;
}

const VERIFY_BYTES = 64;
/** Larger shifts are no LevelDB's. */
const MAX_BASE_LG = 40;

/** A pass over a table's blocks in the kernel. Blocks with anything wrong are the caller's. */
export class KernelVerify {
  private readonly memory: MergeMemory;
  private readonly run: TableRun;
  private readonly at: number;
  private readonly areas: GrowingAreas;

  private constructor(memory: MergeMemory, table: Table) {
    this.memory = memory;
    this.run = new TableRun(memory, 0, 0, 1, table.cursor({ fillCache: false }), undefined);
    this.at = memory.exports.VERIFY.value;
    this.areas = new GrowingAreas(memory, this.at);
  }

  /** `filter` is undefined if keys are not looked at, or there is none. Undefined if the kernel cannot do it. */
  static begin(
    table: Table,
    checksumsOnly: boolean,
    filter: FilterBlockReader | undefined,
  ): KernelVerify | undefined {
    const memory = MergeMemory.take();
    const verify = memory && new KernelVerify(memory, table);
    if (verify?.start(checksumsOnly, filter)) return verify;
    memory?.release();
    return undefined;
  }

  /**
   * Goes on behind the block whose index entry the cursor stands on, which ends at `end` and whose last key is
   * `previous`, and moves the cursor to the last entry whose block was sound, if not all are.
   */
  goOn(index: BlockCursor, end: number, previous: Uint8Array): SoundBlocks {
    const { memory, run, at } = this;
    // The next index key has at most so much of this one.
    run.goOnAt(index.valueEnd, index.keyEnd - index.keyStart, end);
    memory.setLong(at + VerifyAt.greatest, 0);
    this.set(VerifyAt.blocks, 0);
    this.set(VerifyAt.entries, 0);
    if (this.get(VerifyAt.contents) && !this.setPrevious(previous)) return this.found(end, false);
    let code: number;
    do code = memory.exports.verifyBlocks();
    while (code !== Code.end && code !== Code.unusual && this.supply(code));
    const found = this.found(end, code === Code.end);
    const { indexEntry } = run.passed;
    if (found.blocks > 0 && !found.isEnd) while (index.valid && index.entryOffset < indexEntry) index.next();
    return found;
  }

  close(): void {
    this.memory.release();
  }

  private start(checksumsOnly: boolean, filter: FilterBlockReader | undefined): boolean {
    const { memory, at } = this;
    for (let i = 0; i < VERIFY_BYTES; i += 4) memory.set(at + i, 0);
    if (!this.run.beginPass()) return false;
    if (checksumsOnly) return true;
    this.set(VerifyAt.contents, 1);
    if (!filter) return true;
    const { contents, filterCount, baseLg, policy } = filter;
    if (policy.name !== BUILTIN_BLOOM_NAME || baseLg > MAX_BASE_LG) return false;
    const area = memory.allocate(contents.length);
    if (area === undefined) return false;
    memory.bytes.set(contents, area);
    this.set(VerifyAt.filterAt, area);
    this.set(VerifyAt.filterArray, filter.arrayOffset);
    this.set(VerifyAt.filters, filterCount);
    this.set(VerifyAt.filterBaseLg, baseLg);
    return true;
  }

  private supply(code: number): boolean {
    const { run } = this;
    return run.supply(code) && (code !== Code.needKeyRoom || this.makeKeyRoom(run.keyRoom));
  }

  private found(before: number, isEnd: boolean): SoundBlocks {
    const { at } = this;
    const blocks = this.get(VerifyAt.blocks);
    const key = this.get(VerifyAt.lastKeyAt);
    return {
      blocks,
      entries: this.get(VerifyAt.entries),
      greatest: u64FromParts(this.memory.get(at + VerifyAt.greatest + 4), this.get(VerifyAt.greatest)),
      isEnd,
      end: blocks > 0 ? this.run.passed.end : before,
      lastKey:
        blocks > 0 && this.get(VerifyAt.contents)
          ? this.memory.bytes.slice(key, key + this.get(VerifyAt.lastKeyLength))
          : undefined,
    };
  }

  private setPrevious(key: Uint8Array): boolean {
    const { memory } = this;
    if (!this.makeKeyRoom(Math.max(key.length, this.run.keyRoom))) return false;
    memory.bytes.set(key, this.get(VerifyAt.lastKeyAt));
    this.set(VerifyAt.lastKeyLength, key.length);
    return true;
  }

  /** The last key stays. */
  private makeKeyRoom(bytes: number): boolean {
    const { areas } = this;
    return (
      areas.grow(VerifyAt.lastKeyAt, bytes, undefined, this.get(VerifyAt.lastKeyLength)) &&
      areas.grow(VerifyAt.otherKeyAt, bytes)
    );
  }

  private get(field: number): number {
    return this.memory.get(this.at + field);
  }

  private set(field: number, value: number): void {
    this.memory.set(this.at + field, value);
  }
}
