import type { Cursor } from '../iterator/cursor';
import { type CompactionRules, KernelCompaction } from '../iterator/kernel-compaction';
import { KernelMerge, type MergeState } from '../iterator/kernel-merge';
import { MergingCursor } from '../iterator/merging-cursor';
import { bytewiseComparator } from '../keys/comparator';
import type { InternalKeyComparator } from '../keys/internal-key';
import type { LsmError } from '../problem';
import { EntryBatch, QUAD } from './entry-batch';
import type { InputBlocks } from './input-blocks';

const BATCH_BYTES = 1 << 20;
const BATCH_ENTRIES = 8192;
const EMPTY = new Uint8Array(0);

/**
 * The merged entries of a compaction. The kernel judges them and builds the outputs' blocks as long as there is `inKernel`;
 * else they come one after the other, taken from the kernel in batches or from the cursors. Blocks are told of when the
 * entry before them has been passed, whichever way it goes.
 */
export class CompactionInput {
  valid = false;
  keyBuffer: Uint8Array = EMPTY;
  keyStart = 0;
  keyEnd = 0;
  valueBuffer: Uint8Array = EMPTY;
  valueStart = 0;
  valueEnd = 0;
  /** The run that the current entry is of. */
  run = 0;
  /** Whether the run that `next` left has ended with that. */
  hasRunEnded = false;
  private readonly comparator: InternalKeyComparator;
  private readonly merged: MergingCursor;
  private readonly runs: readonly Cursor[];
  private kernel: KernelMerge | undefined;
  inKernel: KernelCompaction | undefined;
  private readonly batch = new EntryBatch(0, 0);
  /** What became of the kernel with the batch. */
  private state: MergeState = 'full';
  private place = 0;
  private note = 0;
  private failure: LsmError | undefined;

  constructor(comparator: InternalKeyComparator, runs: readonly Cursor[]) {
    this.comparator = comparator;
    this.merged = new MergingCursor(comparator, runs);
    this.runs = runs;
  }

  get error(): LsmError | undefined {
    return this.failure ?? this.merged.error;
  }

  /** `byCursors`: without the kernel. Without rules that it knows the kernel does no more than merge. */
  seekToFirst(byCursors: boolean, rules: CompactionRules | undefined): void {
    const { merged } = this;
    merged.seekToFirst();
    if (!byCursors && this.comparator.user === bytewiseComparator && !merged.error) {
      const range = { internal: true, limitLow: 0, limitHigh: 0, upper: undefined };
      this.kernel = KernelMerge.begin(merged, { ...range, notes: true });
    }
    const { kernel } = this;
    this.inKernel = kernel && rules && KernelCompaction.begin(kernel, rules);
    if (this.inKernel) this.valid = true;
    else if (kernel) this.readBatch(kernel);
    else this.showCursor();
  }

  /**
   * The kernel is at the end, or has stopped: the cursors go on from there. `blocks` gets what became of the entries of
   * those that it is in.
   */
  leaveKernel(isEnd: boolean, blocks: InputBlocks): void {
    const { kernel } = this;
    this.inKernel = undefined;
    if (!kernel) return;
    this.state = isEnd ? 'end' : 'stopped';
    const run = kernel.lastChild;
    this.run = run;
    for (const each of kernel.runs) blocks.add(each.child, each.takeCounts());
    this.endKernel(kernel);
    if (this.hasRunEnded) blocks.end(run);
  }

  next(): void {
    const { kernel } = this;
    this.hasRunEnded = false;
    if (!kernel) {
      this.stepCursor();
      return;
    }
    this.place++;
    this.tellNotes(kernel);
    if (this.place < this.batch.count) this.showEntry(kernel);
    else if (this.state === 'full') this.readBatch(kernel);
    else this.endKernel(kernel);
  }

  /** Gives up what it holds. */
  close(): void {
    this.kernel?.close();
    this.kernel = undefined;
  }

  private stepCursor(): void {
    const { merged, runs, run } = this;
    merged.next();
    this.hasRunEnded = !runs[run].valid;
    this.showCursor();
  }

  private showCursor(): void {
    const { merged } = this;
    this.valid = merged.valid;
    this.keyBuffer = merged.keyBuffer;
    this.keyStart = merged.keyStart;
    this.keyEnd = merged.keyEnd;
    this.valueBuffer = merged.valueBuffer;
    this.valueStart = merged.valueStart;
    this.valueEnd = merged.valueEnd;
    this.run = merged.currentChild;
  }

  private readBatch(kernel: KernelMerge): void {
    const { batch } = this;
    batch.reserve(BATCH_BYTES, BATCH_ENTRIES);
    for (;;) {
      batch.clear();
      const { state, count, used, wanted } = kernel.read(batch);
      batch.filled(count, used);
      this.state = state;
      this.place = 0;
      this.note = 0;
      if (wanted === 0) break;
      batch.grow(wanted);
    }
    if (batch.count > 0) this.showEntry(kernel);
    else this.endKernel(kernel);
  }

  private showEntry(kernel: KernelMerge): void {
    const { bytes, quads } = this.batch;
    const at = this.place * QUAD;
    this.valid = true;
    this.keyBuffer = this.valueBuffer = bytes;
    this.keyStart = quads[at];
    this.keyEnd = this.keyStart + quads[at + 1];
    this.valueStart = quads[at + 2];
    this.valueEnd = this.valueStart + quads[at + 3];
    this.run = kernel.childOf(this.place);
  }

  /** What came about between the entry before and this one. */
  private tellNotes(kernel: KernelMerge): void {
    const { notes } = kernel;
    for (; this.note < notes.length && notes[this.note].entries <= this.place; this.note++) {
      const { tell, child } = notes[this.note];
      if (tell) tell();
      else if (child === this.run) this.hasRunEnded = true;
    }
  }

  /** At the end, or where the kernel stopped: the cursors go on from there. */
  private endKernel(kernel: KernelMerge): void {
    const { run } = this;
    this.kernel = undefined;
    this.failure = kernel.failure;
    if (this.state === 'end' || this.failure) {
      kernel.close();
      this.valid = false;
      return;
    }
    kernel.leave();
    this.hasRunEnded ||= !this.runs[run].valid;
    this.showCursor();
  }
}
