import { BlockLogAt, Code, LOG_RECORD_BYTES, MergeAt, RUN_BYTES } from '../kernel/merge-layout';
import { GrowingAreas, MergeMemory } from '../kernel/merge-memory';
import type { LsmError } from '../problem';
import { type BlockCounts, type KernelRun, kernelRuns } from './kernel-run';
import type { MergingCursor } from './merging-cursor';

/** What to take of a merge. */
export interface KernelMergeOptions {
  /** Every version with its tag, rather than what a reader sees at a sequence. */
  internal: boolean;
  /** Newer ones are not seen: the tag's halves. */
  limitLow: number;
  limitHigh: number;
  /** The user key at which it ends. */
  upper: Uint8Array | undefined;
  /** Whether it ends with all cursors on the first entry at or behind `upper`, whatever a reader would see of it. */
  endsExactly?: boolean;
  /** Whether it is noted which blocks are come to, and which child each entry is of. */
  notes?: boolean;
}

/** Something that came about behind an entry that was read, the n-th one counted from 1 (or before the first one). */
export interface MergeNote {
  entries: number;
  /** The child. */
  child: number;
  /** Tells of the block that was come to; undefined if the child has ended. */
  tell: (() => void) | undefined;
  /** What a compaction in the kernel did with the block that was left. */
  left: BlockCounts;
}

/** Blocks that are noted before they are taken away. */
const LOG_RECORDS = 1024;

/**
 * `full`: what was asked for is there, and another entry is. `stopped`: the cursors have to go on from here, by `leave`.
 */
export type MergeState = 'full' | 'end' | 'stopped';

/** Where entries go. */
export interface EntrySink {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly quads: Uint32Array<ArrayBuffer>;
}

/** What a row of entries holds. */
export interface RowCounts {
  entries: number;
  keyBytes: number;
  valueBytes: number;
}

/** Numbers of a digest that goes on from part to part. */
export interface DigestPart {
  hashLow: number;
  hashHigh: number;
  entries: number;
  keyBytes: number;
  valueBytes: number;
}

/**
 * A merge that the kernel goes on with from where its cursors stand, forward, in bytewise order. It gives what they
 * would give; at anything that it does not know it stops, and the cursors are put where it stands.
 */
export class KernelMerge {
  readonly memory: MergeMemory;
  readonly runs: readonly KernelRun[];
  private readonly merged: MergingCursor;
  private readonly at: number;
  private readonly log: number;
  private takesNotes = false;
  private readonly areas: GrowingAreas;
  private sources = new Uint8Array(0);
  /** Of the entries that were read last, if notes are taken. */
  notes: MergeNote[] = [];

  private constructor(memory: MergeMemory, runs: readonly KernelRun[], merged: MergingCursor) {
    this.memory = memory;
    this.runs = runs;
    this.merged = merged;
    this.at = memory.exports.MERGE.value;
    this.areas = new GrowingAreas(memory, this.at);
    this.log = memory.exports.BLOCK_LOG.value;
  }

  /**
   * Undefined if the kernel cannot take it from here; the cursors stand where they stood then. Throws an IO error if a
   * file cannot be read and notes are taken: who writes what it reads must not pass over that.
   */
  static begin(merged: MergingCursor, options: KernelMergeOptions): KernelMerge | undefined {
    if (!merged.forward || !merged.valid) return undefined;
    const memory = MergeMemory.take();
    if (!memory) return undefined;
    const runs = kernelRuns(memory, merged.children);
    const merge = runs && new KernelMerge(memory, runs, merged);
    if (merge?.start(options)) return merge;
    memory.release();
    if (options.notes && merge?.failure) throw merge.failure;
    return undefined;
  }

  /** What a file could not be read with, if that is why the merge stopped. */
  get failure(): LsmError | undefined {
    return this.runs.find(({ failure }) => failure)?.failure;
  }

  /** Copies entries to the sink as far as they fit. `wanted` is what one entry takes that alone does not fit. */
  read(sink: EntrySink): { state: MergeState; count: number; used: number; wanted: number } {
    const { memory } = this;
    const maxEntries = sink.quads.length >>> 2;
    if (!this.makeOutput(sink.bytes.length, maxEntries))
      return { state: 'stopped', count: 0, used: 0, wanted: 0 };
    this.set(MergeAt.digest, 0);
    this.set(MergeAt.outUsed, 0);
    this.set(MergeAt.count, 0);
    this.set(MergeAt.maxEntries, maxEntries);
    this.set(MergeAt.outBytes, sink.bytes.length);
    const state = this.mergeOn();
    const count = this.get(MergeAt.count);
    const used = this.get(MergeAt.outUsed);
    const out = this.get(MergeAt.outAt);
    const quads = this.get(MergeAt.quadsAt);
    const runs = this.get(MergeAt.runsAt);
    if (runs) this.sources = memory.bytes.slice(runs, runs + count);
    sink.bytes.set(memory.bytes.subarray(out, out + used));
    sink.quads.set(new Uint32Array(memory.bytes.buffer, quads, count * 4));
    const wanted = state === 'full' && count === 0 ? this.get(MergeAt.wantBytes) : 0;
    return { state, count, used, wanted };
  }

  /** The child that the n-th of the entries read last is of, if notes are taken. */
  childOf(entry: number): number {
    return this.runs[this.sources[entry]].child;
  }

  /** The child that the entry at the top, or the one that was passed last, is of. */
  get lastChild(): number {
    return this.runs[this.get(MergeAt.run)].child;
  }

  /** Digests up to `most` entries, and adds them to `part`. */
  digest(part: DigestPart, most: number): MergeState {
    const { memory, at } = this;
    this.set(MergeAt.digest, 1);
    this.set(MergeAt.count, 0);
    this.set(MergeAt.maxEntries, Math.min(most, 0xffff_ffff));
    this.set(MergeAt.hash, part.hashLow);
    this.set(MergeAt.hash + 4, part.hashHigh);
    memory.setLong(at + MergeAt.keyBytes, 0);
    memory.setLong(at + MergeAt.valueBytes, 0);
    const state = this.mergeOn();
    part.hashLow = this.get(MergeAt.hash);
    part.hashHigh = this.get(MergeAt.hash + 4);
    part.entries += this.get(MergeAt.count);
    part.keyBytes += memory.getLong(at + MergeAt.keyBytes);
    part.valueBytes += memory.getLong(at + MergeAt.valueBytes);
    return state;
  }

  /**
   * As many entries as fit in `roomBytes`, or one: key, 0xff, value, 0xff of each, one behind the other, in memory that is
   * the kernel's and stays up to the next call.
   */
  readRow(roomBytes: number): { state: MergeState; bytes: Uint8Array; row: RowCounts } {
    const { memory, at } = this;
    this.set(MergeAt.digest, 2);
    memory.setLong(at + MergeAt.keyBytes, 0);
    memory.setLong(at + MergeAt.valueBytes, 0);
    this.set(MergeAt.count, 0);
    this.set(MergeAt.maxEntries, 0xffff_ffff);
    this.set(MergeAt.outUsed, 0);
    let room = roomBytes;
    let state: MergeState = 'stopped';
    while (this.makeOutput(room, 0)) {
      this.set(MergeAt.outBytes, room);
      state = this.mergeOn();
      if (state !== 'full' || this.get(MergeAt.count) > 0) break;
      room = this.get(MergeAt.wantBytes);
      state = 'stopped';
    }
    const out = this.get(MergeAt.outAt);
    return {
      state,
      bytes: memory.bytes.subarray(out, out + this.get(MergeAt.outUsed)),
      row: {
        entries: this.get(MergeAt.count),
        keyBytes: memory.getLong(at + MergeAt.keyBytes),
        valueBytes: memory.getLong(at + MergeAt.valueBytes),
      },
    };
  }

  /**
   * Puts the cursors where the kernel stands, and gives the key whose versions a reader has passed, if there is one. The
   * merge is over.
   */
  leave(): Uint8Array | undefined {
    const { memory, runs, merged } = this;
    const isMoving = this.get(MergeAt.moving) !== 0;
    const top = this.get(MergeAt.run);
    const savedAt = this.get(MergeAt.savedAt);
    const saved = this.get(MergeAt.skipping)
      ? memory.bytes.slice(savedAt, savedAt + this.get(MergeAt.savedLength))
      : undefined;
    for (const [i, run] of runs.entries()) run.restore(isMoving && i === top);
    this.close();
    merged.resume();
    return saved;
  }

  /** Gives the memory back. */
  close(): void {
    this.memory.release();
  }

  private start({ internal, limitLow, limitHigh, upper, endsExactly, notes }: KernelMergeOptions): boolean {
    const { memory, runs } = this;
    for (let i = 0; i < MERGE_BYTES; i += 4) this.set(i, 0);
    memory.set(this.log + BlockLogAt.room, 0);
    this.set(MergeAt.internal, internal ? 1 : 0);
    this.set(MergeAt.maxTag, limitLow);
    this.set(MergeAt.maxTag + 4, limitHigh);
    if (upper) {
      const area = memory.allocate(upper.length);
      if (area === undefined) return false;
      memory.bytes.set(upper, area);
      this.set(MergeAt.upperAt, area);
      this.set(MergeAt.upperLength, upper.length);
      this.set(MergeAt.hasUpper, endsExactly ? 2 : 1);
    }
    for (const [i, run] of runs.entries()) {
      if (!run.begin()) return false;
      for (;;) {
        const code = memory.exports.beginRun(i);
        if (code === Code.ok) break;
        // The cursor stands on an entry: that is in this table.
        if (code === Code.needTable || !run.supply(code)) return false;
      }
    }
    if (!this.makeSavedRoom() || (notes && !this.makeLog())) return false;
    memory.exports.beginMerge(runs.length);
    return true;
  }

  /** From now on: the blocks in which the cursors stand were told of. */
  private makeLog(): boolean {
    const { memory, log } = this;
    const area = memory.allocate(LOG_RECORDS * LOG_RECORD_BYTES);
    if (area === undefined) return false;
    memory.set(log + BlockLogAt.at, area);
    memory.set(log + BlockLogAt.room, LOG_RECORDS);
    memory.set(log + BlockLogAt.count, 0);
    this.takesNotes = true;
    return true;
  }

  private takeNotes(): void {
    const { memory, log, runs, notes } = this;
    const count = memory.get(log + BlockLogAt.count);
    for (let i = 0, at = memory.get(log + BlockLogAt.at); i < count; i++, at += LOG_RECORD_BYTES) {
      const run = runs[(memory.get(at) - memory.exports.RUNS.value) / RUN_BYTES];
      notes.push({
        entries: memory.get(at + 4),
        child: run.child,
        tell: run.blockNote(memory.get(at + 8)),
        left: { kept: memory.get(at + 12), shadowed: memory.get(at + 16), deletions: memory.get(at + 20) },
      });
    }
    memory.set(log + BlockLogAt.count, 0);
  }

  private mergeOn(): MergeState {
    this.notes = [];
    const code = this.goOn(this.memory.exports.mergeEntries);
    return code === Code.end ? 'end' : code === Code.full ? 'full' : 'stopped';
  }

  /**
   * Steps, and gives the runs what they need, up to a code about something else; `unusual` if the cursors have to go on.
   * `makeRoom` makes the room that a longer key takes elsewhere. Notes come behind those that are there.
   */
  goOn(step: () => number, makeRoom?: () => boolean): number {
    for (;;) {
      const code = step();
      if (this.takesNotes) this.takeNotes();
      if (code === Code.needLog) continue;
      if (!RUN_CODES.has(code)) return code;
      const run = this.runs[this.get(MergeAt.run)];
      if (!run.supply(code)) return Code.unusual;
      if (this.takesNotes && run.hasEnded) {
        const { child } = run;
        this.notes.push({ entries: this.get(MergeAt.count), child, tell: undefined, left: run.takeCounts() });
      }
      if (code !== Code.needKeyRoom) continue;
      if (!this.makeSavedRoom() || makeRoom?.() === false) return Code.unusual;
    }
  }

  /** Bytes that a key of the runs may have so far. */
  get keyRoom(): number {
    return this.runs.reduce((room, { keyRoom }) => Math.max(room, keyRoom), 0);
  }

  /** Any key that a run can have can be saved. */
  private makeSavedRoom(): boolean {
    return this.areas.grow(MergeAt.savedAt, this.keyRoom, undefined, this.get(MergeAt.savedLength));
  }

  private makeOutput(bytes: number, entries: number): boolean {
    const { areas } = this;
    return (
      areas.grow(MergeAt.outAt, bytes) &&
      areas.grow(MergeAt.quadsAt, entries * 16) &&
      (!this.takesNotes || areas.grow(MergeAt.runsAt, entries))
    );
  }

  get(field: number): number {
    return this.memory.get(this.at + field);
  }

  set(field: number, value: number): void {
    this.memory.set(this.at + field, value);
  }
}

const MERGE_BYTES = 128;
/** Codes that are about the run that the kernel names. */
const RUN_CODES = new Set<number>([
  Code.needTable,
  Code.needPiece,
  Code.needRoom,
  Code.needKeyRoom,
  Code.unusual,
]);
