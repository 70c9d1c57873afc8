import type { U64 } from '../bytes/u64';
import type { Compaction } from '../compaction/compaction';
import { totalBytes } from '../compaction/overlap';
import { tableFileName } from '../manifest/file-names';
import type { FileMetaData } from '../manifest/version-edit';
import type { Steps } from '../trace/events';
import { type CompactionCounts, type CompactionHost, CompactionOutputs } from './compaction-outputs';
import { mergeInputs } from './compaction-work';
import type { DatabaseCore } from './core';
import { flushOldest } from './flush';
import { versionEvent } from './version-event';

/**
 * Merges the inputs of a compaction into tables of the next level and installs them (DBImpl::DoCompactionWork). A
 * memtable that fills up meanwhile goes first. Throws what reading and writing throw; the outputs so far are then
 * obsolete files.
 */
export function* compact(core: DatabaseCore, compaction: Compaction): Steps<void> {
  const host = new CoreHost(core, compaction);
  const outputs = new CompactionOutputs(host, compaction);
  try {
    const started = core.options.now();
    core.infoLog.line(`Compacting ${inputCounts(compaction)} files`);
    yield* mergeInputs(outputs);
    yield* install(core, compaction, outputs, core.options.now() - started, false);
  } finally {
    outputs.abandon();
    host.release();
  }
}

/** What a compaction came to, and how long it took, becomes the database's. `areNamesDurable`: those of its tables. */
export function* install(
  core: DatabaseCore,
  compaction: Compaction,
  result: CompactionCounts & { readonly finished: readonly FileMetaData[] },
  milliseconds: number,
  areNamesDurable: boolean,
): Steps<void> {
  const { level, edit } = compaction;
  const bytesWritten = totalBytes(result.finished);
  const stats = core.stats[level + 1];
  stats.milliseconds += milliseconds;
  stats.bytesRead += compaction.inputBytes;
  stats.bytesWritten += bytesWritten;

  core.infoLog.line(`Compacted ${inputCounts(compaction)} files => ${bytesWritten} bytes`);
  compaction.addInputDeletions(edit);
  for (const file of result.finished) edit.newFiles.push({ level: level + 1, file });
  core.logAndApply(edit, areNamesDurable);
  yield {
    type: 'compaction-end',
    level,
    bytesRead: compaction.inputBytes,
    bytesWritten,
    entriesRead: result.entriesRead,
    entriesKept: result.entriesKept,
    shadowed: result.shadowed,
    deletions: result.deletions,
  };
  yield versionEvent(core, edit, false);
  core.infoLog.line(`compacted to: ${core.levelSummary()}`);
}

/** An output is there: it is opened once to see that it can be. Throws if it cannot. */
export function tableDone(core: DatabaseCore, level: number, file: FileMetaData, entries: number): void {
  core.tables.own.add(file.number);
  core.tables.get(file);
  core.infoLog.line(`Generated table #${file.number}@${level}: ${entries} keys, ${file.size} bytes`);
}

/** `4@0 + 1@1`. */
export function inputCounts({ level, inputs }: Compaction): string {
  return `${inputs[0].length}@${level} + ${inputs[1].length}@${level + 1}`;
}

/** A compaction in the thread that writes. */
class CoreHost implements CompactionHost {
  private readonly core: DatabaseCore;
  private readonly level: number;
  private readonly numbers: U64[] = [];
  readonly newTableBuilder: CompactionHost['newTableBuilder'];

  constructor(core: DatabaseCore, { level }: Compaction) {
    this.core = core;
    this.level = level;
    this.newTableBuilder = core.newTableBuilder.bind(core);
  }

  get tables() {
    return this.core.tables;
  }

  get isTold(): boolean {
    return this.core.isTold;
  }

  get isDetailed(): boolean {
    return this.core.options.traceGrain === 'entries';
  }

  get smallestSnapshot(): U64 {
    return this.core.smallestSnapshot();
  }

  newTableNumber(): U64 {
    const { core } = this;
    const number = core.versions.newFileNumber();
    core.pendingOutputs.add(number);
    this.numbers.push(number);
    return number;
  }

  createTable(number: U64) {
    const { core } = this;
    return core.env.create(core.path(tableFileName(number)));
  }

  tableDone(file: FileMetaData, entries: number): void {
    tableDone(this.core, this.level, file, entries);
  }

  get hasUrgentWork(): boolean {
    const { full, failure } = this.core;
    return full.length > 0 || failure !== undefined;
  }

  /** A memtable that is full goes first; after a failure nothing is done any more. */
  *urgentWork(): Steps<void> {
    const { core } = this;
    if (core.full.length > 0) yield* flushOldest(core);
    if (core.failure) throw core.failure;
  }

  /** The outputs that no version names are obsolete from now on. */
  release(): void {
    for (const number of this.numbers) this.core.pendingOutputs.delete(number);
  }
}
