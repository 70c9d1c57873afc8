import type { CodecOptions } from '../../codec/codec';
import type { RandomAccessFile } from '../../env/env';
import type { InternalKeyComparator } from '../../keys/internal-key';
import { LsmError } from '../../problem';
import { BLOCK_TRAILER_SIZE, type BlockHandle, FOOTER_SIZE, readFooter } from '../../table/format';
import { Table } from '../../table/table';
import { ascendingBlocks, type FoundBlock, findBlocks } from './find-blocks';
import { readLeniently } from './read-leniently';

/** A data block of a table, or bytes that are lost. In the order of the file. */
export type TablePart = { handle: BlockHandle; lost?: undefined } | { lost: number; handle?: undefined };

export interface TableParts {
  parts: TablePart[];
  /** `index`: the table's own. `checksums`: footer or index cannot be read, and the blocks were looked for. */
  foundBy: 'index' | 'checksums';
  /** Whether the data goes to its end: what stands behind it in a table was found. */
  isEndKnown: boolean;
}

/** Beyond this nothing is looked for without an index. */
const MAX_SEARCHED = 1 << 30;

/**
 * The data blocks of a damaged table: those that its index names, sound or not; where footer or index are lost, those
 * that are found. Yields the share that is done. Throws EnvError.
 */
export function* tableParts(
  file: RandomAccessFile,
  size: number,
  name: string,
  comparator: InternalKeyComparator,
  codec: CodecOptions,
): Generator<number, TableParts> {
  const indexed = indexedParts(file, size, name, comparator, codec);
  if (indexed) return { parts: indexed, foundBy: 'index', isEndKnown: true };
  const { bytes } = readLeniently(file, Math.min(size, MAX_SEARCHED), 0);
  const found = yield* findBlocks(bytes, comparator, codec);
  const blocks = ascendingBlocks(found, bytes, comparator);
  const parts: TablePart[] = [];
  let end = 0;
  for (const { offset, size: length } of blocks) {
    if (offset > end) parts.push({ lost: offset - end });
    parts.push({ handle: { offset, size: length } });
    end = offset + length + BLOCK_TRAILER_SIZE;
  }
  const last = endOfData(found, end, file, size, name);
  if ((last ?? size) > end) parts.push({ lost: (last ?? size) - end });
  return { parts, foundBy: 'checksums', isEndKnown: last !== undefined };
}

/** Undefined if the index cannot be read to its end. */
function indexedParts(
  file: RandomAccessFile,
  size: number,
  name: string,
  comparator: InternalKeyComparator,
  codec: CodecOptions,
): TablePart[] | undefined {
  try {
    const table = Table.open(file, { name, comparator, codec }, size);
    const index = table.indexCursor();
    const parts: TablePart[] = [];
    let end = 0;
    for (index.seekToFirst(); index.valid; index.next()) {
      const handle = table.indexedHandle(index);
      if (handle.offset < end) return undefined;
      end = handle.offset + handle.size + BLOCK_TRAILER_SIZE;
      if (end > size) return undefined;
      parts.push({ handle });
    }
    return index.error ? undefined : parts;
  } catch (error) {
    if (error instanceof LsmError) return undefined;
    throw error;
  }
}

/** Where the data ends: at the filter, or what comes first of what is no data. Undefined if nothing of that is left. */
function endOfData(
  found: readonly FoundBlock[],
  dataEnd: number,
  file: RandomAccessFile,
  size: number,
  name: string,
): number | undefined {
  const other = found.find(({ kind, offset }) => kind === 'other' && offset >= dataEnd);
  if (other) return other.offset;
  try {
    const { metaindex } = readFooter(file, size, name);
    return Math.min(size - FOOTER_SIZE, Math.max(dataEnd, metaindex.offset));
  } catch (error) {
    if (error instanceof LsmError) return undefined;
    throw error;
  }
}
