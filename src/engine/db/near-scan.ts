import { copyOf } from '../bytes/copy';
import type { U64 } from '../bytes/u64';
import type { Cursor } from '../iterator/cursor';
import { MergingCursor } from '../iterator/merging-cursor';
import { UserCursor } from '../iterator/user-cursor';
import { encodeInternalKey, MAX_SEQUENCE, sequenceAt, TAG_BYTES, TYPE_FOR_SEEK } from '../keys/internal-key';
import { findFile } from '../manifest/version';
import { type FileMetaData, LEVELS } from '../manifest/version-edit';
import { LsmError } from '../problem';
import { type Block, BlockCursor } from '../table/block';
import { BLOCK_TRAILER_SIZE } from '../table/format';
import type { Table } from '../table/table';
import type { EntrySample } from './key-space';
import type { Moment } from './moment';
import type { Run } from './table-set';

/** Where a near scan begins and what ends it: user keys [start, upper). */
export interface NearRange {
  start: Uint8Array;
  upper: Uint8Array | undefined;
}

/**
 * The entries at a key and behind it, as far as they are certain from one data block of each table of level 0 and of
 * each level below: those up to the horizon, the first key behind which a run may go on in a block that was not read.
 * What a person who goes to a key sees first.
 *
 * Like a forward `Scan`, but it reads all that it needs when it is made, which leaves the blocks in the cache, and may end
 * before the range does (`hasEnded` is false then). Damage ends it as well: whoever meets it tells of it.
 */
export class NearScan {
  valid = false;
  /** Whether nothing of the range lies behind the last entry that it gave. */
  hasEnded = false;
  /** Of the blocks that were read. */
  readonly sample: EntrySample = { entries: 0, bytes: 0 };
  readonly cursor: Cursor;
  /** The user key that it began at. */
  readonly start: Uint8Array;
  private readonly moment: Moment;
  private readonly upper: Uint8Array | undefined;
  private readonly runs: Run[] = [];
  private readonly blocks: { table: Table; block: Block }[] = [];
  private readonly merged: MergingCursor;
  /** An internal key. All entries at or before it are in the runs; undefined if all entries are. */
  private horizon: Uint8Array | undefined;
  private isSound = true;

  /** Throws what opening a table and reading a block throw. */
  constructor(moment: Moment, view: 'live' | 'internal', { start, upper }: NearRange) {
    this.moment = moment;
    this.start = start;
    this.upper = upper;
    const { comparator } = moment.version;
    const target = encodeInternalKey(start, MAX_SEQUENCE, TYPE_FOR_SEEK);
    for (const { name, memtable } of moment.memtables()) {
      this.runs.push({ cursor: memtable.cursor(), source: () => ({ name, level: undefined }) });
    }
    this.addTables(start, target);
    this.merged = new MergingCursor(
      comparator,
      this.runs.map(({ cursor }) => cursor),
    );
    const onBadKey = () => {
      this.isSound = false;
    };
    if (view === 'live') {
      this.cursor = new UserCursor(comparator.user, this.merged, MAX_SEQUENCE, onBadKey);
      this.cursor.seek(start, 0, start.length);
    } else {
      this.cursor = this.merged;
      this.cursor.seek(target, 0, target.length);
    }
    this.settle();
  }

  next(): void {
    this.cursor.next();
    this.settle();
  }

  get sequence(): U64 {
    return sequenceAt(this.merged.keyBuffer, this.merged.keyEnd);
  }

  source(): { name: string; level: number | undefined } {
    return this.runs[this.merged.currentChild].source();
  }

  /** Gives the blocks back: nothing of what it showed is looked at any more. */
  close(): void {
    for (const { table, block } of this.blocks.splice(0)) table.giveBack(block);
  }

  private addTables(start: Uint8Array, target: Uint8Array): void {
    const { version } = this.moment;
    for (const file of version.level0NewestFirst()) {
      if (version.meets(file, start, this.upper)) this.addBlock(file, 0, target, false);
    }
    for (let level = 1; level < LEVELS; level++) {
      const files = version.levels[level];
      const index = findFile(version.comparator, files, target, 0, target.length);
      if (index === files.length || !version.meets(files[index], undefined, this.upper)) continue;
      this.addBlock(files[index], level, target, index + 1 < files.length);
    }
  }

  /** Adds the block of a table that holds the first entry at or behind the target, or would hold it. */
  private addBlock(file: FileMetaData, level: number, target: Uint8Array, isFollowed: boolean): void {
    const { tables } = this.moment;
    const table = tables.get(file);
    const index = table.indexCursor();
    table.seekIndex(index, target, 0, target.length);
    if (!index.valid) {
      // The MANIFEST says that there is such an entry.
      throw index.error ?? table.indexBlock.badContents();
    }
    const handle = table.indexedHandle(index);
    const lastKey = copyOf(index.keyBuffer, index.keyStart, index.keyEnd);
    index.next();
    if (index.valid) this.lowerHorizon(lastKey);
    // The last index key may lie behind keys of the next table.
    else if (isFollowed) this.lowerHorizon(file.largest);
    const block = table.readBlock(handle);
    this.blocks.push({ table, block });
    const cursor = new BlockCursor(table.comparator, block);
    const name = tables.nameOf(file.number);
    this.runs.push({ cursor, source: () => ({ name, level }) });
    this.sample.bytes += handle.size + BLOCK_TRAILER_SIZE;
    for (cursor.seekToFirst(); cursor.valid; cursor.next()) this.sample.entries++;
    if (cursor.error) throw cursor.error;
  }

  private lowerHorizon(key: Uint8Array): void {
    const { comparator } = this.moment.version;
    if (key.length < TAG_BYTES) throw new LsmError('Corruption', 'bad-block', 'corrupted internal key');
    const { horizon } = this;
    if (!horizon || comparator.compare(key, 0, key.length, horizon, 0, horizon.length) < 0)
      this.horizon = key;
  }

  /** Whether the cursor stands on an entry of the range that is certain. */
  private settle(): void {
    const { cursor, upper } = this;
    const { user } = this.moment.version.comparator;
    this.valid = false;
    if (!this.isSound || this.merged.error) return;
    if (cursor.valid && this.isCertain()) {
      const { keyBuffer, keyStart } = this.merged;
      const keyEnd = this.merged.keyEnd - TAG_BYTES;
      this.valid = !upper || user.compare(keyBuffer, keyStart, keyEnd, upper, 0, upper.length) < 0;
      this.hasEnded = !this.valid;
    } else this.hasEnded = this.isHorizonBeyondRange();
  }

  /** With all versions wanted, those of one key come together: none of its own may lie behind the horizon. */
  private isCertain(): boolean {
    const { horizon, merged } = this;
    if (!horizon) return true;
    const { comparator } = this.moment.version;
    const { keyBuffer, keyStart, keyEnd } = merged;
    if (this.cursor !== merged) {
      return comparator.compare(keyBuffer, keyStart, keyEnd, horizon, 0, horizon.length) <= 0;
    }
    const [end, horizonEnd] = [keyEnd - TAG_BYTES, horizon.length - TAG_BYTES];
    return comparator.user.compare(keyBuffer, keyStart, Math.max(keyStart, end), horizon, 0, horizonEnd) < 0;
  }

  private isHorizonBeyondRange(): boolean {
    const { horizon, upper } = this;
    if (!horizon) return true;
    if (!upper) return false;
    const { user } = this.moment.version.comparator;
    return user.compare(horizon, 0, horizon.length - TAG_BYTES, upper, 0, upper.length) >= 0;
  }
}
