import { copyOf } from '../../bytes/copy';
import { CodecError, type CodecOptions, decodeBlock } from '../../codec/codec';
import { type InternalKeyComparator, TAG_BYTES, typeAt, ValueType } from '../../keys/internal-key';
import { LsmError } from '../../problem';
import { Block, BlockCursor } from '../../table/block';
import {
  BLOCK_TRAILER_SIZE,
  type BlockHandle,
  decodeBlockHandle,
  decodeFooter,
  FOOTER_SIZE,
} from '../../table/format';
import { ChecksumPairs } from './checksum-pairs';

/** Bytes that are looked through at a time. */
const WINDOW = 16 << 20;
/** A longer block may be missed: LevelDB makes one only for a value that is as long. */
const MAX_BLOCK = 4 << 20;
/** Bytes that are read as blocks in vain, times the file's: a file can be made in which every place fits another. */
const MAX_TRIED = 16;
/** Places between two looks at who else wants to work. */
const SLICE = 1 << 16;

/** A block that was found by its checksum, and the entries in it if it is one of data. */
export interface FoundBlock extends BlockHandle {
  kind: 'data' | 'other';
  entries: number;
  /** Internal keys; undefined if it is none of data. */
  first: Uint8Array | undefined;
  last: Uint8Array | undefined;
}

/**
 * Finds the blocks of a table without its index. Blocks stand one behind the other: what fits its checksum where the
 * last one ended is a block. Behind damage, where bytes fit by chance or a value has a table in it, only what reads as
 * a data block is taken. Yields the share that is done, 0 to 1.
 */
export function* findBlocks(
  bytes: Uint8Array,
  comparator: InternalKeyComparator,
  codec: CodecOptions,
): Generator<number, FoundBlock[]> {
  const found: FoundBlock[] = [];
  let at = 0;
  /** Where the next block stands if nothing is damaged. */
  let expected = 0;
  const search = new BlockSearch(bytes, comparator, codec);
  while (at + BLOCK_TRAILER_SIZE <= bytes.length) {
    const from = at;
    const to = Math.min(bytes.length, from + WINDOW);
    const pairs = new ChecksumPairs(bytes, from, to);
    yield from / bytes.length;
    // A block that the window cuts in two is looked for in the next one.
    const turn = to === bytes.length ? to : to - MAX_BLOCK;
    while (at < turn) {
      const block = search.at(pairs, at, at === expected);
      if (block) {
        found.push(block);
        at = block.offset + block.size + BLOCK_TRAILER_SIZE;
        expected = at;
      } else at++;
      if (at % SLICE === 0) yield at / bytes.length;
    }
  }
  return found;
}

class BlockSearch {
  private readonly bytes: Uint8Array;
  private readonly comparator: InternalKeyComparator;
  private readonly codec: CodecOptions;
  private left: number;

  constructor(bytes: Uint8Array, comparator: InternalKeyComparator, codec: CodecOptions) {
    this.bytes = bytes;
    this.comparator = comparator;
    this.codec = codec;
    this.left = MAX_TRIED * bytes.length;
  }

  at(pairs: ChecksumPairs, offset: number, isExpected: boolean): FoundBlock | undefined {
    const { bytes, comparator, codec } = this;
    for (const end of pairs.endsFrom(offset)) {
      const size = end - offset;
      const data = this.left > 0 ? dataIn(bytes, offset, end, comparator, codec) : undefined;
      if (data) return { offset, size, kind: 'data', ...data };
      if (isExpected) return { offset, size, kind: 'other', entries: 0, first: undefined, last: undefined };
      this.left -= size;
    }
    return undefined;
  }
}

/** The entries of a data block; undefined if the bytes do not read as one, to the end. */
function dataIn(
  bytes: Uint8Array,
  offset: number,
  end: number,
  comparator: InternalKeyComparator,
  codec: CodecOptions,
): Pick<FoundBlock, 'entries' | 'first' | 'last'> | undefined {
  let block: Block;
  try {
    block = new Block(decodeBlock(bytes[end], bytes.subarray(offset, end), codec).bytes);
  } catch (error) {
    if (error instanceof CodecError) return undefined;
    throw error;
  }
  if (block.bad) return undefined;
  const cursor = new BlockCursor(comparator, block);
  let entries = 0;
  let first: Uint8Array | undefined;
  let last: Uint8Array | undefined;
  for (cursor.seekToFirst(); cursor.valid; cursor.next()) {
    const { keyBuffer, keyStart, keyEnd } = cursor;
    if (keyEnd - keyStart < TAG_BYTES || typeAt(keyBuffer, keyEnd) > ValueType.value) return undefined;
    if (last && comparator.compare(last, 0, last.length, keyBuffer, keyStart, keyEnd) >= 0) return undefined;
    last = copyOf(keyBuffer, keyStart, keyEnd);
    first ??= last;
    entries++;
  }
  if (cursor.error || !first || isIndex(cursor, offset)) return undefined;
  return { entries, first, last };
}

/** An index block has the form of a data block; but its values are the places of blocks in front of it, on end. */
function isIndex(cursor: BlockCursor, offset: number): boolean {
  let end: number | undefined;
  for (cursor.seekToFirst(); cursor.valid; cursor.next()) {
    try {
      const { valueBuffer, valueStart, valueEnd } = cursor;
      const handle = decodeBlockHandle(valueBuffer, valueStart, valueEnd);
      if (handle.offset !== (end ?? 0)) return false;
      end = handle.offset + handle.size + BLOCK_TRAILER_SIZE;
      if (end > offset) return false;
    } catch {
      return false;
    }
  }
  return true;
}

/** Data blocks that stand one behind the other. */
interface Run {
  blocks: FoundBlock[];
  entries: number;
  /** Of this one and the best choice of those before it. */
  total: number;
  before: Run | undefined;
}

/** Runs that are weighed against each other; a table has more only if it was made to. */
const MAX_RUNS = 2000;

/**
 * Those data blocks whose keys ascend throughout and that hold the most entries: bytes in a value can look like a block,
 * and must not cost any that follow. A whole table within a value is none of them.
 */
export function ascendingBlocks(
  found: readonly FoundBlock[],
  bytes: Uint8Array,
  comparator: InternalKeyComparator,
): FoundBlock[] {
  let best: Run | undefined;
  const embedded = embeddedBlocks(found, bytes);
  const outer = found.filter((block) => !embedded.has(block));
  const runs = runsOf(outer, comparator).slice(0, MAX_RUNS);
  for (const [i, run] of runs.entries()) {
    const first = run.blocks[0].first!;
    for (const other of runs.slice(0, i)) {
      const last = other.blocks.at(-1)!.last!;
      if (other.total <= (run.before?.total ?? 0)) continue;
      if (comparator.compare(last, 0, last.length, first, 0, first.length) < 0) run.before = other;
    }
    run.total = run.entries + (run.before?.total ?? 0);
    if (!best || run.total > best.total) best = run;
  }
  const chosen: FoundBlock[][] = [];
  for (let run = best; run; run = run.before) chosen.push(run.blocks);
  return chosen.reverse().flat();
}

/** Blocks that lead, one behind the other, from behind damage to a footer that is not the file's. */
function embeddedBlocks(found: readonly FoundBlock[], bytes: Uint8Array): Set<FoundBlock> {
  const embedded = new Set<FoundBlock>();
  let chain: FoundBlock[] = [];
  for (const [i, block] of found.entries()) {
    chain.push(block);
    const end = block.offset + block.size + BLOCK_TRAILER_SIZE;
    if (found[i + 1]?.offset === end) continue;
    const isInside = chain[0].offset > 0 && end + FOOTER_SIZE < bytes.length;
    if (isInside && isFooter(bytes.subarray(end, end + FOOTER_SIZE)))
      for (const each of chain) embedded.add(each);
    chain = [];
  }
  return embedded;
}

function isFooter(bytes: Uint8Array): boolean {
  try {
    decodeFooter(bytes);
    return true;
  } catch (error) {
    if (error instanceof LsmError) return false;
    throw error;
  }
}

function runsOf(found: readonly FoundBlock[], comparator: InternalKeyComparator): Run[] {
  const runs: Run[] = [];
  let before: FoundBlock | undefined;
  for (const block of found) {
    if (block.kind !== 'data') continue;
    const follows =
      before &&
      before.offset + before.size + BLOCK_TRAILER_SIZE === block.offset &&
      comparator.compare(before.last!, 0, before.last!.length, block.first!, 0, block.first!.length) < 0;
    if (!follows) runs.push({ blocks: [], entries: 0, total: 0, before: undefined });
    const run = runs.at(-1)!;
    run.blocks.push(block);
    run.entries += block.entries;
    before = block;
  }
  return runs;
}
