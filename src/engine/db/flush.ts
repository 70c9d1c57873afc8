import type { U64 } from '../bytes/u64';
import { maxGrandparentBytes } from '../compaction/limits';
import { overlappingFiles, overlapsLevel, totalBytes, userKeyOf } from '../compaction/overlap';
import { logFileName, tableFileName } from '../manifest/file-names';
import { removeIfThere } from '../manifest/set-current';
import type { Version } from '../manifest/version';
import { emptyVersionEdit, type FileMetaData, LEVELS, type VersionEdit } from '../manifest/version-edit';
import type { ArenaMemTable } from '../memtable/arena-memtable';
import type { FlushLevelReason, Steps } from '../trace/events';
import { buildTable, type FlushHost } from './build-table';
import { type DatabaseCore, errorEvent, statusText } from './core';
import { flushElsewhere } from './flush-elsewhere';
import type { UnsyncedFiles } from './unsynced-files';
import { versionEvent } from './version-event';

/**
 * Writes a memtable as a table and adds it to the edit (WriteLevel0Table). With `base` the level is chosen by what is
 * there; without, as in recovery, it is 0. An empty memtable takes a number and leaves no file. `log` is the name of
 * the log that has its writes. `unsynced` gets the table if it is to be durable later.
 */
export function* writeMemTable(
  core: DatabaseCore,
  memtable: ArenaMemTable,
  edit: VersionEdit,
  base: Version | undefined,
  log: string,
  unsynced?: UnsyncedFiles,
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
    if (entries > 0) file = yield* build(core, memtable, table, unsynced);
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

/** The table, here or by another thread, opened once to see that it can be. */
function* build(
  core: DatabaseCore,
  memtable: ArenaMemTable,
  number: U64,
  unsynced: UnsyncedFiles | undefined,
): Steps<FileMetaData> {
  const path = core.path(tableFileName(number));
  const host: FlushHost = {
    unsynced,
    newTableBuilder: core.newTableBuilder.bind(core),
    createTable: () => core.env.create(path),
    removeTable: () => removeIfThere(core.env, path),
    tableDone: (file) => {
      core.tables.own.add(file.number);
      core.tables.get(file);
    },
  };
  const file = unsynced ? undefined : yield* flushElsewhere(core, memtable, number, host);
  return file ?? (yield* buildTable(host, memtable, number));
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
    core.recycle(oldest.memtable);
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
