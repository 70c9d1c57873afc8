import { copyOf } from '../bytes/copy';
import type { U64 } from '../bytes/u64';
import { maxGrandparentBytes } from '../compaction/limits';
import { compareKeys, overlappingFiles, overlapsLevel, totalBytes, userKeyOf } from '../compaction/overlap';
import { ignoreFailure } from '../env/env';
import { logFileName, tableFileName } from '../manifest/file-names';
import { removeIfThere } from '../manifest/set-current';
import type { Version } from '../manifest/version';
import { emptyVersionEdit, type FileMetaData, LEVELS, type VersionEdit } from '../manifest/version-edit';
import type { ArenaMemTable } from '../memtable/arena-memtable';
import { builtBlocks, roomForBlocks } from '../table/kernel-blocks';
import type { TableBuilder } from '../table/table-builder';
import type { FlushLevelReason, Steps, TraceEvent } from '../trace/events';
import { type DatabaseCore, errorEvent, statusText } from './core';
import { versionEvent } from './version-event';

/** Entries between two looks at who else wants to work. */
const SLICE = 1000;
/** Fewer entries are in a table before the kernel has them. */
const LEAST_FOR_KERNEL = 16;

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
  core: DatabaseCore,
  base: Version | undefined,
  { smallest, largest }: FileMetaData,
): { level: number; why: FlushLevelReason } {
  if (!base) return { level: 0, why: 'recovery always flushes to level 0' };
  const begin = userKeyOf(smallest);
  const end = userKeyOf(largest);
  const { limits } = core.options;
  if (overlapsLevel(base, 0, begin, end)) return { level: 0, why: 'it overlaps level 0' };
  for (let level = 0; level < limits.maxFlushLevel; level++) {
    if (overlapsLevel(base, level + 1, begin, end) || meetsOutputs(core, level + 1, begin, end))
      return { level, why: 'it overlaps the next level' };
    if (level + 2 >= LEVELS) continue;
    if (totalBytes(overlappingFiles(base, level + 2, begin, end)) > maxGrandparentBytes(limits)) {
      return { level, why: 'it overlaps too much of the level after the next' };
    }
  }
  return { level: limits.maxFlushLevel, why: 'no flush goes deeper' };
}

/** Whether outputs that another thread writes can meet a range: they reach over what lies between two of its inputs. */
function meetsOutputs(
  { elsewhere, comparator: { user } }: DatabaseCore,
  level: number,
  begin: Uint8Array,
  end: Uint8Array,
): boolean {
  return (
    elsewhere !== undefined &&
    elsewhere.level === level &&
    compareKeys(user, begin, userKeyOf(elsewhere.largest)) <= 0 &&
    compareKeys(user, end, userKeyOf(elsewhere.smallest)) >= 0
  );
}

/** The file, synced and opened once to see that it can be (db/builder.cc); undefined for an empty memtable. */
function* buildTable(
  core: DatabaseCore,
  memtable: ArenaMemTable,
  number: U64,
): Steps<FileMetaData | undefined> {
  if (memtable.entries === 0) return undefined;
  const path = core.path(tableFileName(number));
  const file = core.env.create(path);
  try {
    const written: TraceEvent[] = [];
    const builder = core.newTableBuilder(
      (bytes) => file.append(bytes),
      (block) => written.push({ type: 'output-block', table: number, ...block }),
    );
    const bounds =
      (yield* addFromKernel(builder, memtable, number, written)) ??
      (yield* addFromCursor(builder, memtable, number, written));
    builder.finish();
    yield* written;
    file.sync();
    file.close();
    const meta = { number, size: builder.fileSize, ...bounds };
    core.tables.get(meta);
    return meta;
  } catch (error) {
    ignoreFailure(() => file.close());
    removeIfThere(core.env, path);
    throw error;
  }
}

type Bounds = Pick<FileMetaData, 'smallest' | 'largest'>;

/** Adds all entries, and tells of each block and of each SLICE entries. */
function* addFromCursor(
  builder: TableBuilder,
  memtable: ArenaMemTable,
  table: U64,
  written: TraceEvent[],
): Steps<Bounds> {
  const cursor = memtable.cursor();
  cursor.seekToFirst();
  const smallest = copyOf(cursor.keyBuffer, cursor.keyStart, cursor.keyEnd);
  let largest = smallest;
  while (cursor.valid) {
    const { keyBuffer, keyStart, keyEnd, valueBuffer, valueStart, valueEnd } = cursor;
    builder.addRange(keyBuffer, keyStart, keyEnd, valueBuffer, valueStart, valueEnd);
    cursor.next();
    if (!cursor.valid) largest = copyOf(keyBuffer, keyStart, keyEnd);
    if (written.length > 0) yield* written.splice(0);
    const { numEntries: entries, fileSize: bytesWritten } = builder;
    const { entries: entriesTotal } = memtable;
    if (entries % SLICE === 0) yield { type: 'flush-progress', table, entries, entriesTotal, bytesWritten };
  }
  return { smallest, largest };
}

/** The same with blocks that the kernel sorts and builds; undefined, and nothing is added, where it cannot. */
function* addFromKernel(
  builder: TableBuilder,
  memtable: ArenaMemTable,
  table: U64,
  written: TraceEvent[],
): Steps<Bounds | undefined> {
  const { entries: entriesTotal } = memtable;
  const shape = builder.blockShape();
  if (!shape || entriesTotal < LEAST_FOR_KERNEL) return undefined;
  const largestEntry = memtable.largestEntry();
  const sorted = memtable.inKernel(roomForBlocks(entriesTotal, largestEntry, shape));
  if (!sorted) return undefined;
  try {
    for (const block of builtBlocks(sorted, largestEntry, shape)) {
      let entries = builder.numEntries;
      const end = entries + block.entries;
      const bytesWritten = builder.fileSize;
      // The last block may not be full: then it is ended behind the last entry's progress.
      const isFull = block.rawBytes >= shape.blockSize;
      for (
        entries += SLICE - (entries % SLICE);
        entries < end || (entries === end && !isFull);
        entries += SLICE
      )
        yield { type: 'flush-progress', table, entries, entriesTotal, bytesWritten };
      builder.addBlock(block);
      if (!isFull) break;
      yield* written.splice(0);
      if (end % SLICE !== 0) continue;
      yield { type: 'flush-progress', table, entries: end, entriesTotal, bytesWritten: builder.fileSize };
    }
    return { smallest: sorted.keyAt(0), largest: sorted.keyAt(entriesTotal - 1) };
  } finally {
    sorted.release();
  }
}
