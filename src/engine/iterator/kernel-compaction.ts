import type { U64 } from '../bytes/u64';
import { u64FromParts, u64High, u64Low } from '../bytes/u64';
import type { BaseLevelSpan } from '../compaction/compaction';
import { Answers, BLOCK_NUMBERS, COMPACT_BYTES, Code, CompactAt, MergeAt } from '../kernel/merge-layout';
import { GrowingAreas, type MergeMemory } from '../kernel/merge-memory';
import { TAG_BYTES } from '../keys/internal-key';
import { Block } from '../table/block';
import { BLOCK_TRAILER_SIZE } from '../table/format';
import type { BlockShape, BuiltBlock } from '../table/kernel-blocks';
import type { KernelMerge, MergeNote } from './kernel-merge';

/** Finished blocks that are kept until they are taken, and their bytes, about. */
const MAX_BLOCKS = 256;
const OUT_BYTES = 1 << 19;
const SLACK = 64;

/** A finished block, and which entry of the call ended it, the first one counted 1. */
export interface CompactedBlock extends BuiltBlock {
  entry: number;
}

/**
 * Why it stopped: finished blocks have to be taken; all is done; the next entry lies behind the boundary; it has to be
 * said whether the next one, a deletion, has nothing below; the cursors have to go on from here.
 */
export type CompactionStop = 'full' | 'end' | 'boundary' | 'deletion' | 'stopped';

export interface CompactionRules {
  shape: BlockShape;
  smallestSnapshot: U64;
  /** An output ends with the block with which it reaches this. */
  maxFileBytes: number;
}

/**
 * A merge whose entries the kernel keeps or drops as EntryFilter would, and puts into data blocks as TableBuilder would.
 * It stops where somebody else has to decide, and always behind an output's last entry.
 */
export class KernelCompaction {
  private readonly merge: KernelMerge;
  private readonly memory: MergeMemory;
  private readonly at: number;
  private readonly shape: BlockShape;
  private readonly areas: GrowingAreas;
  /** Blocks of the present output that were given. */
  private blocksOfOutput = 0;
  /** Of the last `goOn`: how many entries, and which one was an output's first; 0 if none was. */
  count = 0;
  beganAt = 0;
  /** What was finished in it, valid until the next. */
  blocks: CompactedBlock[] = [];

  private constructor(merge: KernelMerge, shape: BlockShape) {
    this.merge = merge;
    this.memory = merge.memory;
    this.at = merge.memory.exports.COMPACT.value;
    this.areas = new GrowingAreas(merge.memory, this.at);
    this.shape = shape;
  }

  /** For a merge with notes that was begun and not read; undefined if there is no memory, and the merge is as it was. */
  static begin(merge: KernelMerge, rules: CompactionRules): KernelCompaction | undefined {
    const compaction = new KernelCompaction(merge, rules.shape);
    if (!compaction.start(rules)) return undefined;
    for (const run of merge.runs) run.reuseBlocks(rules.shape.isCompressed);
    return compaction;
  }

  /** What came about behind which entries of the last `goOn`. */
  get notes(): readonly MergeNote[] {
    return this.merge.notes;
  }

  goOn(): CompactionStop {
    const { merge } = this;
    this.clearBlocks();
    merge.notes = [];
    merge.set(MergeAt.count, 0);
    this.set(CompactAt.beganAt, 0);
    const stop = this.run();
    this.count = merge.get(MergeAt.count);
    this.beganAt = this.get(CompactAt.beganAt);
    this.blocks = this.listed();
    return stop;
  }

  /** Ends the block under way and gives it, if there is one. */
  endBlock(): BuiltBlock | undefined {
    if (this.get(CompactAt.blockEntries) === 0) return undefined;
    this.clearBlocks();
    this.memory.exports.endBlock();
    return this.listed()[0];
  }

  /** The present output is finished: what comes goes into another. */
  newOutput(): void {
    this.blocksOfOutput = 0;
    this.memory.setLong(this.at + CompactAt.fileBytes, 0);
    this.set(CompactAt.outputEntries, 0);
  }

  /** Blocks that were taken over as they were stored, up to now. */
  get reused(): number {
    return this.get(CompactAt.reused);
  }

  /** Entries that were kept and dropped, since this was asked last. */
  takeCounts(): { kept: number; shadowed: number; deletions: number } {
    const counts = {
      kept: this.get(CompactAt.kept),
      shadowed: this.get(CompactAt.shadowed),
      deletions: this.get(CompactAt.deletions),
    };
    for (const field of [CompactAt.kept, CompactAt.shadowed, CompactAt.deletions]) this.set(field, 0);
    return counts;
  }

  /** A copy of the internal key at which it stopped. */
  get key(): Uint8Array {
    return this.merge.runs[this.merge.get(MergeAt.run)].key;
  }

  /** Stops before the first internal key behind this one, or not if there is none. False if it cannot. */
  setBoundary(key: Uint8Array | undefined): boolean {
    this.set(CompactAt.hasBoundary, 0);
    if (!key) return true;
    if (key.length < TAG_BYTES || !this.put(CompactAt.boundaryAt, key)) return false;
    this.set(CompactAt.boundaryLength, key.length);
    this.set(CompactAt.hasBoundary, 1);
    return true;
  }

  /** The answer for the deletion at which it stopped, and for what comes behind it. False if it cannot. */
  setAnswer({ isBase, end, includesEnd }: BaseLevelSpan): boolean {
    this.set(CompactAt.isBase, isBase ? 1 : 0);
    this.set(CompactAt.answers, Answers.all);
    if (!end) return true;
    if (!this.put(CompactAt.answerEndAt, end)) return false;
    this.set(CompactAt.answerEndLength, end.length);
    this.set(CompactAt.answers, includesEnd ? Answers.upTo : Answers.before);
    return true;
  }

  /** The last entry's user key and sequence; undefined if there was none. */
  get last(): { userKey: Uint8Array; sequence: U64 } | undefined {
    const { merge, memory, at } = this;
    if (this.get(CompactAt.hasUserKey) === 0) return undefined;
    const key = merge.get(MergeAt.savedAt);
    const low = memory.get(at + CompactAt.sequenceBefore);
    const high = memory.get(at + CompactAt.sequenceBefore + 4);
    return {
      userKey: memory.bytes.slice(key, key + merge.get(MergeAt.savedLength)),
      sequence: u64FromParts(high, low),
    };
  }

  /** The block under way as far as it is made, with a restart point at its beginning only; undefined if there is none. */
  get blockUnderWay(): Block | undefined {
    const at = this.get(CompactAt.rawAt);
    const used = this.get(CompactAt.rawUsed);
    if (used === 0) return undefined;
    const bytes = new Uint8Array(used + 8);
    bytes.set(this.memory.bytes.subarray(at, at + used));
    bytes[used + 4] = 1;
    return new Block(bytes);
  }

  private start({ shape, smallestSnapshot, maxFileBytes }: CompactionRules): boolean {
    const { memory, at } = this;
    const { blockSize, restartInterval, isCompressed, isHashed } = shape;
    for (let i = 0; i < COMPACT_BYTES; i += 4) memory.set(at + i, 0);
    memory.set(at + CompactAt.smallestSnapshot, u64Low(smallestSnapshot));
    memory.set(at + CompactAt.smallestSnapshot + 4, u64High(smallestSnapshot));
    memory.setLong(at + CompactAt.maxFileBytes, Math.min(Math.ceil(maxFileBytes), 2 ** 52));
    this.set(CompactAt.blockSize, blockSize);
    this.set(CompactAt.restartInterval, restartInterval);
    this.set(CompactAt.compress, isCompressed ? 1 : 0);
    this.set(CompactAt.isHashed, isHashed ? 1 : 0);
    this.set(CompactAt.points, 1);
    this.set(CompactAt.maxBlocks, MAX_BLOCKS);
    // An entry takes at least 3 bytes of its block.
    const maxHashes = Math.ceil(blockSize / 3) + OUT_BYTES / 16;
    this.set(CompactAt.maxHashes, maxHashes);
    return (
      this.areas.grow(CompactAt.rawAt, 2 * blockSize, CompactAt.rawRoom) &&
      this.areas.grow(CompactAt.restartsAt, blockSize + SLACK) &&
      this.areas.grow(CompactAt.blocksAt, 4 * BLOCK_NUMBERS * MAX_BLOCKS) &&
      this.areas.grow(CompactAt.outAt, Math.max(OUT_BYTES, 4 * blockSize), CompactAt.outRoom) &&
      (!isHashed || this.areas.grow(CompactAt.hashesAt, 4 * maxHashes)) &&
      this.makeKeyAreas()
    );
  }

  private run(): CompactionStop {
    const { merge, memory } = this;
    for (;;) {
      const code = merge.goOn(memory.exports.compactEntries, () => this.makeKeyAreas());
      switch (code) {
        case Code.full:
          return 'full';
        case Code.end:
          return 'end';
        case Code.atBoundary:
          return 'boundary';
        case Code.needAnswer:
          return 'deletion';
        case Code.needBlockRoom:
          if (!this.growBlock()) return 'stopped';
          break;
        case Code.needOutRoom:
          if (!this.growOutput()) return 'stopped';
          break;
        default:
          return 'stopped';
      }
    }
  }

  private growBlock(): boolean {
    const bytes = 2 * this.get(CompactAt.wantBytes);
    return this.areas.grow(CompactAt.rawAt, bytes, CompactAt.rawRoom, this.get(CompactAt.rawUsed));
  }

  /** No finished block is there. */
  private growOutput(): boolean {
    const wanted = this.get(CompactAt.wantBytes);
    return (
      wanted > this.get(CompactAt.outRoom) && this.areas.grow(CompactAt.outAt, 2 * wanted, CompactAt.outRoom)
    );
  }

  /** Room for the last key, and for head and last key of several blocks. */
  private makeKeyAreas(): boolean {
    const { areas } = this;
    const { keyRoom } = this.merge;
    // Between two blocks the key of the one before is still needed.
    const lastBytes = this.get(CompactAt.lastKeyLength) || this.get(CompactAt.endedKeyLength);
    const keysUsed = this.get(CompactAt.keysUsed) + this.get(CompactAt.headLength);
    return (
      areas.grow(CompactAt.lastKeyAt, keyRoom, undefined, lastBytes) &&
      areas.grow(CompactAt.keysAt, Math.max(4 * keyRoom, 1 << 16), CompactAt.keysRoom, keysUsed)
    );
  }

  private put(field: number, bytes: Uint8Array): boolean {
    if (!this.areas.grow(field, 2 * bytes.length)) return false;
    this.memory.bytes.set(bytes, this.get(field));
    return true;
  }

  /** Takes the finished blocks out of the list; head and hashes of the one under way come to the front. */
  private clearBlocks(): void {
    const { memory } = this;
    const keys = this.get(CompactAt.keysAt);
    const head = keys + this.get(CompactAt.keysUsed);
    memory.bytes.copyWithin(keys, head, head + this.get(CompactAt.headLength));
    this.set(CompactAt.blockCount, 0);
    this.set(CompactAt.outUsed, 0);
    this.set(CompactAt.keysUsed, 0);
    if (!this.shape.isHashed) return;
    const count = this.get(CompactAt.hashCount);
    const rest = this.get(CompactAt.blockEntries);
    const hashes = this.get(CompactAt.hashesAt);
    memory.bytes.copyWithin(hashes, hashes + 4 * (count - rest), hashes + 4 * count);
    this.set(CompactAt.hashCount, rest);
  }

  private listed(): CompactedBlock[] {
    const { memory } = this;
    const { bytes } = memory;
    const count = this.get(CompactAt.blockCount);
    const blocks: CompactedBlock[] = [];
    let isFirst = count > 0 && this.blocksOfOutput === 0;
    this.blocksOfOutput += count;
    let out = this.get(CompactAt.outAt);
    let key = this.get(CompactAt.keysAt);
    let hash = this.get(CompactAt.hashesAt);
    for (let i = 0, at = this.get(CompactAt.blocksAt); i < count; i++, at += 4 * BLOCK_NUMBERS) {
      const end = out + memory.get(at) + BLOCK_TRAILER_SIZE;
      const lastKey = key + memory.get(at + 16);
      const head = bytes.slice(key, lastKey);
      const keysEnd = lastKey + memory.get(at + 20);
      const entries = memory.get(at + 8);
      blocks.push({
        stored: bytes.subarray(out, end),
        rawBytes: memory.get(at + 4),
        firstKey: isFirst ? head : undefined,
        separator: isFirst ? undefined : head,
        lastKey: i === count - 1 ? bytes.slice(lastKey, keysEnd) : undefined,
        entries,
        hashes: this.shape.isHashed ? new Uint32Array(bytes.buffer, hash, entries) : undefined,
        entry: memory.get(at + 12),
      });
      isFirst = false;
      out = end;
      key = keysEnd;
      hash += 4 * entries;
    }
    return blocks;
  }

  private get(field: number): number {
    return this.memory.get(this.at + field);
  }

  private set(field: number, value: number): void {
    this.memory.set(this.at + field, value);
  }
}
