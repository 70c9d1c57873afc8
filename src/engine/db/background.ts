import type { Compaction } from '../compaction/compaction';
import { userKeyOf } from '../compaction/overlap';
import { type PickTrace, pickCompaction, pickRange } from '../compaction/picker';
import type { Steps, TraceEvent } from '../trace/events';
import { compact } from './compact';
import { compactElsewhere } from './compact-elsewhere';
import { compactionJob } from './compaction-job';
import { type DatabaseCore, errorEvent, type ManualCompaction, statusText } from './core';
import { flushOldest } from './flush';
import { versionEvent } from './version-event';

/** How long nothing is told while another thread is waited for. */
const WAIT_MS = 5;

/** Whether there is something to do in the background (MaybeScheduleCompaction). */
export function needsBackgroundWork(core: DatabaseCore): boolean {
  if (core.failure || core.isClosing) return false;
  const { best, fileToCompact } = core.versions.current;
  return core.full.length > 0 || core.manual !== undefined || best.score >= 1 || fileToCompact !== undefined;
}

/** Everything that is due, one piece after the other, until nothing is. */
export function* backgroundWork(core: DatabaseCore): Steps<void> {
  while (needsBackgroundWork(core)) yield* oneBackgroundPiece(core);
}

/** Does a database's work in the background, as far as it is asked to. */
export class BackgroundDriver {
  private readonly core: DatabaseCore;
  private work: Steps<void> | undefined;

  constructor(core: DatabaseCore) {
    this.core = core;
  }

  /** Whether something is under way or due. */
  get isBusy(): boolean {
    return this.work !== undefined || needsBackgroundWork(this.core);
  }

  /** Whether all that is left to do is another thread's at this moment. */
  get isWaiting(): boolean {
    const { elsewhere, flushing, full, failure, isClosing } = this.core;
    if (failure || isClosing) return false;
    if (flushing) return !flushing.isDone;
    return elsewhere !== undefined && !elsewhere.work.isDone && full.length === 0;
  }

  /**
   * Does a little, and tells what; undefined if there is nothing to do. If that is to wait for another thread it waits at
   * most so many milliseconds.
   */
  step(mostToWait = WAIT_MS): TraceEvent | undefined {
    while (this.isBusy) {
      const { flushing, elsewhere } = this.core;
      if (this.isWaiting) (flushing ?? elsewhere?.work)?.wait(mostToWait);
      this.work ??= backgroundWork(this.core);
      const { done, value } = this.work.next();
      if (!done) {
        this.core.tell(value);
        return value;
      }
      this.work = undefined;
    }
    return undefined;
  }

  /** Does all that is not another thread's. */
  goOn(): void {
    while (!this.isWaiting && this.step()) {}
  }

  /** Works until something holds; false if it does not when there is nothing left to do. */
  runUntil(holds: () => boolean): boolean {
    while (!holds()) if (!this.step()) return holds();
    return true;
  }

  /** Gives up what is under way. */
  abandon(): void {
    const { work } = this;
    this.work = undefined;
    work?.return();
  }
}

/** A flush, a move or a compaction (BackgroundCompaction). A failure is kept in `core.failure`. */
function* oneBackgroundPiece(core: DatabaseCore): Steps<void> {
  if (core.full.length > 0) {
    yield* flushOldest(core);
    return;
  }
  const { manual } = core;
  let compaction: Compaction | undefined;
  let seen: PickTrace | undefined;
  const remember = (trace: PickTrace) => {
    seen = trace;
  };
  const state = {
    version: core.versions.version,
    limits: core.options.limits,
    compactPointers: core.versions.compactPointers,
    fileToCompact: core.versions.current.fileToCompact,
  };
  if (manual) {
    compaction = pickRange(state, manual.level, manual.begin, manual.end, remember);
    manual.done = compaction === undefined;
  } else compaction = pickCompaction(state, remember);

  try {
    if (compaction && seen) {
      yield pickEvent(core, compaction, seen, manual);
      if (!manual && compaction.isTrivialMove) yield* move(core, compaction);
      else yield* merge(core, compaction, manual !== undefined);
    }
  } catch (error) {
    core.recordFailure(error);
    core.infoLog.line(`Compaction error: ${statusText(error)}`);
    yield errorEvent(error);
    if (manual) manual.done = true;
  } finally {
    if (manual) {
      // Only a part of the range was compacted: the rest begins where this round ended.
      const last = compaction?.inputs[0].at(-1);
      if (!manual.done && last) manual.begin = userKeyOf(last.largest);
      // It may have been taken back meanwhile, and another's have come.
      if (core.manual === manual) core.manual = undefined;
    }
  }
}

/** The file goes down a level by an edit alone. */
function* move(core: DatabaseCore, compaction: Compaction): Steps<void> {
  const { edit, level, inputs } = compaction;
  const [file] = inputs[0];
  edit.deletedFiles.push({ level, number: file.number });
  // A file of its own: what its seeks may cost is counted anew.
  edit.newFiles.push({ level: level + 1, file: { ...file } });
  yield { type: 'move', level, file };
  // An edit before has named it.
  core.logAndApply(edit, true);
  core.infoLog.line(
    `Moved #${file.number} to level-${level + 1} ${file.size} bytes OK: ${core.levelSummary()}`,
  );
  yield versionEvent(core, edit, false);
}

/**
 * `isAsked`: somebody waits for it, so another thread would do it no sooner. (And its inputs can lie apart: a flush meanwhile
 * could go between them, where an output will reach over. Those of other compactions overlap in a row.)
 */
function* merge(core: DatabaseCore, compaction: Compaction, isAsked: boolean): Steps<void> {
  const held = core.versions.current;
  held.hold();
  try {
    const job = isAsked ? undefined : compactionJob(core, compaction);
    if (job) yield* compactElsewhere(core, compaction, job);
    else yield* compact(core, compaction);
  } finally {
    held.release();
  }
  yield* core.removeObsoleteFiles();
}

function pickEvent(
  core: DatabaseCore,
  compaction: Compaction,
  seen: PickTrace,
  range: ManualCompaction | undefined,
): TraceEvent {
  const { level, reason, inputs, grandparents } = compaction;
  const numbers = (files: readonly { number: number | bigint }[]) => files.map(({ number }) => number);
  return {
    type: 'pick',
    reason,
    level,
    begin: range?.begin,
    end: range?.end,
    scores: seen.best.scores,
    pointerBefore: seen.pointer,
    pointerAfter: core.versions.compactPointers[level],
    inputs: [[...inputs[0]], [...inputs[1]]],
    first: seen.first?.number,
    overlapping: numbers(seen.overlapping),
    boundary: numbers(seen.boundary),
    expanded: numbers(seen.expanded),
    expansionRefused: seen.expansionRefused,
    grandparents,
    trivialMove: reason !== 'manual' && compaction.isTrivialMove,
    smallestSnapshot: core.smallestSnapshot(),
  };
}
