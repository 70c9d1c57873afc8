import type { U64 } from '../bytes/u64';
import type { FileMetaData } from '../manifest/version-edit';
import type { ArenaMemTable } from '../memtable/arena-memtable';
import type { Steps } from '../trace/events';
import type { WorkElsewhere } from './background-thread';
import type { FlushHost } from './build-table';
import type { DatabaseCore } from './core';
import { type FlushOutcome, flushJob } from './flush-job';
import { receivedFailure } from './sent-failure';

/**
 * A memtable's table, written by another thread, durable with its name; undefined where that cannot do it, or died. It yields how far the other has
 * come, whenever it is stepped. Throws what the other met; ended early, the other stops as well.
 */
export function* flushElsewhere(
  core: DatabaseCore,
  memtable: ArenaMemTable,
  number: U64,
  host: FlushHost,
): Steps<FileMetaData | undefined> {
  const job = flushJob(core, memtable, number, false, (bytes) => core.sharedMemory(bytes));
  const work = job && core.options.thread?.flush(job);
  if (!work) return undefined;
  const { log } = core;
  try {
    const file = yield* follow(core, work, number, memtable.entries);
    if (file) {
      // The other synced the directory when this log was there already.
      log?.nameIsDurable();
      host.tableDone(file, memtable.entries);
    }
    // Whatever a thread that died has opened goes on being its own.
    else host.removeTable(number);
    return file;
  } catch (error) {
    host.removeTable(number);
    throw error;
  }
}

/** Undefined if the thread died. */
function* follow(
  core: DatabaseCore,
  work: WorkElsewhere<FlushOutcome>,
  table: U64,
  entriesTotal: number,
): Steps<FileMetaData | undefined> {
  core.flushing = work;
  try {
    do {
      const { entries, bytesWritten } = work.progress;
      yield { type: 'flush-progress', table, entries, entriesTotal, bytesWritten };
      if (core.failure) throw core.failure;
    } while (!work.isDone);
    const outcome = work.outcome();
    if (outcome?.failure) throw receivedFailure(outcome.failure);
    return outcome?.file;
  } finally {
    work.stop();
    core.flushing = undefined;
  }
}
