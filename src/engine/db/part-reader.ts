import { KernelMerge, type MergeState } from '../iterator/kernel-merge';
import { LevelCursor } from '../iterator/level-cursor';
import { MergingCursor } from '../iterator/merging-cursor';
import { bytewiseComparator } from '../keys/comparator';
import { encodeInternalKey, MAX_SEQUENCE, TAG_BYTES, TYPE_FOR_SEEK } from '../keys/internal-key';
import type { Version } from '../manifest/version';
import { MemTableCursor } from '../memtable/memtable';
import { TableCursor } from '../table/table-cursor';
import type { Moment } from './moment';

/**
 * User keys at which parts of about so many bytes of tables begin, but for the first one, which begins where all keys do.
 * Bytewise order.
 */
export function partsOf(versions: readonly Version[], partBytes: number): Uint8Array[] {
  const begins = versions
    .flatMap(({ levels }) => levels.flat())
    .map(({ smallest, size }) => {
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
 * Reads parts of what a reader sees, one after the other: `begin`, `next` up to the end, `end`.
 *
 * `begin` and `end` tell where all runs stand. Where one part's end is the next one's begin, for each two, the parts one
 * behind the other are what one walk over the runs gives, even if the keys are not in order.
 */
export class PartReader {
  private readonly moment: Moment;
  private readonly merged: MergingCursor;
  private readonly parts: readonly Uint8Array[];
  private merge: KernelMerge | undefined;
  private problems = 0;
  private isSound = true;

  /** The moment is the caller's, and is held until the end. `parts`: of `partsOf`. */
  constructor(moment: Moment, parts: readonly Uint8Array[]) {
    this.moment = moment;
    this.parts = parts;
    const runs = moment.runs({ lower: undefined, upper: undefined, prefix: undefined });
    this.merged = new MergingCursor(
      moment.version.comparator,
      runs.map(({ cursor }) => cursor),
    );
  }

  /** Goes to a part. Undefined if there is anything unusual about it: then nothing more can be read. */
  begin(part: number): string | undefined {
    const { merged, parts, moment } = this;
    this.merge?.leave();
    this.merge = undefined;
    this.problems = moment.problems.length;
    if (part === 0) merged.seekToFirst();
    else {
      const target = encodeInternalKey(parts[part - 1], MAX_SEQUENCE, TYPE_FOR_SEEK);
      merged.seek(target, 0, target.length);
    }
    const begin = this.places();
    if (begin === undefined || !merged.valid) return begin;
    const all = { internal: false, limitLow: 0xffff_ffff, limitHigh: 0xffff_ffff, endsExactly: true };
    this.merge = KernelMerge.begin(merged, { ...all, upper: parts[part] });
    return this.merge && begin;
  }

  /** What `read` reads of the part, which must be right up to where it came; undefined at the end. */
  next<Read extends { state: MergeState }>(read: (merge: KernelMerge) => Read): Read | undefined {
    const { merge } = this;
    if (!merge) return undefined;
    const result = read(merge);
    if (result.state === 'full') return result;
    this.merge = undefined;
    if (result.state === 'end') {
      merge.leave();
      return result;
    }
    merge.close();
    this.isSound = false;
    return undefined;
  }

  /** Behind the last entry of the part. Undefined if there was anything unusual. */
  end(): string | undefined {
    return this.isSound ? this.places() : undefined;
  }

  /** Undefined if a run cannot be read, or was not from the begin on. */
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
    return this.moment.problems.length > this.problems ? undefined : places.join(' ');
  }
}

function compare(a: Uint8Array, b: Uint8Array): number {
  return bytewiseComparator.compare(a, 0, a.length, b, 0, b.length);
}
