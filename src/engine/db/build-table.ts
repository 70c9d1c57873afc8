import { copyOf } from '../bytes/copy';
import type { U64 } from '../bytes/u64';
import { ignoreFailure, type WritableFile } from '../env/env';
import type { FileMetaData } from '../manifest/version-edit';
import type { ArenaMemTable } from '../memtable/arena-memtable';
import { builtBlocks, roomForBlocks } from '../table/kernel-blocks';
import { KernelTable, roomForTable } from '../table/kernel-table';
import type { TableBuilder, TableBuilderOptions } from '../table/table-builder';
import type { Steps, TraceEvent } from '../trace/events';

/** Entries between two looks at who else wants to work. */
const SLICE = 1000;
/** Fewer entries are in a table before the kernel has them. */
const LEAST_FOR_KERNEL = 16;

/** Where tables are written, in whichever thread that is. */
export interface TableHost {
  /** `onBlock` is told of each data block. */
  newTableBuilder(
    append: (bytes: Uint8Array) => void,
    onBlock?: TableBuilderOptions['onBlock'],
  ): TableBuilder;
  createTable(number: U64): WritableFile;
  /** A table is there, and can be read. Throws if it cannot be used. */
  tableDone(file: FileMetaData, entries: number): void;
}

/** Where a table is written that goes again if it is not finished. */
export interface FlushHost extends TableHost {
  /** Whether somebody is told of each block. */
  readonly isWatched: boolean;
  /** Takes the file of a table that is written: makes it durable and closes it, or has that done later. */
  takeFile(file: WritableFile): void;
  removeTable(number: U64): void;
}

/** The entries of a memtable, of which there is at least one, as a table (db/builder.cc). */
export function* buildTable(host: FlushHost, memtable: ArenaMemTable, number: U64): Steps<FileMetaData> {
  const file = host.createTable(number);
  try {
    const written: TraceEvent[] = [];
    const builder = host.newTableBuilder(
      (bytes) => file.append(bytes),
      (block) => written.push({ type: 'output-block', table: number, ...block }),
    );
    const bounds =
      (host.isWatched ? undefined : yield* makeInKernel(builder, memtable, number)) ??
      (yield* addFromKernel(builder, memtable, number, written)) ??
      (yield* addFromCursor(builder, memtable, number, written));
    yield* written;
    host.takeFile(file);
    const meta = { number, size: builder.fileSize, ...bounds };
    host.tableDone(meta, builder.numEntries);
    return meta;
  } catch (error) {
    ignoreFailure(() => file.close());
    host.removeTable(number);
    throw error;
  }
}

/** The usual `takeFile`. Throws EnvError. */
export function syncAndClose(file: WritableFile): void {
  file.sync();
  file.close();
}

type Bounds = Pick<FileMetaData, 'smallest' | 'largest'>;

/**
 * The whole table by the kernel, and progress; undefined, and nothing is written, where it cannot. Blocks that somebody is
 * told of cost as much as all that the kernel does.
 */
function* makeInKernel(
  builder: TableBuilder,
  memtable: ArenaMemTable,
  table: U64,
): Steps<Bounds | undefined> {
  const { entries: entriesTotal } = memtable;
  const shape = builder.tableShape();
  if (!shape || entriesTotal < LEAST_FOR_KERNEL) return undefined;
  const of = { count: entriesTotal, bytes: memtable.bytes, largest: memtable.largest() };
  const room = roomForTable(of, shape);
  const sorted = room === undefined ? undefined : memtable.inKernel(room);
  if (!sorted) return undefined;
  try {
    const made = new KernelTable(sorted, of, shape);
    for (let run = made.next(); run; run = made.next()) {
      builder.addRun(run);
      const { numEntries: entries, fileSize: bytesWritten } = builder;
      yield { type: 'flush-progress', table, entries, entriesTotal, bytesWritten };
    }
    builder.finish(made.finish());
    return { smallest: sorted.keyAt(0), largest: sorted.keyAt(entriesTotal - 1) };
  } finally {
    sorted.release();
  }
}

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
  builder.finish();
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
  const largestEntry = memtable.largest().entry;
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
    builder.finish();
    return { smallest: sorted.keyAt(0), largest: sorted.keyAt(entriesTotal - 1) };
  } finally {
    sorted.release();
  }
}
