import type { U64 } from '../bytes/u64';
import type { FileMetaData } from '../manifest/version-edit';
import type { ArenaMemTable } from '../memtable/arena-memtable';
import type { Steps } from '../trace/events';
import type { FlushHost } from './build-table';
import type { DatabaseCore } from './core';
import { flushJob } from './flush-job';
import { receivedFailure } from './sent-failure';

/**
 * A memtable's table, written by another thread; undefined where that cannot do it, or died. It yields how far the other has
 * come, whenever it is stepped. Throws what the other met; ended early, the other stops as well.
 */
export function* flushElsewhere(
  core: DatabaseCore,
  memtable: ArenaMemTable,
  number: U64,
  host: FlushHost,
): Steps<FileMetaData | undefined> {
  const job = flushJob(core, memtable, number);
  const work = job && core.options.thread?.flush(job);
  if (!work) return undefined;
  core.flushing = work;
  try {
    const { entries: entriesTotal } = memtable;
    do {
      const { entries, bytesWritten } = work.progress;
      yield { type: 'flush-progress', table: number, entries, entriesTotal, bytesWritten };
    } while (!work.isDone);
    const outcome = work.outcome();
    if (outcome?.failure) throw receivedFailure(outcome.failure);
    if (outcome?.file) {
      host.tableDone(outcome.file, entriesTotal);
      return outcome.file;
    }
  } catch (error) {
    host.removeTable(number);
    throw error;
  } finally {
    work.stop();
    core.flushing = undefined;
  }
  // Whatever the thread that died has opened goes on being its own.
  host.removeTable(number);
  return undefined;
}
