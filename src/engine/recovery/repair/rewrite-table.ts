import { copyOf } from '../../bytes/copy';
import { KeyBuffer } from '../../bytes/key-buffer';
import { maxU64, type U64 } from '../../bytes/u64';
import type { CodecOptions } from '../../codec/codec';
import type { Options } from '../../db/options';
import type { RandomAccessFile } from '../../env/env';
import type { OverlayEnv } from '../../env/overlay';
import {
  type InternalKeyComparator,
  sequenceAt,
  TAG_BYTES,
  typeAt,
  ValueType,
} from '../../keys/internal-key';
import { temporaryFileName } from '../../manifest/file-names';
import type { FileMetaData } from '../../manifest/version-edit';
import { LsmError } from '../../problem';
import { Block, BlockCursor } from '../../table/block';
import { internalFilterPolicy } from '../../table/filter';
import { BLOCK_TRAILER_SIZE } from '../../table/format';
import { readBlock } from '../../table/read-block';
import { TableBuilder } from '../../table/table-builder';
import { progress, type RepairSteps } from './progress';
import { type TablePart, tableParts } from './table-parts';

/** Entries between two looks at who else wants to work. */
const SLICE = 4096;
/** Ranges that are told one by one. */
export const MAX_RANGES = 1000;

/**
 * Where entries of a table are lost: between two entries that are not, internal keys. Undefined where there is no entry
 * and the MANIFEST does not say how far the table went.
 */
export interface LostRange {
  after: Uint8Array | undefined;
  before: Uint8Array | undefined;
  /** Of the file, about. */
  bytes: number;
}

export interface RewrittenTable {
  /** Undefined if no entry can be read. */
  file: FileMetaData | undefined;
  foundBy: 'index' | 'checksums';
  entriesKept: number;
  blocksKept: number;
  /** At most MAX_RANGES; `bytesLost` and `rangesLost` are of all. */
  lost: LostRange[];
  rangesLost: number;
  bytesLost: number;
  greatestSequence: U64;
}

/** A table in a folder, and what the MANIFEST says of it. */
export interface DamagedTable {
  number: U64;
  name: string;
  meta: FileMetaData | undefined;
  /** Where it ends as LevelDB reads it. */
  size: number;
}

/**
 * Writes a table anew with all of its entries that can be read, under its name, with the filter, compression and block
 * sizes of `options`. If there are none the file is left as it is. Throws EnvError.
 */
export function* rewriteTable(
  env: OverlayEnv,
  directory: string,
  { number, name, meta, size }: DamagedTable,
  comparator: InternalKeyComparator,
  options: Options,
): RepairSteps<RewrittenTable> {
  const path = env.join(directory, name);
  const temporary = env.join(directory, temporaryFileName(number));
  const codec = options.codec ?? {};
  const file = env.open(path);
  try {
    const search = tableParts(file, size, name, comparator, codec);
    let found = search.next();
    for (; !found.done; found = search.next()) {
      yield progress(`${name}: looking for blocks, ${Math.floor(100 * found.value)} %`);
    }
    const { parts, foundBy, isEndKnown } = found.value;
    const output = env.create(temporary);
    const filterPolicy = options.filterPolicy && internalFilterPolicy(options.filterPolicy);
    const { blockSize, blockRestartInterval, compression } = options;
    const builder = new TableBuilder(
      { comparator, blockSize, blockRestartInterval, compression, filterPolicy },
      (bytes) => output.append(bytes),
    );
    const copier = new Copier(builder, comparator, { file, size, name, codec });
    for (const part of parts) yield* copier.copy(part);
    builder.finish();
    output.close();
    const { first, last } = copier.end(meta, isEndKnown);
    if (first && last) env.rename(temporary, path);
    else env.remove(temporary);
    const {
      entries: entriesKept,
      blocks: blocksKept,
      lost,
      rangesLost,
      bytesLost,
      greatestSequence,
    } = copier;
    return {
      file: first && last ? { number, size: builder.fileSize, smallest: first, largest: last } : undefined,
      foundBy,
      entriesKept,
      blocksKept,
      lost,
      rangesLost,
      bytesLost,
      greatestSequence,
    };
  } finally {
    file.close();
  }
}

interface Source {
  file: RandomAccessFile;
  size: number;
  name: string;
  codec: CodecOptions;
}

/** Takes entries over, block by block, and keeps account of what could not be. */
class Copier {
  entries = 0;
  blocks = 0;
  readonly lost: LostRange[] = [];
  rangesLost = 0;
  bytesLost = 0;
  greatestSequence: U64 = 0;
  private readonly builder: TableBuilder;
  private readonly comparator: InternalKeyComparator;
  private readonly source: Source;
  private readonly last = new KeyBuffer();
  private first: Uint8Array | undefined;
  /** Bytes lost since the last entry that was taken over; undefined if nothing is. */
  private missing: number | undefined;

  constructor(builder: TableBuilder, comparator: InternalKeyComparator, source: Source) {
    this.builder = builder;
    this.comparator = comparator;
    this.source = source;
  }

  *copy(part: TablePart): RepairSteps<void> {
    if (part.lost !== undefined) {
      this.lose(part.lost);
      return;
    }
    const { file, size, name, codec } = this.source;
    const { handle } = part;
    try {
      const block = new Block(readBlock(file, size, handle, { name, codec }).bytes, name, handle.offset);
      if (block.bad) throw block.badContents();
      const cursor = new BlockCursor(this.comparator, block);
      this.blocks++;
      for (cursor.seekToFirst(); cursor.valid; cursor.next()) {
        if (!this.take(cursor)) this.lose(cursor.valueEnd - cursor.entryOffset);
        if (this.entries % SLICE === 0) yield progress(`${name}: ${this.entries} entries`);
      }
      if (cursor.error) throw cursor.error;
    } catch (error) {
      if (!(error instanceof LsmError)) throw error;
      this.lose(handle.size + BLOCK_TRAILER_SIZE);
    }
  }

  /** What the MANIFEST says of the range tells of losses at both ends. */
  end(meta: FileMetaData | undefined, isEndKnown: boolean) {
    const { comparator, last, first, lost } = this;
    const largest = first && last.bytes.slice(0, last.length);
    const begins = lost[0];
    if (begins && !begins.after && begins.before && isBelow(comparator, meta?.smallest, begins.before)) {
      begins.after = meta?.smallest;
    } else if (first && !(begins && !begins.after) && isBelow(comparator, meta?.smallest, first)) {
      this.rangesLost++;
      lost.unshift({ after: meta?.smallest, before: first, bytes: 0 });
    }
    const goesOn = isBelow(comparator, largest, meta?.largest);
    // Without the MANIFEST nobody knows how far a table went whose end is lost.
    if (this.missing !== undefined || goesOn || (!isEndKnown && (!meta || !first))) {
      const after = largest ?? meta?.smallest;
      this.addRange({
        after,
        before: goesOn || !largest ? meta?.largest : undefined,
        bytes: this.missing ?? 0,
      });
    }
    return { first, last: largest };
  }

  private lose(bytes: number): void {
    this.missing = (this.missing ?? 0) + bytes;
    this.bytesLost += bytes;
  }

  /** False for what is no entry, or stands out of order. */
  private take({ keyBuffer, keyStart, keyEnd, valueBuffer, valueStart, valueEnd }: BlockCursor): boolean {
    const { comparator, last } = this;
    if (keyEnd - keyStart < TAG_BYTES || typeAt(keyBuffer, keyEnd) > ValueType.value) return false;
    if (this.first && comparator.compare(last.bytes, 0, last.length, keyBuffer, keyStart, keyEnd) >= 0) {
      return false;
    }
    if (this.missing !== undefined) {
      const after = this.first && last.bytes.slice(0, last.length);
      this.addRange({ after, before: copyOf(keyBuffer, keyStart, keyEnd), bytes: this.missing });
      this.missing = undefined;
    }
    this.builder.addRange(keyBuffer, keyStart, keyEnd, valueBuffer, valueStart, valueEnd);
    this.greatestSequence = maxU64(this.greatestSequence, sequenceAt(keyBuffer, keyEnd));
    this.first ??= copyOf(keyBuffer, keyStart, keyEnd);
    last.assign(keyBuffer, keyStart, keyEnd);
    this.entries++;
    return true;
  }

  private addRange(range: LostRange): void {
    this.rangesLost++;
    if (this.lost.length < MAX_RANGES) this.lost.push(range);
  }
}

function isBelow(
  comparator: InternalKeyComparator,
  a: Uint8Array | undefined,
  b: Uint8Array | undefined,
): boolean {
  return a !== undefined && b !== undefined && comparator.compare(a, 0, a.length, b, 0, b.length) < 0;
}
