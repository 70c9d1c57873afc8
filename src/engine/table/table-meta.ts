import { escapeBytes } from '../bytes/escape';
import { bytewiseComparator } from '../keys/comparator';
import { InternalKeyComparator } from '../keys/internal-key';
import { corruption, LsmError } from '../problem';
import { BlockCursor } from './block';
import { bloomFilterPolicy, type FilterPolicy, internalFilterPolicy } from './bloom';
import { FilterBlockReader } from './filter';
import { type BlockHandle, decodeBlockHandle } from './format';
import { MAX_NAME_BYTES } from './layout';
import { blockProblem } from './read-block';
import type { Table } from './table';

export interface MetaindexEntry {
  /** Such as `filter.leveldb.BuiltinBloomFilter2`, escaped. */
  name: string;
  handle: BlockHandle;
}

export interface TableMeta {
  entries: readonly MetaindexEntry[];
  /** Of the first known policy that the metaindex names. */
  filter: FilterBlockReader | undefined;
}

/**
 * Reads the metaindex and the filter (table/table.cc, ReadMeta). They are only a help: damage is told to the table's
 * sink as `bad-filter`, and the table works without them.
 */
export function readTableMeta(table: Table): TableMeta {
  const entries = readMetaindex(table);
  return { entries, filter: readFilter(table, entries) };
}

function readMetaindex(table: Table): MetaindexEntry[] {
  const handle = table.footer.metaindex;
  const entries: MetaindexEntry[] = [];
  try {
    const cursor = new BlockCursor(bytewiseComparator, table.readBlock(handle, false));
    for (cursor.seekToFirst(); cursor.valid; cursor.next()) {
      const { valueBuffer, valueStart, valueEnd } = cursor;
      entries.push({
        name: escapeBytes(
          cursor.keyBuffer,
          cursor.keyStart,
          Math.min(cursor.keyEnd, cursor.keyStart + MAX_NAME_BYTES),
        ),
        handle: decodeBlockHandle(valueBuffer, valueStart, valueEnd, table.name, handle.offset),
      });
    }
    if (cursor.error) throw cursor.error;
  } catch (error) {
    reportBadFilter(table, error, handle, ' (metaindex block)');
  }
  return entries;
}

function readFilter(table: Table, entries: readonly MetaindexEntry[]): FilterBlockReader | undefined {
  for (const policy of knownPolicies(table)) {
    const entry = entries.find(({ name }) => name === `filter.${policy.name}`);
    if (!entry) continue;
    const { handle } = entry;
    try {
      const filter = new FilterBlockReader(policy, table.loadBlock(handle).bytes);
      if (filter.sound) return filter;
      throw corruption('bad-filter', 'bad block contents', table.name, handle.offset);
    } catch (error) {
      reportBadFilter(table, error, handle, ' (filter block)');
      return undefined;
    }
  }
  return undefined;
}

function knownPolicies({ options: { filterPolicy, comparator } }: Table): FilterPolicy[] {
  const bloom = bloomFilterPolicy(10);
  const known = comparator instanceof InternalKeyComparator ? internalFilterPolicy(bloom) : bloom;
  return filterPolicy ? [filterPolicy, known] : [known];
}

function reportBadFilter(table: Table, error: unknown, handle: BlockHandle, detail: string): void {
  if (!(error instanceof LsmError)) throw error;
  table.options.sink?.({ ...blockProblem(error, table.name, handle, detail), code: 'bad-filter' });
}
