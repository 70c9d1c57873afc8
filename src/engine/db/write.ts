import type { WriteBatch } from '../batch/write-batch';
import { addU64 } from '../bytes/u64';
import { MAX_SEQUENCE } from '../keys/internal-key';
import { LsmError } from '../problem';
import type { EventOf, TraceEvent } from '../trace/events';
import type { BackgroundDriver } from './background';
import type { DatabaseCore } from './core';

/** Puts a batch into the log and the memtable (DBImpl::Write). Throws what stands in the way, and nothing is written then. */
export function applyBatch(core: DatabaseCore, batch: WriteBatch, sync: boolean): TraceEvent {
  const { versions, log, memtable } = core;
  const { count } = batch;
  const sequence = addU64(versions.lastSequence, 1);
  const last = addU64(versions.lastSequence, count);
  if (last > MAX_SEQUENCE) {
    throw new LsmError('Invalid argument', 'invalid-argument', 'the sequence numbers are used up');
  }
  batch.sequence = sequence;
  const contents = batch.contents();
  try {
    log!.append(contents);
    if (sync) log!.sync();
  } catch (error) {
    // What of the record is on disk is unknown: a further one behind it could be lost with it, or it could come back.
    core.recordFailure(error);
    throw error;
  }
  memtable.addBatch(contents);
  versions.lastSequence = last;
  return { type: 'write', sequence, count, bytes: contents.length, memoryUsage: memtable.memoryUsage };
}

/** What LevelDB's writer waits once for a long level 0, in milliseconds. */
const SLOW_DOWN_MS = 1;

/** Why a write waits. */
export type StallReason = EventOf<'stall'>['why'];

/**
 * What a write would have to wait for at this moment; undefined if for nothing (the conditions of MakeRoomForWrite, in
 * its order). `mayDelay`: whether it has not waited its millisecond for level 0 yet. `force`: a new memtable is wanted.
 */
export function stallOf(core: DatabaseCore, mayDelay: boolean, force: boolean): StallReason | undefined {
  const { options, versions } = core;
  const { limits } = options;
  const level0Files = versions.version.levels[0].length;
  if (mayDelay && level0Files >= limits.level0SlowdownFiles) return 'slow down';
  if (!needsMemTable(core, force)) return undefined;
  if (core.full.length >= options.maxWriteBufferNumber - 1) return 'memtable full';
  return level0Files >= limits.level0StopFiles ? 'too many files in level 0' : undefined;
}

function needsMemTable({ memtable, options }: DatabaseCore, force: boolean): boolean {
  return force || memtable.memoryUsage > options.writeBufferSize;
}

/**
 * Makes sure that the memtable has room, or a new one if `force` (DBImpl::MakeRoomForWrite). Where LevelDB's writer
 * waits for the background thread, this one does the background's work, or waits for the thread that does. `isDelayed`:
 * it has waited for a long level 0 already. Throws the failure of work in the background.
 */
export function makeRoom(
  core: DatabaseCore,
  background: BackgroundDriver,
  force: boolean,
  isDelayed = false,
): void {
  const { options, versions, infoLog } = core;
  const { limits } = options;
  let mayDelay = !force && !isDelayed;
  let isForced = force;
  for (;;) {
    if (core.failure) throw core.failure;
    const why = stallOf(core, mayDelay, isForced);
    const level0Files = versions.version.levels[0].length;
    if (why === 'slow down') {
      // A write is never held up twice.
      mayDelay = false;
      core.tell({ type: 'stall', why, level0Files });
      background.step(SLOW_DOWN_MS);
    } else if (why === 'memtable full') {
      infoLog.line('Current memtable full; waiting...');
      core.tell({ type: 'stall', why, level0Files });
      background.runUntil(() => core.full.length < options.maxWriteBufferNumber - 1);
    } else if (why) {
      infoLog.line('Too many L0 files; waiting...');
      core.tell({ type: 'stall', why, level0Files });
      const isOpen = () => versions.version.levels[0].length < limits.level0StopFiles || core.failure;
      if (!background.runUntil(() => Boolean(isOpen()))) throw stuck(level0Files);
    } else if (needsMemTable(core, isForced)) {
      switchMemTable(core);
      isForced = false;
    } else return;
  }
}

function switchMemTable(core: DatabaseCore): void {
  const { versions, memtable } = core;
  try {
    core.log!.end();
  } catch (error) {
    core.recordFailure(error);
    throw error;
  }
  const number = versions.newFileNumber();
  try {
    core.beginLog(number);
  } catch (error) {
    // Or each write that is tried in vain would use one up.
    versions.reuseFileNumber(number);
    throw error;
  }
  core.full.push({ memtable, nextLog: number });
  core.memtable = core.newMemTable();
  const { memoryUsage, entries } = memtable;
  core.tell({
    type: 'memtable-switch',
    log: core.log!.name,
    memoryUsage,
    entries,
    waiting: core.full.length,
  });
}

/** Thresholds of a what-if can make writes wait for a compaction that is not due. */
function stuck(files: number): LsmError {
  const message = `writes wait for level 0, which has ${files} files, and no compaction is due`;
  return new LsmError('Invalid argument', 'invalid-argument', message);
}
