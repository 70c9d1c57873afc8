import { copyOf } from '../bytes/copy';
import { KeyBuffer } from '../bytes/key-buffer';
import type { U64 } from '../bytes/u64';
import type { Compaction } from '../compaction/compaction';
import { EntryFilter } from '../compaction/merge';
import { totalBytes } from '../compaction/overlap';
import { ignoreFailure, type WritableFile } from '../env/env';
import { tableFileName } from '../manifest/file-names';
import type { FileMetaData } from '../manifest/version-edit';
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

const NOWHERE = { table: undefined, offset: undefined };

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
    const { core, compaction, inputBlocks } = this;
    const filter = new EntryFilter(compaction, core.smallestSnapshot());
    const detailed = core.options.traceGrain === 'entries';
    input.seekToFirst(detailed);
    if (this.blocks.length > 0) yield* this.blocks.splice(0);
    while (input.valid) {
      if (core.full.length > 0) yield* flushOldest(core);
      if (core.failure) throw core.failure;
      const { keyBuffer, keyStart, keyEnd, valueBuffer, valueStart, valueEnd } = input;
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
        const output = this.output!;
        output.smallest ??= copyOf(keyBuffer, keyStart, keyEnd);
        output.builder.addRange(keyBuffer, keyStart, keyEnd, valueBuffer, valueStart, valueEnd);
        output.largest.assign(keyBuffer, keyStart, keyEnd);
        if (output.builder.fileSize >= compaction.limits.maxFileBytes) {
          yield* this.finishOutput(input, 'file size');
        }
      }
      input.next();
      if (input.hasRunEnded) inputBlocks.end(run);
      if (this.blocks.length > 0) yield* this.blocks.splice(0);
      if (this.entriesRead % SLICE === 0) yield this.progress();
    }
    if (input.error) throw input.error;
    if (this.output) yield* this.finishOutput(input, 'end of input');
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
