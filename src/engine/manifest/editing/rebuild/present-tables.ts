import { copyOf } from '../../../bytes/copy';
import { maxU64, type U64 } from '../../../bytes/u64';
import { EnvError } from '../../../env/env';
import { MergingCursor } from '../../../iterator/merging-cursor';
import type { Comparator } from '../../../keys/comparator';
import { InternalKeyComparator, sequenceAt, TAG_BYTES, typeAt } from '../../../keys/internal-key';
import { LsmError } from '../../../problem';
import { BlockCache } from '../../../table/block-cache';
import { Table } from '../../../table/table';
import type { FileMetaData } from '../../version-edit';
import type { DocumentFolder } from '../folder';
import { OperationError } from '../operation';

/** A table of the folder that can be read. */
export interface PresentTable {
  table: Table;
  name: string;
  file: FileMetaData;
}

/** A version of a user key: in which table, counted as they were given. */
export interface TableVersion {
  table: number;
  sequence: U64;
  type: number;
}

/** Opens a table and reads its range. Throws LsmError and EnvError; an LsmError `entry-count` if it is empty. */
export function openPresent(
  { env, directory, codec }: DocumentFolder,
  name: string,
  number: U64,
  comparator: InternalKeyComparator,
  blockCache?: BlockCache,
): PresentTable {
  const file = env.open(env.join(directory, name));
  try {
    const table = Table.open(file, { name, comparator, codec, ...(blockCache ? { blockCache } : {}) });
    const cursor = table.cursor({ fillCache: false });
    cursor.seekToFirst();
    if (cursor.error) throw cursor.error;
    if (!cursor.valid) throw new LsmError('Corruption', 'entry-count', 'the table is empty', name);
    const smallest = copyOf(cursor.keyBuffer, cursor.keyStart, cursor.keyEnd);
    cursor.seekToLast();
    if (cursor.error) throw cursor.error;
    const largest = copyOf(cursor.keyBuffer, cursor.keyStart, cursor.keyEnd);
    return { table, name, file: { number, size: file.size(), smallest, largest } };
  } catch (error) {
    file.close();
    throw error;
  }
}

/** Tables held open together; what cannot be read is told. Close it. */
export class PresentTables {
  readonly tables: PresentTable[] = [];
  readonly unreadable: { number: U64; reason: string }[] = [];
  readonly comparator: InternalKeyComparator;
  private readonly blockCache = new BlockCache();

  constructor(
    folder: DocumentFolder,
    files: Iterable<readonly [number: U64, name: string]>,
    comparator: Comparator,
  ) {
    this.comparator = new InternalKeyComparator(comparator);
    for (const [number, name] of files) {
      try {
        this.tables.push(openPresent(folder, name, number, this.comparator, this.blockCache));
      } catch (error) {
        if (!(error instanceof LsmError) && !(error instanceof EnvError)) throw error;
        this.unreadable.push({ number, reason: error.message });
      }
    }
  }

  close(): void {
    for (const { table } of this.tables) table.file.close();
  }
}

/**
 * Walks through all versions of all user keys of some tables, newest first within a key. Yields now and then. Throws an
 * OperationError if the keys are not in the comparator's order, and LsmError for damage: what a damaged block held
 * cannot be told from what was never there.
 */
export function* eachKey(
  tables: readonly PresentTable[],
  comparator: InternalKeyComparator,
  visit: (userKey: Uint8Array, versions: readonly TableVersion[]) => void,
): Generator<void, void> {
  const cursor = new MergingCursor(
    comparator,
    tables.map(({ table }) => table.cursor({ fillCache: false })),
  );
  let key: Uint8Array | undefined;
  let versions: TableVersion[] = [];
  let entries = 0;
  for (cursor.seekToFirst(); cursor.valid; cursor.next()) {
    const { keyBuffer, keyStart, keyEnd } = cursor;
    if (keyEnd - keyStart < TAG_BYTES) continue;
    const order = key
      ? comparator.user.compare(key, 0, key.length, keyBuffer, keyStart, keyEnd - TAG_BYTES)
      : -1;
    if (order > 0) {
      const message = `the keys of ${tables[cursor.currentChild].name} are not in the order of ${comparator.user.name}: the database has another comparator`;
      throw new OperationError(message);
    }
    if (order < 0) {
      if (key) visit(key, versions);
      key = copyOf(keyBuffer, keyStart, keyEnd - TAG_BYTES);
      versions = [];
    }
    versions.push({
      table: cursor.currentChild,
      sequence: sequenceAt(keyBuffer, keyEnd),
      type: typeAt(keyBuffer, keyEnd),
    });
    if (++entries % 4096 === 0) yield;
  }
  if (key) visit(key, versions);
  if (cursor.error) throw cursor.error;
}

/** The greatest sequence among versions. */
export function greatestSequence(versions: readonly TableVersion[], before: U64): U64 {
  return versions.reduce<U64>((greatest, { sequence }) => maxU64(greatest, sequence), before);
}
