import type { U64 } from '../../bytes/u64';
import { LEVELS } from '../../manifest/version-edit';
import type { EventOf, TracedOptions, TraceEvent, TraceGrain } from '../events';
import {
  type CompactionProgress,
  type CountersProgress,
  type EntryCounts,
  type Failure,
  type FlushProgress,
  type LogProgress,
  type ManifestProgress,
  type MemtableProgress,
  NO_ENTRIES,
  type OutputProgress,
  type Phase,
  takeCounters,
  type WorkTotals,
} from './progress';

/** Whether a table is in a level of a version: what a state asks of the trace's index. */
export type HasTable = (level: number, table: U64, versionId: number) => boolean;

/** Whether an event makes another version, even one with the same tables. */
export function makesVersion({ type }: TraceEvent): boolean {
  return type === 'open' || type === 'manifest-edit' || type === 'manifest-end' || type === 'version';
}

/**
 * The picture after some of a trace's events, without its lists: what a step costs and what a copy costs does not depend
 * on how many tables, events or outputs there are. Lists are asked of the TraceIndex, by `events` and `openedAt`.
 */
export class ReplayState {
  /** How many events were applied. */
  events = 0;
  /** Counted up by every event that makes a version. */
  versionId = 0;
  /** Index of the last `open`; -1 before it. Another opening begins a new picture. */
  openedAt = -1;
  /** The version that recovery found. */
  foundVersionId: number | undefined;
  private isOpening = false;
  directory: string | undefined;
  options: TracedOptions | undefined;
  grain: TraceGrain | undefined;
  current: string | undefined;
  manifest: ManifestProgress | undefined;
  counters: CountersProgress = noCounters();
  /** compact_pointer_ of each level. */
  pointers: (Uint8Array | undefined)[] = new Array(LEVELS).fill(undefined);
  /** Of levels 0 to 5; undefined before the engine told them. */
  scores: readonly number[] | undefined;
  /** Index of `logs`, and of `missing-files`. */
  logsAt: number | undefined;
  missingAt: number | undefined;
  /** Under way or the last one. */
  log: LogProgress | undefined;
  memtable: MemtableProgress = { bytes: 0, operations: 0, log: undefined, waiting: 0 };
  flush: FlushProgress | undefined;
  compaction: CompactionProgress | undefined;
  work: WorkTotals = noWork();
  /** Index of the last `version`. */
  editAt: number | undefined;
  /** The table of the present version whose seeks were used up first (Version::UpdateStats). */
  seekDue: { level: number; table: U64 } | undefined;
  failure: Failure | undefined;
  private readonly hasTable: HasTable;

  constructor(hasTable: HasTable) {
    this.hasTable = hasTable;
  }

  get phase(): Phase {
    if (this.failure) return 'failed';
    if (this.openedAt < 0) return 'before';
    if (this.isOpening) return 'recovery';
    if (this.flush && !this.flush.isOver) return 'flush';
    return this.compaction?.state === 'under way' ? 'compaction' : 'idle';
  }

  clone(): ReplayState {
    const copy = Object.assign(new ReplayState(this.hasTable), this);
    const { manifest, log, flush, compaction } = this;
    copy.manifest = manifest && { ...manifest };
    copy.counters = { ...this.counters };
    copy.pointers = [...this.pointers];
    copy.log = log && { ...log };
    copy.memtable = { ...this.memtable };
    copy.flush = flush && { ...flush };
    copy.compaction = compaction && copyOfCompaction(compaction);
    copy.work = { ...this.work };
    return copy;
  }

  apply(event: TraceEvent): void {
    const index = this.events++;
    if (makesVersion(event)) {
      this.versionId++;
      this.seekDue = undefined;
    }
    switch (event.type) {
      case 'open':
        this.begin(event, index);
        break;
      case 'current':
        this.current = event.manifest;
        break;
      case 'manifest-edit':
      case 'manifest-end':
        this.readManifest(event);
        break;
      case 'missing-files':
        this.missingAt = index;
        break;
      case 'logs':
        this.logsAt = index;
        break;
      case 'log-begin':
      case 'log-batch':
      case 'log-batch-fault':
      case 'log-dropped':
      case 'log-end':
        this.replayLog(event, index);
        break;
      case 'open-end':
        this.isOpening = false;
        this.counters.lastSequence = event.lastSequence;
        this.memtable.log = event.logFile;
        break;
      case 'memtable-switch':
        this.memtable = { bytes: 0, operations: 0, log: event.log, waiting: event.waiting };
        break;
      case 'write':
        this.memtable.bytes = event.memoryUsage;
        this.takeBatch(event.count, event.bytes);
        break;
      case 'flush-begin':
      case 'flush-progress':
      case 'flush-end':
        this.flushTable(event, index);
        break;
      case 'pick':
        this.pick(event, index);
        break;
      case 'output-block':
        this.writeBlock(event);
        break;
      case 'move':
      case 'input-block':
      case 'input-block-end':
      case 'entry-kept':
      case 'entry-dropped':
      case 'output-begin':
      case 'output-end':
      case 'compaction-progress':
      case 'compaction-end':
        if (this.compaction) this.compact(this.compaction, event, index);
        break;
      case 'version':
        this.writeEdit(event, index);
        break;
      case 'seek-charge':
        if (event.left <= 0 && this.hasTable(event.level, event.table, this.versionId)) {
          this.seekDue ??= { level: event.level, table: event.table };
        }
        break;
      case 'error':
        this.fail(event, index);
        break;
    }
  }

  private begin({ directory, options, grain }: EventOf<'open'>, index: number): void {
    const { events, versionId } = this;
    Object.assign(this, new ReplayState(this.hasTable), { events, versionId, directory, options, grain });
    this.openedAt = index;
    this.isOpening = true;
  }

  private readManifest(event: EventOf<'manifest-edit' | 'manifest-end'>): void {
    this.manifest ??= { name: event.manifest, edits: 0, offset: 0, isRead: false, isNew: false };
    const { manifest, counters } = this;
    if (event.type === 'manifest-edit') {
      manifest.edits = event.index + 1;
      manifest.offset = event.offset;
      takeCounters(counters, event.edit);
      for (const { level, key } of event.edit.compactPointers) this.pointers[level] = key;
      return;
    }
    manifest.edits = event.edits;
    manifest.isRead = true;
    const { nextFileNumber, logNumber, prevLogNumber, lastSequence } = event;
    Object.assign(counters, { nextFileNumber, logNumber, prevLogNumber, lastSequence });
    this.scores = event.scores;
    this.foundVersionId = this.versionId;
  }

  private replayLog(
    event: EventOf<'log-begin' | 'log-batch' | 'log-batch-fault' | 'log-dropped' | 'log-end'>,
    index: number,
  ): void {
    if (event.type === 'log-begin') {
      const { file, number, bytes } = event;
      const nothing = { offset: 0, batches: 0, operations: 0, faults: 0, droppedBytes: 0 };
      this.log = { event: index, file, number, bytes, ...nothing, isOver: false, reused: false };
      this.memtable.log = file;
      return;
    }
    const { log } = this;
    if (!log) return;
    switch (event.type) {
      case 'log-batch':
        log.offset = event.offset;
        log.batches++;
        log.operations += event.count;
        this.memtable.bytes = event.memoryUsage;
        this.takeBatch(event.count, event.bytes);
        break;
      case 'log-batch-fault':
        log.faults++;
        break;
      case 'log-dropped':
        log.faults++;
        log.droppedBytes += event.bytes;
        break;
      case 'log-end':
        log.isOver = true;
        log.reused = event.reused;
        break;
    }
  }

  private takeBatch(count: number, bytes: number): void {
    this.memtable.operations += count;
    this.work.userOperations += count;
    this.work.userBytes += bytes;
  }

  private flushTable(event: EventOf<'flush-begin' | 'flush-progress' | 'flush-end'>, index: number): void {
    const { flush, memtable, work } = this;
    if (event.type === 'flush-begin') {
      const { table, log, entries: entriesTotal, memoryUsage, during } = event;
      const nothing = { entries: 0, blocks: 0, inBlocks: 0, bytes: 0 };
      const open = { isOver: false, level: undefined, why: undefined, file: undefined };
      this.flush = { event: index, table, log, entriesTotal, memoryUsage, during, ...nothing, ...open };
    } else if (!flush) return;
    else if (event.type === 'flush-progress') {
      flush.entries = Math.max(flush.entries, event.entries);
      flush.bytes = Math.max(flush.bytes, event.bytesWritten);
    } else {
      const { bytes, level, file, why } = event;
      Object.assign(flush, { bytes, level: file && level, file, why, isOver: true });
      flush.entries = file ? flush.entriesTotal : 0;
      work.flushes++;
      work.flushedBytes += bytes;
      if (flush.during === 'writing') {
        work.writtenBytes += bytes;
        memtable.waiting = Math.max(0, memtable.waiting - 1);
      } else {
        memtable.bytes = 0;
        memtable.operations = 0;
      }
    }
  }

  private pick(pick: EventOf<'pick'>, event: number): void {
    this.scores = pick.scores;
    this.pointers[pick.level] = pick.pointerAfter;
    this.compaction = {
      event,
      ordinal: this.work.compactions + this.work.moves + 1,
      pick,
      state: 'under way',
      bytesRead: 0,
      bytesFinished: 0,
      output: undefined,
      outputs: 0,
      byBlocks: { ...NO_ENTRIES },
      byEntries: { ...NO_ENTRIES },
    };
  }

  private compact(
    compaction: CompactionProgress,
    event: EventOf<
      | 'move'
      | 'input-block'
      | 'input-block-end'
      | 'entry-kept'
      | 'entry-dropped'
      | 'output-begin'
      | 'output-end'
      | 'compaction-progress'
      | 'compaction-end'
    >,
    index: number,
  ): void {
    const { byBlocks, byEntries, output } = compaction;
    switch (event.type) {
      case 'move':
        compaction.state = 'done';
        this.work.moves++;
        break;
      case 'input-block':
        compaction.bytesRead += event.bytes;
        break;
      case 'input-block-end':
        addCounts(byBlocks, event);
        break;
      case 'entry-kept':
        byEntries.entries++;
        byEntries.kept++;
        if (output && output.table === event.output) {
          output.told++;
          output.entries = Math.max(output.entries, output.told);
        }
        break;
      case 'entry-dropped':
        byEntries.entries++;
        if (event.why === 'shadowed') byEntries.shadowed++;
        else byEntries.deletions++;
        break;
      case 'output-begin':
        compaction.outputs++;
        compaction.output = newOutput(event, index);
        break;
      case 'output-end':
        compaction.output = undefined;
        compaction.bytesFinished += Number(event.file.size);
        break;
      case 'compaction-progress':
        byEntries.entries = Math.max(byEntries.entries, event.entries);
        compaction.bytesRead = Math.max(compaction.bytesRead, event.bytesRead);
        if (output) output.bytes = Math.max(output.bytes, event.bytesWritten - compaction.bytesFinished);
        break;
      case 'compaction-end': {
        const { entriesRead: entries, entriesKept: kept, shadowed, deletions } = event;
        compaction.byBlocks = { entries, kept, shadowed, deletions };
        compaction.byEntries = { ...NO_ENTRIES };
        compaction.state = 'done';
        compaction.output = undefined;
        compaction.bytesRead = event.bytesRead;
        compaction.bytesFinished = event.bytesWritten;
        this.work.compactions++;
        this.work.bytesRead += event.bytesRead;
        this.work.bytesWritten += event.bytesWritten;
        break;
      }
    }
  }

  private writeBlock({ table, offset, bytes, rawBytes, entries }: EventOf<'output-block'>): void {
    const { flush, compaction } = this;
    if (flush && !flush.isOver && flush.table === table) {
      flush.blocks++;
      flush.bytes = offset + bytes;
      flush.inBlocks += entries;
      flush.entries = Math.max(flush.entries, flush.inBlocks);
      return;
    }
    const output = compaction?.output;
    if (!output || output.table !== table) return;
    output.blocks++;
    output.bytes = offset + bytes;
    output.rawBytes += rawBytes;
    output.inBlocks += entries;
    output.entries = Math.max(output.entries, output.inBlocks);
  }

  private writeEdit({ edit, scores, manifest, newManifest }: EventOf<'version'>, index: number): void {
    this.editAt = index;
    this.scores = scores;
    takeCounters(this.counters, edit);
    for (const { level, key } of edit.compactPointers) this.pointers[level] = key;
    if (newManifest || !this.manifest) {
      // The snapshot that a new MANIFEST begins with is its first edit.
      this.manifest = { name: manifest, edits: 2, offset: 0, isRead: true, isNew: true };
      this.current = manifest;
    } else this.manifest.edits++;
  }

  private fail({ message, file, offset }: EventOf<'error'>, event: number): void {
    const during = this.phase;
    if (this.compaction?.state === 'under way') this.compaction.state = 'failed';
    this.failure ??= { event, message, file, offset, during };
  }
}

function addCounts(counts: EntryCounts, more: EntryCounts): void {
  counts.entries += more.entries;
  counts.kept += more.kept;
  counts.shadowed += more.shadowed;
  counts.deletions += more.deletions;
}

function newOutput({ table, level }: EventOf<'output-begin'>, event: number): OutputProgress {
  const nothing = { blocks: 0, bytes: 0, rawBytes: 0, entries: 0, inBlocks: 0, told: 0 };
  return { event, table, level, ...nothing, why: undefined, file: undefined };
}

function copyOfCompaction(compaction: CompactionProgress): CompactionProgress {
  const { output, byBlocks, byEntries } = compaction;
  return {
    ...compaction,
    output: output && { ...output },
    byBlocks: { ...byBlocks },
    byEntries: { ...byEntries },
  };
}

function noCounters(): CountersProgress {
  return {
    comparator: undefined,
    logNumber: undefined,
    prevLogNumber: undefined,
    nextFileNumber: undefined,
    lastSequence: undefined,
  };
}

function noWork(): WorkTotals {
  return {
    flushes: 0,
    compactions: 0,
    moves: 0,
    flushedBytes: 0,
    writtenBytes: 0,
    bytesRead: 0,
    bytesWritten: 0,
    userBytes: 0,
    userOperations: 0,
  };
}
