import type { U64 } from '../bytes/u64';
import type { WritableEnv, WritableFile } from '../env/env';
import { tableFileName } from '../manifest/file-names';
import { removeIfThere } from '../manifest/set-current';
import type { FileMetaData } from '../manifest/version-edit';
import { ArenaMemTable } from '../memtable/arena-memtable';
import { buildTable, syncAndClose } from './build-table';
import type { DatabaseCore } from './core';
import { type SentFailure, sentFailure } from './sent-failure';
import { builderOf, SHAPE_COMPARATOR, shapeElsewhere, type TableShape } from './table-shape';
import type { WorkBoard } from './work-board';

/** A memtable that is to become a table, as it crosses between threads. */
export interface FlushJob {
  directory: string;
  /** The table's. */
  number: U64;
  /**
   * Whether who asked has the table's file, empty, and makes it durable once it is written: open since before, a failure of
   * the disk is told to him. Else the file is begun, and made durable with its name, by who writes it.
   */
  isFileThere: boolean;
  shape: TableShape;
  /** A copy of the memtable (`ArenaMemTable.copyInto`), and how many entries and bytes of them are in it. */
  memory: SharedArrayBuffer;
  entries: number;
  bytes: number;
}

export interface FlushOutcome {
  file: FileMetaData | undefined;
  failure: SentFailure | undefined;
}

/**
 * A flush for another thread; undefined where only this one can do it, or it is too little. `memoryOf` gives memory of so
 * many bytes or more, which is the job's from then on.
 */
export function flushJob(
  core: DatabaseCore,
  memtable: ArenaMemTable,
  number: U64,
  isFileThere: boolean,
  memoryOf: (bytes: number) => SharedArrayBuffer,
): FlushJob | undefined {
  // Of a memtable that is not full somebody waits for the flush.
  if (memtable.memoryUsage < core.options.writeBufferSize) return undefined;
  const shape = shapeElsewhere(core);
  // A thread takes longer to begin than a flush.
  if (!shape || !core.options.thread?.prepare()) return undefined;
  const memory = memoryOf(memtable.copyBytes);
  memtable.copyInto(memory);
  const { entries, bytes } = memtable;
  return { directory: core.directory, number, isFileThere, shape, memory, entries, bytes };
}

/** Writes the table; the database makes it its own. The memory of the job is not to be looked at any more. */
export function doFlushJob(env: WritableEnv, job: FlushJob, board: WorkBoard): FlushOutcome {
  const { number, isFileThere, memory, entries, bytes } = job;
  const path = env.join(job.directory, tableFileName(number));
  const host = {
    isWatched: false,
    newTableBuilder: builderOf(job.shape),
    createTable: () => (isFileThere ? env.append(path) : env.create(path)),
    takeFile: isFileThere ? (file: WritableFile) => file.close() : syncAndClose,
    removeTable: () => removeIfThere(env, path),
    tableDone: () => {},
  };
  try {
    const memtable = new ArenaMemTable(SHAPE_COMPARATOR);
    memtable.takeCopy(memory, entries, bytes);
    const steps = buildTable(host, memtable, number);
    for (;;) {
      const { done, value } = steps.next();
      if (done) {
        if (!isFileThere) env.syncDirectory(job.directory);
        return { file: value, failure: undefined };
      }
      board.step();
    }
  } catch (error) {
    return { file: undefined, failure: sentFailure(error) };
  }
}
