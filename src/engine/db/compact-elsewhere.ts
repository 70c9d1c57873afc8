import type { Compaction } from '../compaction/compaction';
import type { Steps } from '../trace/events';
import type { WorkElsewhere } from './background-thread';
import { compact, inputCounts, install, tableDone } from './compact';
import type { CompactionJob, CompactionOutcome } from './compaction-job';
import type { DatabaseCore } from './core';
import { flushOldest } from './flush';
import { receivedFailure } from './sent-failure';

/**
 * A compaction that another thread does: this one goes on with flushes, and installs the tables when they are there. It
 * yields how far the other has come, whenever it is stepped. Throws what the other met, as `compact` would; ended early, the
 * other stops as well. Where no thread is to be had, or it dies, the compaction is done here.
 */
export function* compactElsewhere(
  core: DatabaseCore,
  compaction: Compaction,
  job: CompactionJob,
): Steps<void> {
  // Before the other takes numbers.
  const firstNumber = core.versions.nextFileNumber;
  const work = core.options.thread?.compact(job);
  if (!work) {
    yield* compact(core, compaction);
    return;
  }
  core.elsewhere = { work, firstNumber };
  try {
    core.infoLog.line(`Compacting ${inputCounts(compaction)} files`);
    if (yield* follow(core, compaction, work)) return;
  } finally {
    work.stop();
    core.elsewhere = undefined;
  }
  core.infoLog.line('The thread of the compaction died; it is done again');
  yield* compact(core, compaction);
}

/** False if the thread died. */
function* follow(
  core: DatabaseCore,
  compaction: Compaction,
  work: WorkElsewhere<CompactionOutcome>,
): Steps<boolean> {
  const { level, inputBytes: bytesTotal } = compaction;
  do {
    yield { type: 'compaction-progress', ...work.progress, bytesTotal };
    if (core.full.length > 0) yield* flushOldest(core);
    if (core.failure) throw core.failure;
  } while (!work.isDone);
  const outcome = work.outcome();
  if (!outcome) return false;
  core.problems.addAll(outcome.problems);
  for (const [i, file] of outcome.finished.entries()) tableDone(core, level, file, outcome.entries[i]);
  if (outcome.failure) throw receivedFailure(outcome.failure);
  yield* install(core, compaction, outcome, outcome.milliseconds, true);
  return true;
}
