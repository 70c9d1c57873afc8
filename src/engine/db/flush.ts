import type { U64 } from '../bytes/u64';
import { maxGrandparentBytes } from '../compaction/limits';
import { overlappingFiles, overlapsLevel, totalBytes, userKeyOf } from '../compaction/overlap';
import { logFileName, tableFileName } from '../manifest/file-names';
import { removeIfThere } from '../manifest/set-current';
import type { Version } from '../manifest/version';
import { emptyVersionEdit, type FileMetaData, LEVELS, type VersionEdit } from '../manifest/version-edit';
import type { ArenaMemTable } from '../memtable/arena-memtable';
import type { Steps } from '../trace/events';
import { buildTable, type FlushHost, syncAndClose } from './build-table';
import { type DatabaseCore, errorEvent } from './core';
import { FlushAccount, type FlushLevel } from './flush-account';
import { flushElsewhere } from './flush-elsewhere';
import { versionEvent } from './version-event';

/**
 * Writes a memtable as a table and adds it to the edit (WriteLevel0Table), at the level that what is in `base` allows. An
 * empty memtable takes a number and leaves no file. `log` is the name of the log that has its writes. Returns whether the
 * table's name is durable, besides the table.
 */
export function* writeMemTable(
  core: DatabaseCore,
  memtable: ArenaMemTable,
  edit: VersionEdit,
  base: Version,
  log: string,
): Steps<boolean> {
  const account = new FlushAccount(core);
  yield account.begin(memtable, log, 'writing');
  let file: FileMetaData | undefined;
  let isNameDurable = false;
  let failure: unknown;
  try {
    if (memtable.entries > 0) {
      const host = flushHost(core, account.table, syncAndClose);
      file = yield* flushElsewhere(core, memtable, account.table, host);
      isNameDurable = file !== undefined;
      file ??= yield* buildTable(host, memtable, account.table);
    }
  } catch (error) {
    failure = error;
    throw error;
  } finally {
    account.written(file, failure);
  }
  const level = file ? flushLevel(core, base, file) : NOTHING_FLUSHED;
  if (file) edit.newFiles.push({ level: level.level, file });
  yield account.end(file, level);
  return isNameDurable;
}

/** Where a flush of this database puts its table, which is opened once to see that it can be. */
export function flushHost(core: DatabaseCore, number: U64, takeFile: FlushHost['takeFile']): FlushHost {
  const path = core.path(tableFileName(number));
  return {
    takeFile,
    isWatched: core.isTold,
    newTableBuilder: core.newTableBuilder.bind(core),
    createTable: () => core.env.create(path),
    removeTable: () => removeIfThere(core.env, path),
    tableDone: (file) => {
      core.tables.own.add(file.number);
      core.tables.get(file);
    },
  };
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
    const isNameDurable = yield* writeMemTable(core, oldest.memtable, edit, base.version, log);
    edit.prevLogNumber = 0;
    edit.logNumber = oldest.nextLog;
    core.logAndApply(edit, isNameDurable);
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

export const NOTHING_FLUSHED: FlushLevel = { level: 0, why: 'nothing to flush' };

/** As Version::PickLevelForMemTableOutput. */
function flushLevel(
  { options: { limits } }: DatabaseCore,
  base: Version,
  { smallest, largest }: FileMetaData,
): FlushLevel {
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
