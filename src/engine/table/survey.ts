import { compareRanges } from '../bytes/compare';
import { copyOf } from '../bytes/copy';
import { KeyBuffer } from '../bytes/key-buffer';
import { maxU64, type U64 } from '../bytes/u64';
import { bytewiseComparator } from '../keys/comparator';
import { type InternalKeyComparator, sequenceAt, TAG_BYTES, typeAt, ValueType } from '../keys/internal-key';
import { Block, BlockCursor } from './block';
import { bloomParameters } from './bloom';
import type { TableOutline, TableRegion } from './layout';
import type { Table } from './table';

/** What a pass over all data blocks of a table finds. Sizes are in bytes. */
export interface TableSurvey {
  entries: number;
  deletions: number;
  /** Entries of a user key that a newer version stands before. */
  shadowed: number;
  userKeys: number;
  /** Of user keys, and of values. */
  keyBytes: number;
  valueBytes: number;
  /** Of data blocks as stored and as decoded. */
  storedBytes: number;
  rawBytes: number;
  dataBlocks: number;
  damagedBlocks: number;
  /** Internal keys: of the first and the last entry that can be read. */
  smallest: Uint8Array | undefined;
  largest: Uint8Array | undefined;
  smallestSequence: U64 | undefined;
  largestSequence: U64 | undefined;
  /** Entries from one restart point to the next, as block_restart_interval was; undefined if no block has two. */
  restartInterval: number | undefined;
  /** Bits of the filters for each entry; undefined without a filter. */
  bitsPerKey: number | undefined;
}

export interface SurveyProgress {
  /** The region that was read, with what its block told. */
  index: number;
  region: TableRegion;
}

/**
 * Reads every block of a table, in order, and counts. A block that cannot be read is damaged and passed by. `table` is
 * undefined if footer or index are lost: then there are no data blocks to read.
 */
export function* surveyTable(
  outline: TableOutline,
  table: Table | undefined,
  comparator: InternalKeyComparator,
): Generator<SurveyProgress, TableSurvey> {
  const counter = new Counter(comparator);
  for (const [index, { kind }] of outline.regions.entries()) {
    const isData = kind === 'data';
    const region = outline.read(index, isData ? (bytes) => counter.countContents(bytes) : undefined);
    if (isData) counter.countBlock(region);
    yield { index, region };
  }
  return { ...counter.survey, bitsPerKey: table && bitsPerKey(table, counter.survey.entries) };
}

class Counter {
  readonly survey: TableSurvey = {
    entries: 0,
    deletions: 0,
    shadowed: 0,
    userKeys: 0,
    keyBytes: 0,
    valueBytes: 0,
    storedBytes: 0,
    rawBytes: 0,
    dataBlocks: 0,
    damagedBlocks: 0,
    smallest: undefined,
    largest: undefined,
    smallestSequence: undefined,
    largestSequence: undefined,
    restartInterval: undefined,
    bitsPerKey: undefined,
  };
  private readonly previous = new KeyBuffer();
  private readonly comparator: InternalKeyComparator;

  constructor(comparator: InternalKeyComparator) {
    this.comparator = comparator;
  }

  countBlock({ size, rawSize, crcOk }: TableRegion): void {
    const { survey } = this;
    survey.dataBlocks++;
    survey.storedBytes += size;
    survey.rawBytes += rawSize ?? 0;
    if (!crcOk) survey.damagedBlocks++;
  }

  countContents(bytes: Uint8Array): void {
    const { survey, comparator } = this;
    const block = new Block(bytes);
    this.countEntries(new BlockCursor(comparator, block));
    if (survey.restartInterval === undefined && block.restartCount > 1) {
      survey.restartInterval = firstRestartInterval(new BlockCursor(comparator, block));
    }
  }

  private countEntries(cursor: BlockCursor): void {
    const { survey, previous } = this;
    // Whether `previous` is of the entry before, in this block.
    let isChained = false;
    for (cursor.seekToFirst(); cursor.valid; cursor.next()) {
      const { keyBuffer, keyStart, keyEnd } = cursor;
      survey.entries++;
      survey.valueBytes += cursor.valueEnd - cursor.valueStart;
      if (keyEnd - keyStart < TAG_BYTES) {
        isChained = false;
        continue;
      }
      const userEnd = keyEnd - TAG_BYTES;
      survey.keyBytes += userEnd - keyStart;
      if (typeAt(keyBuffer, keyEnd) === ValueType.deletion) survey.deletions++;
      // What an entry shares with the one before it need not be compared or copied: it can be long.
      const shared = isChained ? Math.min(cursor.shared, userEnd - keyStart, previous.length) : 0;
      isChained = true;
      if (survey.smallest !== undefined && this.isPrevious(keyBuffer, keyStart, userEnd, shared)) {
        survey.shadowed++;
      } else survey.userKeys++;
      previous.replace(shared, keyBuffer, keyStart + shared, userEnd);
      survey.smallest ??= copyOf(keyBuffer, keyStart, keyEnd);
      const sequence = sequenceAt(keyBuffer, keyEnd);
      survey.largestSequence = maxU64(survey.largestSequence ?? 0, sequence);
      if (survey.smallestSequence === undefined || sequence < survey.smallestSequence) {
        survey.smallestSequence = sequence;
      }
    }
    cursor.seekToLast();
    if (cursor.valid) survey.largest = copyOf(cursor.keyBuffer, cursor.keyStart, cursor.keyEnd);
  }

  /** Whether a user key is the one before it, of which it has the first `shared` bytes. */
  private isPrevious(key: Uint8Array, start: number, end: number, shared: number): boolean {
    const { previous } = this;
    const { user } = this.comparator;
    if (user !== bytewiseComparator) {
      return user.compare(key, start, end, previous.bytes, 0, previous.length) === 0;
    }
    if (end - start !== previous.length) return false;
    return compareRanges(key, start + shared, end, previous.bytes, shared, previous.length) === 0;
  }
}

function firstRestartInterval(cursor: BlockCursor): number | undefined {
  const second = cursor.block.restartPoint(1);
  let entries = 0;
  for (cursor.seekToFirst(); cursor.valid && cursor.entryOffset < second; cursor.next()) entries++;
  return cursor.valid ? entries : undefined;
}

function bitsPerKey({ filter }: Table, entries: number): number | undefined {
  if (!filter || entries === 0) return undefined;
  let bits = 0;
  for (let i = 0; i < filter.filterCount; i++) {
    const range = filter.filterRange(i);
    if (range) bits += bloomParameters(filter.contents, range.start, range.end)?.bits ?? 0;
  }
  return bits / entries;
}
