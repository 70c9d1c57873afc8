import { KernelMerge, type MergeState, type RowCounts } from '../iterator/kernel-merge';
import { LevelCursor } from '../iterator/level-cursor';
import { MergingCursor } from '../iterator/merging-cursor';
import { bytewiseComparator } from '../keys/comparator';
import { encodeInternalKey, MAX_SEQUENCE, TAG_BYTES, TYPE_FOR_SEEK } from '../keys/internal-key';
import type { Version } from '../manifest/version';
import type { FileMetaData } from '../manifest/version-edit';
import { MemTableCursor } from '../memtable/memtable';
import { TableCursor } from '../table/table-cursor';
import { type EntryBatch, fillBatch } from './entry-batch';
import type { Inspection } from './inspection';
import type { Moment } from './moment';
import { SLOT_BYTES } from './row-ring';
import { type Bounds, boundsOf, type KeyRange } from './scan';

/** The tables of a version that a range of keys meets. */
export function filesIn(version: Version, range: KeyRange = {}): FileMetaData[] {
  const { lower, upper } = boundsOf(version.comparator.user, range);
  return version.levels.flat().filter((file) => version.meets(file, lower, upper));
}

/**
 * User keys at which parts of about so many bytes of tables begin, but for the first one, which begins where all keys do.
 * Bytewise order.
 */
export function partsOf(files: readonly FileMetaData[], partBytes: number): Uint8Array[] {
  const begins = files.map(({ smallest, size }) => {
    const key = smallest.subarray(0, Math.max(0, smallest.length - TAG_BYTES));
    return { key, bytes: Number(size) };
  });
  begins.sort((a, b) => compare(a.key, b.key));
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for (const begin of begins) {
    const last = parts.at(-1) ?? begins[0].key;
    if (bytes >= partBytes && compare(last, begin.key) < 0) {
      parts.push(begin.key);
      bytes = 0;
    }
    bytes += begin.bytes;
  }
  return parts;
}

/**
 * A walk over parts of what a reader sees in a range, which may begin at any of them. Where all runs stand behind a part and
 * where they stand before the next one are told: if that is the same for each two, the parts one behind the other are what one
 * walk over the runs gives, even if the keys are not in order. Of a part that turns out to be unusual all that was read is
 * what one walk gives up to there.
 */
export class PartWalk {
  /** How many parts there are. */
  readonly parts: number;
  private readonly begins: readonly Uint8Array[];
  private readonly bounds: Bounds;
  private readonly moment: Moment;
  private readonly merged: MergingCursor;
  /** Problems that have nothing to do with the tables. */
  private readonly problems: number;
  private merge: KernelMerge | undefined;
  private state: MergeState = 'end';

  /** Opens the tables, which are open until the inspection is closed. `begins` is what `partsOf` gives. */
  constructor(inspection: Inspection, begins: readonly Uint8Array[], range: KeyRange = {}) {
    this.bounds = boundsOf(inspection.comparator, range);
    this.problems = inspection.problems.length;
    const { lower, upper } = this.bounds;
    this.begins = begins.filter(
      (key) => (!lower || compare(lower, key) < 0) && (!upper || compare(key, upper) < 0),
    );
    this.parts = this.begins.length + 1;
    this.moment = inspection.holdMoment(range);
    const runs = this.moment.runs(this.bounds);
    this.merged = new MergingCursor(
      this.moment.version.comparator,
      runs.map(({ cursor }) => cursor),
    );
  }

  /** Goes to a part, and tells where all runs stand. Undefined if there is anything unusual about it. */
  begin(part: number): string | undefined {
    const { merged, begins, bounds } = this;
    this.close();
    const lower = part === 0 ? bounds.lower : begins[part - 1];
    if (lower) {
      const target = encodeInternalKey(lower, MAX_SEQUENCE, TYPE_FOR_SEEK);
      merged.seek(target, 0, target.length);
    } else merged.seekToFirst();
    const places = this.places();
    this.state = 'end';
    if (places === undefined || !merged.valid) return places;
    this.merge = KernelMerge.begin(merged, {
      internal: false,
      limitLow: 0xffff_ffff,
      limitHigh: 0xffff_ffff,
      upper: begins[part] ?? bounds.upper,
      // The walk over a range ends as any reader's does: nothing has to fit behind it.
      endsExactly: part < begins.length,
    });
    if (!this.merge) return undefined;
    this.state = 'full';
    return places;
  }

  /** The part's next entries as a row, which is valid up to the next call; undefined if there are no more. */
  readRow(): { bytes: Uint8Array; row: RowCounts } | undefined {
    if (!this.merge || this.state !== 'full') return undefined;
    const { state, bytes, row } = this.merge.readRow(SLOT_BYTES);
    this.state = state;
    return bytes.length > 0 ? { bytes, row } : undefined;
  }

  /** Fills `batch` with the part's next entries and returns how many it got; 0 if there are no more. */
  readBatch(batch: EntryBatch): number {
    batch.clear();
    if (this.merge && this.state === 'full') this.state = fillBatch(this.merge, batch);
    return batch.count;
  }

  /** Where all runs stand behind the part, which was read. Undefined if there was anything unusual about it. */
  end(): string | undefined {
    const { merge } = this;
    if (merge && this.state === 'end') {
      this.merge = undefined;
      merge.leave();
    }
    return this.merge ? undefined : this.places();
  }

  /** Gives up the part. */
  close(): void {
    this.merge?.close();
    this.merge = undefined;
  }

  /** Undefined if something is wrong with a run or was on the way. */
  private places(): string | undefined {
    if (this.moment.problems.length > this.problems) return undefined;
    const places: string[] = [];
    for (const child of this.merged.children) {
      if (child.error) return undefined;
      const cursor = child instanceof LevelCursor ? child.current : child;
      const table = child instanceof LevelCursor ? child.currentRun : 0;
      if (!child.valid) places.push('end');
      else if (cursor instanceof MemTableCursor) places.push(`${cursor.position}`);
      else if (cursor instanceof TableCursor)
        places.push(`${table}/${cursor.index.entryOffset}/${cursor.data.entryOffset}`);
      else return undefined;
    }
    return places.join(' ');
  }
}

function compare(a: Uint8Array, b: Uint8Array): number {
  return bytewiseComparator.compare(a, 0, a.length, b, 0, b.length);
}
