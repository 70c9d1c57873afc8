import type { U64 } from '../bytes/u64';
import type { WritableEnv } from '../env/env';
import { tableFileName } from '../manifest/file-names';
import { removeIfThere } from '../manifest/set-current';
import type { FileMetaData } from '../manifest/version-edit';
import type { ArenaMemTable } from '../memtable/arena-memtable';
import { buildTable } from './build-table';
import type { DatabaseCore } from './core';
import { type SentFailure, sentFailure } from './sent-failure';
import { builderOf, shapeElsewhere, type TableShape } from './table-shape';
import type { WorkBoard } from './work-board';

/** A memtable that is to become a table, as it crosses between threads. */
export interface FlushJob {
  directory: string;
  /** The table's. */
  number: U64;
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

/** A flush for another thread; undefined where only this one can do it, or it is too little. */
export function flushJob(core: DatabaseCore, memtable: ArenaMemTable, number: U64): FlushJob | undefined {
  // Of a memtable that is not full somebody waits for the flush.
  if (memtable.memoryUsage < core.options.writeBufferSize) return undefined;
  const shape = shapeElsewhere(core);
  // A thread takes longer to begin than a flush.
  if (!shape || !core.options.thread?.prepare()) return undefined;
  const memory = core.sharedMemory(memtable.copyBytes);
  memtable.copyInto(memory);
  const { entries, bytes } = memtable;
  return { directory: core.directory, number, shape, memory, entries, bytes };
}

/** Writes the table; the database makes it its own. `memtable` is an empty one to work with. */
export function doFlushJob(
  env: WritableEnv,
  job: FlushJob,
  board: WorkBoard,
  memtable: ArenaMemTable,
): FlushOutcome {
  const { number, memory, entries, bytes } = job;
  const path = env.join(job.directory, tableFileName(number));
  const host = {
    newTableBuilder: builderOf(job.shape),
    createTable: () => env.create(path),
    removeTable: () => removeIfThere(env, path),
    tableDone: () => {},
  };
  try {
    memtable.addCopy(memory, entries, bytes);
    const steps = buildTable(host, memtable, number);
    for (;;) {
      const { done, value } = steps.next();
      if (done) return { file: value, failure: undefined };
      board.step();
    }
  } catch (error) {
    return { file: undefined, failure: sentFailure(error) };
  }
}
