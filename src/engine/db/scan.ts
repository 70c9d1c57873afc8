import { prefixSuccessor, startsWith } from '../bytes/compare';
import { Fnv1a64 } from '../bytes/fnv';
import type { U64 } from '../bytes/u64';
import type { Cursor } from '../iterator/cursor';
import { KernelMerge, type MergeState, type RowCounts } from '../iterator/kernel-merge';
import { MergingCursor } from '../iterator/merging-cursor';
import { UserCursor } from '../iterator/user-cursor';
import { bytewiseComparator, type Comparator } from '../keys/comparator';
import { encodeInternalKey, MAX_SEQUENCE, sequenceAt, TAG_BYTES, TYPE_FOR_SEEK } from '../keys/internal-key';
import type { LsmError, Problem } from '../problem';
import { type EntryBatch, fillBatch } from './entry-batch';
import type { Moment } from './moment';
import type { Run } from './table-set';

/** Entries that the cursors go on with by themselves where the kernel stopped; twice as many each time. */
const FIRST_SLOW_ENTRIES = 1000;

/** User keys to scan: at or after `from`, before `to`, beginning with `prefix`. */
export interface KeyRange {
  from?: Uint8Array | undefined;
  to?: Uint8Array | undefined;
  prefix?: Uint8Array | undefined;
}

export interface ScanOptions extends KeyRange {
  reverse?: boolean | undefined;
  /** Versions newer than this are not seen. */
  sequence?: U64 | undefined;
}

/** A range with ends in the comparator's order, and what of the prefix they do not say. */
export interface Bounds {
  lower: Uint8Array | undefined;
  upper: Uint8Array | undefined;
  /** Set where keys with a prefix need not be neighbours: each key is looked at. */
  prefix: Uint8Array | undefined;
}

export function boundsOf(comparator: Comparator, { from, to, prefix }: KeyRange): Bounds {
  if (!prefix || prefix.length === 0) return { lower: from, upper: to, prefix: undefined };
  if (comparator !== bytewiseComparator) return { lower: from, upper: to, prefix };
  const end = prefixSuccessor(prefix);
  const order = (a: Uint8Array, b: Uint8Array) => comparator.compare(a, 0, a.length, b, 0, b.length);
  return {
    lower: from && order(from, prefix) > 0 ? from : prefix,
    upper: to && (!end || order(to, end) < 0) ? to : end,
    prefix: undefined,
  };
}

/**
 * A walk over a range, one way. `cursor` stands on the current entry while `valid`; the keys are user keys in a scan
 * of what a reader sees, internal keys in a scan of all versions.
 */
export class Scan {
  valid: boolean;
  private readonly moment: Moment;
  private held = true;
  private readonly comparator: Comparator;
  private readonly bounds: Bounds;
  private readonly reverse: boolean;
  /** Bytes behind the user key. */
  private readonly tagBytes: number;
  private readonly runs: readonly Run[];
  private readonly merged: MergingCursor;
  private readonly walk: Cursor;
  /** Goes on in place of the cursors, which then stand where it began. */
  private fast: KernelMerge | undefined;
  /** Entries for the cursors before it is tried (again), and how many there will be the next time. */
  private slowEntries = 0;
  private nextSlowEntries = FIRST_SLOW_ENTRIES;

  /** Takes over one hold of the moment that the runs belong to. */
  constructor(
    moment: Moment,
    runs: readonly Run[],
    view: 'live' | 'internal',
    { reverse = false, sequence = MAX_SEQUENCE, ...range }: ScanOptions,
  ) {
    const { comparator } = moment.version;
    this.moment = moment;
    this.comparator = comparator.user;
    this.bounds = boundsOf(comparator.user, range);
    this.reverse = reverse;
    this.runs = runs;
    this.merged = new MergingCursor(
      comparator,
      runs.map(({ cursor }) => cursor),
    );
    const onBadKey = ({ message }: LsmError) =>
      moment.report({ severity: 'error', file: this.source().name, code: 'bad-block', message });
    this.walk =
      view === 'live' ? new UserCursor(comparator.user, this.merged, sequence, onBadKey) : this.merged;
    this.tagBytes = view === 'live' ? 0 : TAG_BYTES;
    this.goToStart(view);
    this.valid = true;
    this.settle();
  }

  /** To be asked for anew after `readBatch`. */
  get cursor(): Cursor {
    if (this.fast) this.leaveKernel();
    return this.walk;
  }

  next(): void {
    if (this.fast) this.leaveKernel();
    if (this.slowEntries > 0) this.slowEntries--;
    this.step();
    this.settle();
  }

  /** What was wrong in the scan's moment, as far as it has been met. */
  get problems(): readonly Problem[] {
    return this.moment.problems;
  }

  /** Lets the files go. Done at the end of the range by itself. */
  close(): void {
    this.valid = false;
    this.fast?.close();
    this.fast = undefined;
    if (!this.held) return;
    this.held = false;
    this.moment.release();
  }

  /** The sequence of the current version. */
  get sequence(): U64 {
    const { cursor } = this;
    return cursor instanceof UserCursor
      ? cursor.currentSequence
      : sequenceAt(cursor.keyBuffer, cursor.keyEnd);
  }

  /** The file that the current entry comes from. Only in a scan of all versions. */
  source(): { name: string; level: number | undefined } {
    if (this.fast) this.leaveKernel();
    return this.runs[this.merged.currentChild].source();
  }

  /** Fills `batch` from the current entry on and returns how many entries it got; 0 at the end. */
  readBatch(batch: EntryBatch): number {
    batch.clear();
    if (this.enterKernel()) this.leaveAfter(fillBatch(this.fast!, batch));
    if (!this.valid || this.fast) return batch.count;
    const { walk: cursor } = this;
    while (this.valid) {
      const { keyBuffer, keyStart, keyEnd, valueBuffer, valueStart, valueEnd } = cursor;
      if (!batch.add(keyBuffer, keyStart, keyEnd, valueBuffer, valueStart, valueEnd)) break;
      this.next();
    }
    return batch.count;
  }

  /** Digests up to `most` entries from the current one on, and adds them to `digest`. */
  digest(digest: RunningDigest, most: number): void {
    const begin = digest.entries;
    if (this.enterKernel()) this.digestInKernel(digest, most);
    while (!this.fast && this.valid && digest.entries - begin < most) {
      const { keyBuffer, keyStart, keyEnd, valueBuffer, valueStart, valueEnd } = this.walk;
      digest.add(keyBuffer, keyStart, keyEnd, valueBuffer, valueStart, valueEnd);
      this.next();
    }
  }

  private digestInKernel(digest: RunningDigest, most: number): void {
    const { fnv } = digest;
    const part = { hashLow: fnv.low, hashHigh: fnv.high, entries: 0, keyBytes: 0, valueBytes: 0 };
    const state = this.fast!.digest(part, most);
    fnv.low = part.hashLow | 0;
    fnv.high = part.hashHigh | 0;
    digest.entries += part.entries;
    digest.keyBytes += part.keyBytes;
    digest.valueBytes += part.valueBytes;
    this.leaveAfter(state);
  }

  private leaveAfter(state: MergeState): void {
    if (state === 'end') this.close();
    else if (state === 'stopped') this.leaveKernel();
  }

  /** Whether the kernel goes on from here. */
  private enterKernel(): boolean {
    if (this.fast) return true;
    const { walk, bounds, merged } = this;
    if (!this.valid || this.reverse || this.slowEntries > 0) return false;
    if (bounds.prefix || this.comparator !== bytewiseComparator) return false;
    const isLive = walk instanceof UserCursor;
    if (isLive && !walk.forward) return false;
    const { limitLow, limitHigh } = isLive ? walk : { limitLow: 0, limitHigh: 0 };
    this.fast = KernelMerge.begin(merged, { internal: !isLive, limitLow, limitHigh, upper: bounds.upper });
    if (!this.fast) this.goSlowly();
    return this.fast !== undefined;
  }

  /** Lets the cursors go on from where the kernel stands. */
  private leaveKernel(): void {
    const { fast, walk } = this;
    this.fast = undefined;
    const passed = fast?.leave();
    if (walk instanceof UserCursor) walk.resume(passed);
    this.goSlowly();
    this.settle();
  }

  private goSlowly(): void {
    this.slowEntries = this.nextSlowEntries;
    this.nextSlowEntries *= 2;
  }

  private goToStart(view: 'live' | 'internal'): void {
    const { walk: cursor, reverse } = this;
    const { lower, upper } = this.bounds;
    const start = reverse ? upper : lower;
    if (!start) {
      if (reverse) cursor.seekToLast();
      else cursor.seekToFirst();
      return;
    }
    const target = view === 'live' ? start : encodeInternalKey(start, MAX_SEQUENCE, TYPE_FOR_SEEK);
    cursor.seek(target, 0, target.length);
    if (!reverse) return;
    if (cursor.valid) cursor.prev();
    else cursor.seekToLast();
  }

  private step(): void {
    if (this.reverse) this.walk.prev();
    else this.walk.next();
  }

  /** Lets go at the end of the range. */
  private settle(): void {
    if (!this.findNext()) this.close();
  }

  /** Whether the cursor stands on an entry of the range, after passing by keys without the prefix. */
  private findNext(): boolean {
    const { walk: cursor, bounds } = this;
    for (; cursor.valid; this.step()) {
      const { keyBuffer, keyStart } = cursor;
      const keyEnd = Math.max(keyStart, cursor.keyEnd - this.tagBytes);
      const end = this.reverse ? bounds.lower : bounds.upper;
      if (end) {
        const order = this.comparator.compare(keyBuffer, keyStart, keyEnd, end, 0, end.length);
        if (this.reverse ? order < 0 : order >= 0) return false;
      }
      if (!bounds.prefix || startsWith(keyBuffer.subarray(keyStart, keyEnd), bounds.prefix)) return true;
    }
    return false;
  }
}

/** What `lsm scan --count` gives: counts, and a digest by which two databases can be compared. */
export interface ScanDigest {
  entries: number;
  keyBytes: number;
  valueBytes: number;
  /** FNV-1a with 64 bits over key, 0xff, value, 0xff of each entry in order: 16 hex digits. */
  fnv1a64: string;
}

const SEPARATOR = Uint8Array.of(0xff);

/** A digest that is not at its end. */
export class RunningDigest {
  entries = 0;
  keyBytes = 0;
  valueBytes = 0;
  readonly fnv = new Fnv1a64();

  add(
    keyBuffer: Uint8Array,
    keyStart: number,
    keyEnd: number,
    valueBuffer: Uint8Array,
    valueStart: number,
    valueEnd: number,
  ): void {
    const { fnv } = this;
    fnv.update(keyBuffer, keyStart, keyEnd);
    fnv.update(SEPARATOR);
    fnv.update(valueBuffer, valueStart, valueEnd);
    fnv.update(SEPARATOR);
    this.entries++;
    this.keyBytes += keyEnd - keyStart;
    this.valueBytes += valueEnd - valueStart;
  }

  /** Entries with their separators, one behind the other. */
  addRow(bytes: Uint8Array, { entries, keyBytes, valueBytes }: RowCounts): void {
    this.fnv.update(bytes);
    this.entries += entries;
    this.keyBytes += keyBytes;
    this.valueBytes += valueBytes;
  }

  get result(): ScanDigest {
    const { entries, keyBytes, valueBytes, fnv } = this;
    return { entries, keyBytes, valueBytes, fnv1a64: fnv.digest() };
  }
}

/** Entries between two calls of `onProgress`. */
const PROGRESS_ENTRIES = 1 << 16;

/**
 * Runs a scan to its end or for `limit` entries. `onProgress` is called now and then with the entries so far; true
 * stops the scan.
 */
export function digestScan(
  scan: Scan,
  onProgress?: (entries: number) => boolean,
  limit = Number.POSITIVE_INFINITY,
): ScanDigest {
  const digest = new RunningDigest();
  while (scan.valid && digest.entries < limit) {
    scan.digest(digest, Math.min(limit - digest.entries, PROGRESS_ENTRIES));
    const { entries } = digest;
    if (onProgress && entries % PROGRESS_ENTRIES === 0 && onProgress(entries)) break;
  }
  return digest.result;
}
