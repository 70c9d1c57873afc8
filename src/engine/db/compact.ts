import { copyOf } from '../bytes/copy';
import { KeyBuffer } from '../bytes/key-buffer';
import type { U64 } from '../bytes/u64';
import type { Compaction } from '../compaction/compaction';
import { EntryFilter } from '../compaction/merge';
import { totalBytes, userKeyOf } from '../compaction/overlap';
import { ignoreFailure, type WritableFile } from '../env/env';
import type { Cursor } from '../iterator/cursor';
import type { KernelCompaction } from '../iterator/kernel-compaction';
import { tableFileName } from '../manifest/file-names';
import type { FileMetaData } from '../manifest/version-edit';
import { BlockCursor } from '../table/block';
import type { BuiltBlock } from '../table/kernel-blocks';
import type { TableBuilder } from '../table/table-builder';
import type { DropReason, KeepReason, OutputEnd, Steps, TraceEvent } from '../trace/events';
import { CompactionInput } from './compaction-input';
import type { DatabaseCore } from './core';
import { flushOldest } from './flush';
import { InputBlocks } from './input-blocks';
import { TableRuns } from './table-runs';
import { versionEvent } from './version-event';

/** Entries between two looks at who else wants to work. */
const SLICE = 1000;

const IGNORE = () => {};

const NOWHERE = { table: undefined, offset: undefined };

type Entry = Pick<Cursor, 'keyBuffer' | 'keyStart' | 'keyEnd' | 'valueBuffer' | 'valueStart' | 'valueEnd'>;

interface Output {
  number: U64;
  file: WritableFile;
  builder: TableBuilder;
  smallest: Uint8Array | undefined;
  /** The last key. */
  readonly largest: KeyBuffer;
}

/**
 * Merges the inputs of a compaction into tables of the next level and installs them (DBImpl::DoCompactionWork). A
 * memtable that fills up meanwhile goes first. Throws what reading and writing throw; the outputs so far are then
 * obsolete files.
 */
export function* compact(core: DatabaseCore, compaction: Compaction): Steps<void> {
  const work = new CompactionWork(core, compaction);
  try {
    yield* work.run();
  } finally {
    work.abandon();
  }
}

class CompactionWork {
  private readonly core: DatabaseCore;
  private readonly compaction: Compaction;
  private readonly finished: FileMetaData[] = [];
  private output: Output | undefined;
  private readonly numbers: U64[] = [];
  private entriesRead = 0;
  private entriesKept = 0;
  private shadowed = 0;
  private deletions = 0;
  /** Blocks that were read, left and written since the last step. */
  private readonly blocks: TraceEvent[] = [];
  private readonly inputBlocks = new InputBlocks(this.blocks);

  constructor(core: DatabaseCore, compaction: Compaction) {
    this.core = core;
    this.compaction = compaction;
  }

  *run(): Steps<void> {
    const { core, compaction } = this;
    const { level } = compaction;
    const started = core.options.now();
    core.infoLog.line(`Compacting ${this.counts()} files`);
    const { comparator } = compaction.version;
    const runs = new TableRuns(core.tables, comparator, false, this.inputBlocks.begin);
    for (const [which, files] of compaction.inputs.entries()) runs.add(level + which, files);
    const input = new CompactionInput(comparator, runs.cursors);
    try {
      yield* this.merge(input);
    } finally {
      input.close();
      runs.close();
    }
    const bytesWritten = totalBytes(this.finished);
    const stats = core.stats[level + 1];
    stats.milliseconds += core.options.now() - started;
    stats.bytesRead += compaction.inputBytes;
    stats.bytesWritten += bytesWritten;

    core.infoLog.line(`Compacted ${this.counts()} files => ${bytesWritten} bytes`);
    const { edit } = compaction;
    compaction.addInputDeletions(edit);
    for (const file of this.finished) edit.newFiles.push({ level: level + 1, file });
    core.versions.logAndApply(edit);
    yield {
      type: 'compaction-end',
      level,
      bytesRead: compaction.inputBytes,
      bytesWritten,
      entriesRead: this.entriesRead,
      entriesKept: this.entriesKept,
      shadowed: this.shadowed,
      deletions: this.deletions,
    };
    yield versionEvent(core, edit, false);
    core.infoLog.line(`compacted to: ${core.levelSummary()}`);
  }

  /** Gives up an output that was not finished, and its number. */
  abandon(): void {
    const { output } = this;
    this.output = undefined;
    if (output) ignoreFailure(() => output.file.close());
    for (const number of this.numbers) this.core.pendingOutputs.delete(number);
  }

  private counts(): string {
    const { level, inputs } = this.compaction;
    return `${inputs[0].length}@${level} + ${inputs[1].length}@${level + 1}`;
  }

  private *merge(input: CompactionInput): Steps<void> {
    const { core, compaction } = this;
    const smallestSnapshot = core.smallestSnapshot();
    const filter = new EntryFilter(compaction, smallestSnapshot);
    const detailed = core.options.traceGrain === 'entries';
    const shape = core.newTableBuilder(IGNORE, IGNORE).blockShape();
    const { maxFileBytes } = compaction.limits;
    input.seekToFirst(detailed, shape && { shape, smallestSnapshot, maxFileBytes });
    if (this.blocks.length > 0) yield* this.blocks.splice(0);
    const { inKernel } = input;
    const isBegun = inKernel ? yield* this.mergeInKernel(input, inKernel, filter) : false;
    yield* this.mergeByEntry(input, filter, detailed, isBegun);
    if (input.error) throw input.error;
    if (this.output) yield* this.finishOutput(input, 'end of input');
  }

  /** `isBegun`: what is done before an entry was done for the first one. */
  private *mergeByEntry(
    input: CompactionInput,
    filter: EntryFilter,
    detailed: boolean,
    isBegun: boolean,
  ): Steps<void> {
    const { compaction, inputBlocks } = this;
    for (let isFirst = true; input.valid; isFirst = false) {
      if (!isFirst || !isBegun) yield* this.beforeEntry();
      const { keyBuffer, keyStart, keyEnd, valueStart, valueEnd } = input;
      if (compaction.shouldStopBefore(keyBuffer, keyStart, keyEnd) && this.output) {
        yield* this.finishOutput(input, 'grandparent overlap');
      }
      const { keep, why, by } = filter.judge(input);
      this.count(keep, why);
      const { run } = input;
      inputBlocks.count(run, keep, why);
      if (detailed) {
        const key = copyOf(keyBuffer, keyStart, keyEnd);
        const valueBytes = valueEnd - valueStart;
        const { table: from, offset: block } = inputBlocks.of(run) ?? NOWHERE;
        if (!keep) yield { type: 'entry-dropped', key, valueBytes, why: why as DropReason, by, from, block };
        else {
          if (!this.output) yield* this.beginOutput();
          const output = this.output!.number;
          yield { type: 'entry-kept', key, valueBytes, why: why as KeepReason, output, from, block };
        }
      }
      if (keep) {
        if (!this.output) yield* this.beginOutput();
        this.addEntry(input);
        if (this.isOutputFull) yield* this.finishOutput(input, 'file size');
      }
      input.next();
      if (input.hasRunEnded) inputBlocks.end(run);
      if (this.blocks.length > 0) yield* this.blocks.splice(0);
      if (this.entriesRead % SLICE === 0) yield this.progress();
    }
  }

  /**
   * As far as the kernel goes: the same by blocks. Where it stops the input's cursors stand, and all else is as there.
   * Returns whether what is done before an entry was done for that one.
   */
  private *mergeInKernel(
    input: CompactionInput,
    kernel: KernelCompaction,
    filter: EntryFilter,
  ): Steps<boolean> {
    const { compaction, inputBlocks } = this;
    yield* this.beforeEntry();
    let isSound = yield* this.askBoundary(input, kernel);
    while (isSound) {
      const stop = kernel.goOn();
      const { count } = kernel;
      isSound = stop !== 'stopped';
      yield* this.tellOf(input, kernel, isSound);
      const { kept, shadowed, deletions } = kernel.takeCounts();
      this.entriesKept += kept;
      this.shadowed += shadowed;
      this.deletions += deletions;
      if (stop === 'end') {
        this.addBlock(kernel.endBlock());
        input.leaveKernel(true, inputBlocks);
        return false;
      }
      if (!isSound) {
        this.takeOver(kernel, filter);
        input.leaveKernel(false, inputBlocks);
        if (this.blocks.length > 0) yield* this.blocks.splice(0);
        if (count > 0 && this.entriesRead % SLICE === 0) yield this.progress();
        return count === 0;
      }
      if (count > 0) yield* this.beforeEntry();
      if (stop === 'boundary') isSound = yield* this.askBoundary(input, kernel);
      else if (stop === 'deletion')
        isSound = kernel.setAnswer(compaction.baseLevelSpan(userKeyOf(kernel.key)));
    }
    this.takeOver(kernel, filter);
    input.leaveKernel(false, inputBlocks);
    return true;
  }

  /** At an entry of which it is not known whether the output has to end before it. */
  private *askBoundary(input: CompactionInput, kernel: KernelCompaction): Steps<boolean> {
    const { compaction } = this;
    const { key } = kernel;
    if (compaction.shouldStopBefore(key, 0, key.length) && this.output) {
      this.addBlock(kernel.endBlock());
      kernel.newOutput();
      yield* this.finishOutput(input, 'grandparent overlap');
    }
    return kernel.setBoundary(compaction.nextGrandparentEnd);
  }

  /** What came about in the kernel, entry by entry, as mergeByEntry does it. `isPassed`: the last entry has been left. */
  private *tellOf(input: CompactionInput, kernel: KernelCompaction, isPassed: boolean): Steps<void> {
    const { core, inputBlocks, entriesRead } = this;
    const { blocks, notes, count } = kernel;
    let begin = kernel.beganAt || Infinity;
    // What is done before an entry was done for the first one before the kernel went on.
    let begun = 1;
    let progress = SLICE - (entriesRead % SLICE);
    for (let block = 0, note = 0; ; ) {
      const at = Math.min(
        begin,
        blocks[block]?.entry ?? Infinity,
        notes[note]?.entries ?? Infinity,
        progress,
      );
      if (at > count) break;
      for (; begun < at && (core.full.length > 0 || core.failure); begun++) yield* this.beforeEntry();
      begun = Math.max(begun, at);
      this.entriesRead = entriesRead + at;
      if (at === begin) {
        yield* this.beginOutput();
        begin = Infinity;
      }
      if (at === blocks[block]?.entry) {
        this.addBlock(blocks[block++]);
        if (this.isOutputFull) {
          kernel.newOutput();
          yield* this.finishOutput(input, 'file size');
        }
      }
      for (; at === notes[note]?.entries; note++) {
        const { child, left, tell } = notes[note];
        inputBlocks.add(child, left);
        if (tell) tell();
        else inputBlocks.end(child);
      }
      if (this.blocks.length > 0) yield* this.blocks.splice(0);
      if (at !== progress) continue;
      if (at < count || isPassed) yield this.progress();
      progress += SLICE;
    }
    for (; begun < count && (core.full.length > 0 || core.failure); begun++) yield* this.beforeEntry();
    this.entriesRead = entriesRead + count;
  }

  /** Goes on with the output and the filter where the kernel has stopped. */
  private takeOver(kernel: KernelCompaction, filter: EntryFilter): void {
    const { last } = kernel;
    if (last) filter.resume(last.userKey, last.sequence);
    const entries = new BlockCursor(this.compaction.version.comparator, kernel.blockUnderWay);
    for (entries.seekToFirst(); entries.valid; entries.next()) this.addEntry(entries);
  }

  /** A memtable that is full goes first; after a failure nothing is done any more. */
  private *beforeEntry(): Steps<void> {
    const { core } = this;
    if (core.full.length > 0) yield* flushOldest(core);
    if (core.failure) throw core.failure;
  }

  /** Adds to the present output. */
  private addEntry(entry: Entry): void {
    const { keyBuffer, keyStart, keyEnd, valueBuffer, valueStart, valueEnd } = entry;
    const output = this.output!;
    output.smallest ??= copyOf(keyBuffer, keyStart, keyEnd);
    output.builder.addRange(keyBuffer, keyStart, keyEnd, valueBuffer, valueStart, valueEnd);
    output.largest.assign(keyBuffer, keyStart, keyEnd);
  }

  private addBlock(block: BuiltBlock | undefined): void {
    if (!block) return;
    const output = this.output!;
    const { firstKey, lastKey } = block;
    output.smallest ??= firstKey;
    output.builder.addBlock(block);
    if (lastKey) output.largest.assign(lastKey, 0, lastKey.length);
  }

  private get isOutputFull(): boolean {
    return this.output!.builder.fileSize >= this.compaction.limits.maxFileBytes;
  }

  private count(keep: boolean, why: KeepReason | DropReason): void {
    this.entriesRead++;
    if (keep) this.entriesKept++;
    else if (why === 'shadowed') this.shadowed++;
    else this.deletions++;
  }

  private progress(): TraceEvent {
    const { entriesRead: entries, finished, output } = this;
    const { bytesRead } = this.inputBlocks;
    const bytesTotal = this.compaction.inputBytes;
    const bytesWritten = totalBytes(finished) + (output?.builder.fileSize ?? 0);
    return { type: 'compaction-progress', entries, bytesRead, bytesTotal, bytesWritten };
  }

  private *beginOutput(): Steps<void> {
    const { core, compaction } = this;
    const number = core.versions.newFileNumber();
    core.pendingOutputs.add(number);
    this.numbers.push(number);
    const file = core.env.create(core.path(tableFileName(number)));
    const builder = core.newTableBuilder(
      (bytes) => file.append(bytes),
      (block) => this.blocks.push({ type: 'output-block', table: number, ...block }),
    );
    this.output = { number, file, builder, smallest: undefined, largest: new KeyBuffer() };
    yield { type: 'output-begin', table: number, level: compaction.level + 1 };
  }

  private *finishOutput(input: CompactionInput, why: OutputEnd): Steps<void> {
    const { core, output, compaction } = this;
    if (!output?.smallest) return;
    if (input.error) throw input.error;
    const { number, file, builder, smallest, largest } = output;
    builder.finish();
    file.sync();
    file.close();
    this.output = undefined;
    yield* this.blocks.splice(0);
    const meta: FileMetaData = {
      number,
      size: builder.fileSize,
      smallest,
      largest: copyOf(largest.bytes, 0, largest.length),
    };
    // Opened once to see that it can be.
    core.tables.get(meta);
    this.finished.push(meta);
    const { numEntries: entries, fileSize } = builder;
    core.infoLog.line(`Generated table #${number}@${compaction.level}: ${entries} keys, ${fileSize} bytes`);
    yield { type: 'output-end', table: number, file: meta, entries, why };
  }
}
