import { BatchReader } from '../batch/batch-reader';
import { addU64, maxU64, type U64 } from '../bytes/u64';
import { type DatabaseCore, statusText } from '../db/core';
import { tracedOptions } from '../db/traced-options';
import { versionEvent } from '../db/version-event';
import { EnvError, ignoreFailure, type RandomAccessFile, sortedNames } from '../env/env';
import type { LogPieces } from '../log/log-pieces';
import { LogReader } from '../log/reader';
import { LogWriter } from '../log/writer';
import { logFileName, manifestFileName, parseFileName, tableFileName } from '../manifest/file-names';
import { removeIfThere, setCurrentFile } from '../manifest/set-current';
import { emptyVersionEdit, encodeVersionEdit, type VersionEdit } from '../manifest/version-edit';
import type { ArenaMemTable } from '../memtable/arena-memtable';
import { corruption, LsmError } from '../problem';
import type { Steps, TraceEvent } from '../trace/events';
import { recoverManifest } from './recover-manifest';
import { RecoveredTables } from './recovered-tables';

/**
 * Opens a database as LevelDB does (DB::Open and DBImpl::Recover): lock, CURRENT, MANIFEST, missing files, logs, a new
 * log and MANIFEST, obsolete files. Throws what stands in the way, with LevelDB's words; the core is to be closed then.
 */
export function* recover(core: DatabaseCore): Steps<void> {
  const { versions, options, directory } = core;
  yield { type: 'open', directory, options: tracedOptions(options), grain: options.traceGrain };
  const edit = emptyVersionEdit();
  const saveManifest = yield* recoverState(core, edit);
  if (!core.log) {
    const number = versions.newFileNumber();
    core.beginLog(number);
    edit.logNumber = number;
    core.memtable = core.newMemTable();
  }
  if (saveManifest) {
    edit.prevLogNumber = 0;
    edit.logNumber = core.log!.number;
    const begins = versions.beginsManifest;
    core.logAndApply(edit);
    yield versionEvent(core, edit, begins);
  }
  yield* core.removeObsoleteFiles();
  yield { type: 'open-end', lastSequence: versions.lastSequence, logFile: logFileName(core.log!.number) };
}

/** Returns whether the MANIFEST has to be written. */
function* recoverState(core: DatabaseCore, edit: VersionEdit): Steps<boolean> {
  const { env, directory, options, versions } = core;
  try {
    env.createDirectory(directory);
  } catch (error) {
    // The lock tells whether the directory is there.
    if (!(error instanceof EnvError)) throw error;
  }
  // Before the lock, which takes as long as half of a thread's start.
  const tables = new RecoveredTables(core);
  core.lock = env.lock(core.path('LOCK'));
  yield { type: 'lock' };
  if (!exists(core, 'CURRENT')) {
    if (!options.createIfMissing) {
      throw invalid(directory, 'does not exist (create_if_missing is false)');
    }
    core.infoLog.line(`Creating DB ${directory} since it was missing.`);
    createDatabase(core);
    yield { type: 'create', manifest: manifestFileName(1) };
  } else if (options.errorIfExists) {
    throw invalid(directory, 'exists (error_if_exists is true)');
  }

  let saveManifest = yield* recoverManifest(core);
  const logs = yield* findLogs(core);
  let maxSequence: U64 = 0;
  try {
    for (const [i, number] of logs.entries()) {
      const replay = new LogReplay(core, number, i === logs.length - 1, tables);
      yield* replay.run();
      saveManifest ||= replay.saveManifest;
      maxSequence = maxU64(maxSequence, replay.maxSequence);
      // The process before may have died before it wrote the number into the MANIFEST.
      versions.markFileNumberUsed(number);
    }
    yield* tables.finish(edit);
  } finally {
    tables.abandon();
  }
  if (versions.lastSequence < maxSequence) versions.lastSequence = maxSequence;
  return saveManifest;
}

/** The logs to replay, in order, after a look whether every table is there. */
function* findLogs(core: DatabaseCore): Steps<U64[]> {
  const { versions } = core;
  const expected = versions.liveFiles();
  const logs: U64[] = [];
  const skipped: TraceEvent[] = [];
  for (const name of sortedNames(core.env, core.directory)) {
    const parsed = parseFileName(name);
    if (!parsed) continue;
    const { kind, number } = parsed;
    expected.delete(number);
    if (kind !== 'log') continue;
    if (number >= versions.logNumber || number === versions.prevLogNumber) logs.push(number);
    else skipped.push({ type: 'log-skipped', file: name, number, logNumber: versions.logNumber });
  }
  if (expected.size > 0) {
    const missing = [...expected].sort(ascending);
    yield { type: 'missing-files', files: missing.map(tableFileName) };
    const first = tableFileName(missing[0]);
    throw corruption('missing-file', `${missing.length} missing files; e.g.: ${core.path(first)}`, first);
  }
  yield* skipped;
  logs.sort(ascending);
  if (logs.length > 0) yield { type: 'logs', files: logs.map(logFileName) };
  return logs;
}

/** One log into memtables, and those that fill up or remain into tables of level 0 (DBImpl::RecoverLogFile). */
class LogReplay {
  saveManifest = false;
  maxSequence: U64 = 0;
  private readonly core: DatabaseCore;
  private readonly number: U64;
  private readonly isLast: boolean;
  private readonly tables: RecoveredTables;
  private readonly name: string;
  private memtable: ArenaMemTable | undefined;
  private flushes = 0;
  private batches = 0;
  /** In paranoid mode: the first damage. */
  private failure: LsmError | undefined;
  private readonly dropped: TraceEvent[] = [];

  constructor(core: DatabaseCore, number: U64, isLast: boolean, tables: RecoveredTables) {
    this.core = core;
    this.number = number;
    this.isLast = isLast;
    this.tables = tables;
    this.name = logFileName(number);
  }

  *run(): Steps<void> {
    const { core, name, number } = this;
    let opened: RandomAccessFile;
    try {
      opened = core.env.open(core.path(name));
    } catch (error) {
      // LevelDB ignores any failure, and removes a log that it was not allowed to open.
      if (!(error instanceof EnvError) || error.code !== 'not-found') throw error;
      if (core.options.paranoidChecks) throw error;
      core.infoLog.line(`Ignoring error ${statusText(error)}`);
      yield { type: 'log-unreadable', file: name, number, message: statusText(error) };
      return;
    }
    let reader: LogReader;
    try {
      core.infoLog.line(`Recovering log #${number}`);
      yield { type: 'log-begin', file: name, number, bytes: opened.size() };
      const file = watchReads(opened);
      reader = new LogReader(file, { reporter: { corruption: this.drop }, inPieces: !core.isWatched });
      yield* this.replay(reader);
      // LevelDB takes it for the end of the log, and removes the log: it would take what was synced along.
      if (file.failure) throw file.failure;
    } finally {
      opened.close();
    }
    if (this.failure) throw this.failure;
    const reused = this.reuse(reader);
    if (!reused && this.memtable) yield* this.flush(this.memtable);
    const { batches, maxSequence } = this;
    yield { type: 'log-end', file: name, batches, maxSequence, reused };
  }

  private *replay(reader: LogReader): Steps<void> {
    const { core, name } = this;
    const batch = new BatchReader();
    for (;;) {
      const pieces = reader.nextBatches();
      if (pieces) {
        yield* this.addPieces(pieces);
        continue;
      }
      const more = reader.next();
      yield* this.dropped.splice(0);
      if (!more || this.failure) return;
      const { record, recordOffset: offset } = reader;
      if (!batch.reset(record)) {
        this.drop(record.length, 'log record too small', offset);
        yield* this.dropped.splice(0);
        continue;
      }
      this.memtable ??= core.newMemTable();
      yield* this.insert(batch, offset);
      if (this.failure) return;
      const { sequence, count } = batch;
      this.sawBatch(sequence, count);
      this.batches++;
      const { memoryUsage } = this.memtable;
      yield { type: 'log-batch', file: name, offset, bytes: record.length, sequence, count, memoryUsage };
      yield* this.flushIfFull(this.memtable);
    }
  }

  /** Many sound batches at once, for nobody who wants to be told of each. */
  private *addPieces(pieces: LogPieces): Steps<void> {
    const { core } = this;
    const { batchesFrom, batchesEnd } = pieces;
    this.batches += batchesEnd - batchesFrom;
    for (let record = batchesFrom; record < batchesEnd; record++)
      this.sawBatch(pieces.sequence(record), pieces.count(record));
    for (let record = batchesFrom; record < batchesEnd; ) {
      this.memtable ??= core.newMemTable();
      record = this.memtable.addPieces(pieces, record, core.options.writeBufferSize);
      yield* this.flushIfFull(this.memtable);
    }
  }

  private sawBatch(sequence: U64, count: number): void {
    // The difference wraps round in LevelDB for a batch of none at sequence 0.
    if (count > 0 || sequence > 0) this.maxSequence = maxU64(this.maxSequence, addU64(sequence, count - 1));
  }

  private *flushIfFull(memtable: ArenaMemTable): Steps<void> {
    if (memtable.memoryUsage <= this.core.options.writeBufferSize) return;
    this.flushes++;
    this.memtable = undefined;
    yield* this.flush(memtable);
  }

  /** The operations of a batch up to a fault; paranoid, the fault ends recovery. */
  private *insert(batch: BatchReader, offset: number): Steps<void> {
    const { core, name: file } = this;
    const { contents } = batch;
    let kept = 0;
    while (batch.next()) {
      kept++;
      this.memtable!.add(
        addU64(batch.sequence, batch.opIndex),
        batch.type,
        contents,
        batch.keyStart,
        batch.keyEnd,
        batch.valueStart,
        batch.valueEnd,
      );
    }
    if (!batch.error) return;
    const error = corruption('bad-write-batch', batch.error, this.name, offset);
    const ignored = !core.options.paranoidChecks;
    if (ignored) core.infoLog.line(`Ignoring error ${statusText(error)}`);
    else this.failure = error;
    yield { type: 'log-batch-fault', file, offset, reason: batch.error, kept, ignored };
  }

  private readonly drop = (bytes: number, reason: string, offset: number): void => {
    const { core, name } = this;
    const ignored = !core.options.paranoidChecks;
    const prefix = ignored ? '(ignoring error) ' : '';
    core.infoLog.line(`${prefix}${core.path(name)}: dropping ${bytes} bytes; Corruption: ${reason}`);
    if (!ignored) this.failure ??= corruption('bad-record', reason, name, offset);
    this.dropped.push({ type: 'log-dropped', file: name, offset, bytes, reason, ignored });
  };

  private *flush(memtable: ArenaMemTable): Steps<void> {
    this.saveManifest = true;
    yield* this.tables.add(memtable, this.name);
  }

  /**
   * Goes on writing to the log, if reuse_logs asks for it and nothing of it was flushed. Not behind a record that was
   * cut off: LevelDB does, and then reads the new records as a part of that one and drops them.
   */
  private reuse(reader: LogReader): boolean {
    const { core, number, name } = this;
    if (!core.options.reuseLogs || !this.isLast || this.flushes > 0) return false;
    try {
      const { size } = core.env.stat(core.path(name));
      if (!reader.canBeContinued(size)) return false;
      core.useLog(number, core.env.append(core.path(name)), size);
    } catch (error) {
      if (!(error instanceof EnvError)) throw error;
      return false;
    }
    core.infoLog.line(`Reusing old log ${core.path(name)} `);
    core.memtable = this.memtable ?? core.newMemTable();
    this.memtable = undefined;
    return true;
  }
}

/** An empty database: a MANIFEST with the first counters, and CURRENT (DBImpl::NewDB). */
function createDatabase(core: DatabaseCore): void {
  const { env, directory, options } = core;
  const manifest = core.path(manifestFileName(1));
  const edit = emptyVersionEdit();
  edit.comparator = options.comparator.name;
  edit.logNumber = 0;
  edit.nextFileNumber = 2;
  edit.lastSequence = 0;
  const file = env.create(manifest);
  try {
    new LogWriter((bytes) => file.append(bytes)).addRecord(encodeVersionEdit(edit));
    file.sync();
  } catch (error) {
    ignoreFailure(() => file.close());
    removeIfThere(env, manifest);
    throw error;
  }
  file.close();
  env.syncDirectory(directory);
  setCurrentFile(env, directory, 1);
  env.syncDirectory(directory);
}

function exists(core: DatabaseCore, name: string): boolean {
  try {
    core.env.stat(core.path(name));
    return true;
  } catch (error) {
    // Any other failure is none to begin a new database at.
    if (error instanceof EnvError && error.code === 'not-found') return false;
    throw error;
  }
}

/** A file that remembers the failure of the last read. */
function watchReads(file: RandomAccessFile): RandomAccessFile & { failure: EnvError | undefined } {
  const watched = {
    path: file.path,
    failure: undefined as EnvError | undefined,
    size: () => file.size(),
    read: (offset: number, target: Uint8Array, start: number, length: number) => {
      watched.failure = undefined;
      try {
        return file.read(offset, target, start, length);
      } catch (error) {
        if (error instanceof EnvError) watched.failure = error;
        throw error;
      }
    },
    close: () => file.close(),
  };
  return watched;
}

function invalid(directory: string, message: string): LsmError {
  return new LsmError('Invalid argument', 'invalid-argument', `${directory}: ${message}`);
}

function ascending(a: U64, b: U64): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
