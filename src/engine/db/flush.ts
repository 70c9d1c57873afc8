import { copyOf } from '../bytes/copy';
import type { U64 } from '../bytes/u64';
import { maxGrandparentBytes } from '../compaction/limits';
import { overlappingFiles, overlapsLevel, totalBytes, userKeyOf } from '../compaction/overlap';
import { ignoreFailure } from '../env/env';
import { logFileName, tableFileName } from '../manifest/file-names';
import { removeIfThere } from '../manifest/set-current';
import type { Version } from '../manifest/version';
import { emptyVersionEdit, type FileMetaData, LEVELS, type VersionEdit } from '../manifest/version-edit';
import type { ArenaMemTable } from '../memtable/arena-memtable';
import type { FlushLevelReason, Steps, TraceEvent } from '../trace/events';
import { type DatabaseCore, errorEvent, statusText } from './core';
import { versionEvent } from './version-event';

/** Entries between two looks at who else wants to work. */
const SLICE = 1000;

/**
 * Writes a memtable as a table and adds it to the edit (WriteLevel0Table). With `base` the level is chosen by what is
 * there; without, as in recovery, it is 0. An empty memtable takes a number and leaves no file. `log` is the name of
 * the log that has its writes.
 */
export function* writeMemTable(
  core: DatabaseCore,
  memtable: ArenaMemTable,
  edit: VersionEdit,
  base: Version | undefined,
  log: string,
): Steps<void> {
  const { versions, infoLog } = core;
  const started = core.options.now();
  const table = versions.newFileNumber();
  core.pendingOutputs.add(table);
  const { entries, memoryUsage } = memtable;
  infoLog.line(`Level-0 table #${table}: started`);
  const during = base ? 'writing' : 'recovery';
  yield { type: 'flush-begin', table, log, entries, memoryUsage, during };
  let file: FileMetaData | undefined;
  let status = 'OK';
  try {
    file = yield* buildTable(core, memtable, table);
  } catch (error) {
    status = statusText(error);
    throw error;
  } finally {
    infoLog.line(`Level-0 table #${table}: ${file ? file.size : 0} bytes ${status}`);
    core.pendingOutputs.delete(table);
  }
  const { level, why } = file ? flushLevel(core, base, file) : NOTHING;
  if (file) edit.newFiles.push({ level, file });
  const stats = core.stats[level];
  stats.milliseconds += core.options.now() - started;
  stats.bytesWritten += file ? Number(file.size) : 0;
  yield { type: 'flush-end', table, bytes: file ? Number(file.size) : 0, level, file, why };
}

/** Flushes the oldest memtable that is full (CompactMemTable). A failure stops all further writes. */
export function* flushOldest(core: DatabaseCore): Steps<void> {
  const { versions } = core;
  const [oldest] = core.full;
  const edit = emptyVersionEdit();
  const base = versions.current;
  base.hold();
  try {
    const log = logFileName(versions.logNumber);
    yield* writeMemTable(core, oldest.memtable, edit, base.version, log);
    edit.prevLogNumber = 0;
    edit.logNumber = oldest.nextLog;
    versions.logAndApply(edit);
    yield versionEvent(core, edit, false);
    core.full.shift();
  } catch (error) {
    core.recordFailure(error);
    yield errorEvent(error);
    return;
  } finally {
    base.release();
  }
  yield* core.removeObsoleteFiles();
}

const NOTHING: { level: number; why: FlushLevelReason } = { level: 0, why: 'nothing to flush' };

/** Where a flushed table goes, and why no deeper (Version::PickLevelForMemTableOutput). */
function flushLevel(
  { options: { limits } }: DatabaseCore,
  base: Version | undefined,
  { smallest, largest }: FileMetaData,
): { level: number; why: FlushLevelReason } {
  if (!base) return { level: 0, why: 'recovery always flushes to level 0' };
  const begin = userKeyOf(smallest);
  const end = userKeyOf(largest);
  if (overlapsLevel(base, 0, begin, end)) return { level: 0, why: 'it overlaps level 0' };
  for (let level = 0; level < limits.maxFlushLevel; level++) {
    if (overlapsLevel(base, level + 1, begin, end)) return { level, why: 'it overlaps the next level' };
    if (level + 2 >= LEVELS) continue;
    if (totalBytes(overlappingFiles(base, level + 2, begin, end)) > maxGrandparentBytes(limits)) {
      return { level, why: 'it overlaps too much of the level after the next' };
    }
  }
  return { level: limits.maxFlushLevel, why: 'no flush goes deeper' };
}

/** The file, synced and opened once to see that it can be (db/builder.cc); undefined for an empty memtable. */
function* buildTable(
  core: DatabaseCore,
  memtable: ArenaMemTable,
  number: U64,
): Steps<FileMetaData | undefined> {
  const cursor = memtable.cursor();
  cursor.seekToFirst();
  if (!cursor.valid) return undefined;
  const path = core.path(tableFileName(number));
  const smallest = copyOf(cursor.keyBuffer, cursor.keyStart, cursor.keyEnd);
  let largest = smallest;
  const file = core.env.create(path);
  try {
    const written: TraceEvent[] = [];
    const builder = core.newTableBuilder(
      (bytes) => file.append(bytes),
      (block) => written.push({ type: 'output-block', table: number, ...block }),
    );
    while (cursor.valid) {
      const { keyBuffer, keyStart, keyEnd, valueBuffer, valueStart, valueEnd } = cursor;
      builder.addRange(keyBuffer, keyStart, keyEnd, valueBuffer, valueStart, valueEnd);
      cursor.next();
      if (!cursor.valid) largest = copyOf(keyBuffer, keyStart, keyEnd);
      if (written.length > 0) yield* written.splice(0);
      if (builder.numEntries % SLICE === 0) {
        const { numEntries: entries, fileSize: bytesWritten } = builder;
        const { entries: entriesTotal } = memtable;
        yield { type: 'flush-progress', table: number, entries, entriesTotal, bytesWritten };
      }
    }
    builder.finish();
    yield* written;
    file.sync();
    file.close();
    const meta = { number, size: builder.fileSize, smallest, largest };
    core.tables.get(meta);
    return meta;
  } catch (error) {
    ignoreFailure(() => file.close());
    removeIfThere(core.env, path);
    throw error;
  }
}
