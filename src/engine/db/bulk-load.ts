// Ascending entries written straight into tables, as other engines ingest files: no log, no memtable, no sorting, and one
// edit of the MANIFEST at the end. LevelDB has nothing like it; what it leaves is what LevelDB could have written.

import { BatchReader } from '../batch/batch-reader';
import { BatchTag, type WriteBatch } from '../batch/write-batch';
import { copyOf } from '../bytes/copy';
import { KeyBuffer } from '../bytes/key-buffer';
import { addU64 } from '../bytes/u64';
import { type CompactionLimits, levelCapacity } from '../compaction/limits';
import { compareKeys, totalBytes, userKeyOf } from '../compaction/overlap';
import { bytewiseComparator, type Comparator } from '../keys/comparator';
import { MAX_SEQUENCE, TAG_BYTES, writeTag } from '../keys/internal-key';
import type { Version } from '../manifest/version';
import { emptyVersionEdit, LEVELS } from '../manifest/version-edit';
import { LsmError } from '../problem';
import { AscendingEntries } from '../table/ascending-entries';
import type { Steps } from '../trace/events';
import { BulkTables } from './bulk-tables';
import type { DatabaseCore } from './core';
import { versionEvent } from './version-event';

/**
 * A load that is under way. Nothing of it is to be seen before `finish`, which makes all of it durable and part of the
 * database in one step; up to then a crash, a failure or `abandon` leaves the database as it was. Meanwhile nothing else
 * is written, flushed or compacted.
 *
 * Entries must ascend strictly by the database's comparator, and lie where the ranges of all its tables leave a gap: then
 * nothing that is there can hide them or be hidden by them, whatever their level. Deletions are not loaded: they would
 * have nothing to delete.
 */
export class BulkLoad {
  /** Entries taken so far. */
  entries = 0;
  private readonly core: DatabaseCore;
  private readonly user: Comparator;
  private readonly onEnd: () => void;
  private readonly tables: BulkTables;
  private readonly started: number;
  /** Undefined where entries are added to tables one by one. */
  private ascending: AscendingEntries | undefined;
  private readonly reader = new BatchReader();
  private readonly key = new KeyBuffer();
  private lastUserKey: Uint8Array | undefined;
  /** The user key that the load must stay below, unless it is undefined. */
  private bound: Uint8Array | undefined;
  private isOpen = true;

  /** The memtables are empty, and nothing is under way or due in the background. `onEnd` is called once. */
  constructor(core: DatabaseCore, onEnd: () => void) {
    this.core = core;
    this.user = core.comparator.user;
    this.onEnd = onEnd;
    this.tables = new BulkTables(core);
    this.started = core.options.now();
    const shape = core.newTableBuilder(IGNORE).blockShape();
    if (shape && this.user === bytewiseComparator) this.ascending = AscendingEntries.of(shape);
  }

  /**
   * Takes the entries of a batch and sets its sequence; false, and none of them is taken, if they are not as they have to
   * be. The load can be finished then, and the batch be written as ever. Throws EnvError, and gives the load up.
   */
  add(batch: WriteBatch): boolean {
    this.requireOpen();
    const sequence = addU64(this.core.versions.lastSequence, this.entries + 1);
    if (addU64(sequence, batch.count) > MAX_SEQUENCE) return false;
    batch.sequence = sequence;
    const contents = batch.contents();
    return this.orAbandon(() => this.addInKernel(contents) ?? this.addPlainly(contents));
  }

  /** Makes what was taken durable and part of the database. Without entries nothing is changed. */
  *finish(): Steps<void> {
    this.requireOpen();
    const { core, entries, tables } = this;
    const { versions } = core;
    const files = this.orAbandon(() => {
      this.buildBlocks(true);
      return tables.finish();
    });
    this.isOpen = false;
    try {
      if (entries === 0) return;
      const level = levelFor(versions.version, core.options.limits, files.length, totalBytes(files));
      const edit = emptyVersionEdit();
      for (const file of files) edit.newFiles.push({ level, file });
      const { lastSequence } = versions;
      versions.lastSequence = addU64(lastSequence, entries);
      try {
        core.logAndApply(edit);
      } catch (error) {
        // Whether the edit is on disk is not known: the tables stay, and nothing more is written.
        versions.lastSequence = lastSequence;
        core.recordFailure(error);
        throw error;
      }
      const stats = core.stats[level];
      stats.milliseconds += core.options.now() - this.started;
      stats.bytesWritten += totalBytes(files);
      core.infoLog.line(`Bulk load: ${entries} entries in ${files.length} tables: ${core.levelSummary()}`);
      const event = versionEvent(core, edit, false);
      core.tell(event);
      yield event;
    } finally {
      this.end();
    }
  }

  /** Gives it up: its files are removed. Idempotent, and nothing happens after `finish`. */
  abandon(): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    try {
      this.tables.remove();
    } finally {
      this.end();
    }
  }

  private end(): void {
    this.ascending?.release();
    this.ascending = undefined;
    this.tables.forget();
    this.onEnd();
  }

  private orAbandon<Result>(step: () => Result): Result {
    try {
      return step();
    } catch (error) {
      this.abandon();
      throw error;
    }
  }

  private requireOpen(): void {
    if (!this.isOpen) throw new LsmError('Invalid argument', 'invalid-argument', 'the bulk load has ended');
  }

  /** Undefined, and nothing is added, if it is left to `addPlainly`. */
  private addInKernel(contents: Uint8Array): boolean | undefined {
    const { ascending } = this;
    const isTaken = ascending?.add(contents);
    if (!ascending || isTaken === undefined) {
      this.leaveKernel();
      return undefined;
    }
    const { lastAdded, count } = ascending;
    if (!isTaken || lastAdded === 0) return isTaken;
    const last = userKeyOf(ascending.keyAt(count - 1));
    if (!this.fits(userKeyOf(ascending.keyAt(count - lastAdded)), last)) {
      ascending.takeBack();
      return false;
    }
    this.lastUserKey = last;
    this.entries += lastAdded;
    if (ascending.isEnough) this.buildBlocks(false);
    return true;
  }

  private buildBlocks(all: boolean): void {
    const blocks = this.ascending?.blocks(all);
    if (blocks) for (const block of blocks) this.tables.addBlock(block);
    else this.leaveKernel();
  }

  /** From here on entries are added one by one, those first that are in no block yet. */
  private leaveKernel(): void {
    const { ascending } = this;
    if (!ascending) return;
    this.ascending = undefined;
    const { memory } = ascending;
    for (const [key, value, end] of ascending.ranges())
      this.tables.addRange(memory, key, value, memory, value, end);
    ascending.release();
  }

  private addPlainly(contents: Uint8Array): boolean {
    const { reader, key } = this;
    if (!this.ascends(contents)) return false;
    let sequence = this.reset(contents).sequence;
    while (reader.next()) {
      const { keyStart, keyEnd, valueStart, valueEnd } = reader;
      key.assign(contents, keyStart, keyEnd);
      key.replace(keyEnd - keyStart, TAG, 0, TAG_BYTES);
      writeTag(key.bytes, keyEnd - keyStart, sequence, BatchTag.value);
      this.tables.addRange(key.bytes, 0, key.length, contents, valueStart, valueEnd);
      this.entries++;
      sequence = addU64(sequence, 1);
    }
    return true;
  }

  /** Whether a batch is sound, and its entries are as they have to be; if so, what follows has to be behind its last key. */
  private ascends(contents: Uint8Array): boolean {
    const reader = this.reset(contents);
    let first: Uint8Array | undefined;
    let start = 0;
    let end = 0;
    while (reader.next()) {
      const { type, keyStart, keyEnd } = reader;
      if (type !== BatchTag.value) return false;
      if (!first) first = copyOf(contents, keyStart, keyEnd);
      else if (this.user.compare(contents, start, end, contents, keyStart, keyEnd) >= 0) return false;
      start = keyStart;
      end = keyEnd;
    }
    if (reader.error !== undefined) return false;
    if (!first) return true;
    const last = copyOf(contents, start, end);
    if (!this.fits(first, last)) return false;
    this.lastUserKey = last;
    return true;
  }

  private reset(contents: Uint8Array): BatchReader {
    this.reader.reset(contents);
    return this.reader;
  }

  /** Whether the user keys from `first` to `last` are behind those that were taken, in the same gap of the database. */
  private fits(first: Uint8Array, last: Uint8Array): boolean {
    const { user, lastUserKey } = this;
    if (lastUserKey) {
      if (compareKeys(user, lastUserKey, first) >= 0) return false;
    } else {
      const gap = gapAt(this.core.versions.version, user, first);
      if (!gap) return false;
      this.bound = gap.end;
    }
    return !this.bound || compareKeys(user, last, this.bound) < 0;
  }
}

const IGNORE = () => {};
const TAG = new Uint8Array(TAG_BYTES);

/** Where the next table behind a user key begins, if there is one; undefined if the key is within the range of a table. */
function gapAt(
  version: Version,
  user: Comparator,
  key: Uint8Array,
): { end: Uint8Array | undefined } | undefined {
  let end: Uint8Array | undefined;
  for (const { file } of version.files()) {
    const smallest = userKeyOf(file.smallest);
    if (compareKeys(user, userKeyOf(file.largest), key) < 0) continue;
    if (compareKeys(user, smallest, key) <= 0) return undefined;
    if (!end || compareKeys(user, smallest, end) < 0) end = smallest;
  }
  return { end };
}

/**
 * The level for so many tables with so many bytes, which overlap nothing in any level: as deep as a flush would go, or
 * deeper, until no compaction is due by their size. The last level takes any. In a flush's level a large load would be
 * moved down table by table, with an edit for each, to end up where it is put here.
 */
function levelFor(version: Version, limits: CompactionLimits, tables: number, bytes: number): number {
  for (let level = limits.maxFlushLevel; level < LEVELS - 1; level++) {
    const score =
      level === 0
        ? (version.levels[0].length + tables) / limits.level0Files
        : (version.levelBytes(level) + bytes) / levelCapacity(limits, level);
    if (score < 1) return level;
  }
  return LEVELS - 1;
}
