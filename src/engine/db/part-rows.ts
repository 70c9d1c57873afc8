import { KernelMerge, type RowCounts } from '../iterator/kernel-merge';
import { LevelCursor } from '../iterator/level-cursor';
import { MergingCursor } from '../iterator/merging-cursor';
import { bytewiseComparator } from '../keys/comparator';
import { encodeInternalKey, MAX_SEQUENCE, TAG_BYTES, TYPE_FOR_SEEK } from '../keys/internal-key';
import type { Version } from '../manifest/version';
import { MemTableCursor } from '../memtable/memtable';
import { TableCursor } from '../table/table-cursor';
import type { Moment } from './moment';
import { SLOT_BYTES } from './row-ring';

/**
 * User keys at which parts of about so many bytes of tables begin, but for the first one, which begins where all keys do.
 * Bytewise order.
 */
export function partsOf(version: Version, partBytes: number): Uint8Array[] {
  const files = version.levels.flat();
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
 * Where all runs stood before and behind a part. Where one part's end is the next one's begin, for each two, the parts one
 * behind the other are what one walk over the runs gives, even if the keys are not in order.
 */
export interface PartProof {
  begin: string;
  end: string;
}

/** Reads parts of what a reader sees, as rows of entries. */
export class PartRows {
  private readonly moment: Moment;
  private readonly merged: MergingCursor;
  private readonly parts: readonly Uint8Array[];

  /** The moment is the caller's, and is held until the end. */
  constructor(moment: Moment, parts: readonly Uint8Array[]) {
    this.moment = moment;
    this.parts = parts;
    const runs = moment.runs({ lower: undefined, upper: undefined, prefix: undefined });
    this.merged = new MergingCursor(
      moment.version.comparator,
      runs.map(({ cursor }) => cursor),
    );
  }

  /** Gives the rows of a part to `put`. Undefined if there is anything unusual about it, which rows do not tell. */
  read(part: number, put: (bytes: Uint8Array, row: RowCounts) => void): PartProof | undefined {
    const { merged, parts, moment } = this;
    const problems = moment.problems.length;
    if (part === 0) merged.seekToFirst();
    else {
      const target = encodeInternalKey(parts[part - 1], MAX_SEQUENCE, TYPE_FOR_SEEK);
      merged.seek(target, 0, target.length);
    }
    const begin = this.places();
    const end = begin && merged.valid ? this.merge(parts[part], put) : begin;
    if (begin === undefined || end === undefined || moment.problems.length > problems) return undefined;
    return { begin, end };
  }

  private merge(upper: Uint8Array | undefined, put: (bytes: Uint8Array, row: RowCounts) => void) {
    const all = { internal: false, limitLow: 0xffff_ffff, limitHigh: 0xffff_ffff, endsExactly: true };
    const merge = KernelMerge.begin(this.merged, { ...all, upper });
    if (!merge) return undefined;
    for (;;) {
      const { state, bytes, row } = merge.readRow(SLOT_BYTES);
      if (state === 'stopped') {
        merge.close();
        return undefined;
      }
      if (bytes.length > 0) put(bytes, row);
      if (state === 'full') continue;
      merge.leave();
      return this.places();
    }
  }

  /** Where the runs stand; undefined if one of them cannot be read. */
  private places(): string | undefined {
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
