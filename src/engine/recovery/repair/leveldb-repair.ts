// What LevelDB's own RepairDB would make of the folder (db/repair.cc): it takes no MANIFEST into account, puts every table
// that can be opened into level 0, obsolete ones and orphans too, and turns each log into a table behind them.

import { BatchReader } from '../../batch/batch-reader';
import { copyOf } from '../../bytes/copy';
import { addU64, type U64 } from '../../bytes/u64';
import type { DryRun } from '../../db/dry-run';
import { type Listing, listDatabase } from '../../db/listing';
import type { Options } from '../../db/options';
import { EnvError, type RandomAccessFile } from '../../env/env';
import type { Cursor } from '../../iterator/cursor';
import { MergingCursor } from '../../iterator/merging-cursor';
import { InternalKeyComparator, sequenceAt, TAG_BYTES, typeAt, ValueType } from '../../keys/internal-key';
import { LogReader } from '../../log/reader';
import { PresentTables } from '../../manifest/editing/rebuild/present-tables';
import type { Version } from '../../manifest/version';
import { MemTable } from '../../memtable/memtable';
import { LsmError } from '../../problem';
import { BlockCache } from '../../table/block-cache';
import type { BlockHandle } from '../../table/format';
import { readStoredBlock } from '../../table/read-block';
import { Table, type TableOptions } from '../../table/table';
import { surveyLog } from '../log-survey';
import { wholeRecords } from '../salvage';
import { progress, type RepairSteps } from './progress';

/** How a key reads after LevelDB's own repair, against how it reads after ours. */
export type KeyChange =
  /** It would be there again: here it is deleted, or belongs to nothing that is live. */
  | 'back'
  /** It would have an older value. */
  | 'older'
  /** It would have a newer value: one of a table that is not live. */
  | 'newer'
  /** It would be gone. */
  | 'gone'
  /** It would be what stands in a damaged block or record: LevelDB verifies no checksums as it repairs. */
  | 'unverified';

export interface LevelDbRepair {
  /** Why nothing was compared; undefined if it was. */
  skipped: string | undefined;
  /** As an iterator shows them. */
  changes: Record<KeyChange, number>;
  /** Keys of which a Get would show something else, and older, than an iterator: level 0 is asked by file numbers. */
  getDiffers: number;
  /** User keys; the first ones that read differently. */
  examples: { change: KeyChange; key: Uint8Array }[];
  /** Tables that it would set aside, since they cannot be opened. */
  tablesSetAside: string[];
}

const EXAMPLES = 10;
const MAX_BYTES = 512 << 20;
const MAX_TABLES = 4000;
const SLICE = 4096;

/** A table or log, by its place in level 0. */
interface Source {
  cursor: Cursor;
  /** Undefined for ours. */
  number: U64 | undefined;
  /** Whether the present entry stands where a checksum is wrong. */
  isUnverified?: (sequence: U64) => boolean;
}

/**
 * Compares the folder as LevelDB's RepairDB would leave it with the repaired version. `damaged` are tables in which a
 * checksum may be wrong. Changes nothing.
 */
export function* compareWithLevelDb(
  dryRun: DryRun,
  options: Options,
  version: Version,
  damaged: ReadonlySet<U64>,
): RepairSteps<LevelDbRepair> {
  const { base, directory, env } = dryRun;
  const result: LevelDbRepair = {
    skipped: undefined,
    changes: { back: 0, older: 0, newer: 0, gone: 0, unverified: 0 },
    getDiffers: 0,
    examples: [],
    tablesSetAside: [],
  };
  const listing = listDatabase(base, directory);
  const tables = [...listing.tables];
  result.skipped = tooLarge(dryRun, listing, tables);
  if (result.skipped !== undefined) return result;
  const codec = options.codec ?? {};
  const names = listDatabase(env, directory).tables;
  const live = [...version.files()].flatMap(({ file }) => {
    const name = names.get(file.number);
    return name === undefined ? [] : [[file.number, name] as const];
  });
  const ours = new PresentTables({ env, directory, codec }, live, dryRun.comparator);
  const theirs: Table[] = [];
  try {
    const sources: Source[] = ours.tables.map(({ table }) => {
      return { cursor: table.cursor({ fillCache: false }), number: undefined };
    });
    const blockCache = new BlockCache();
    for (const [number, name] of tables) {
      const table = openUnverified(dryRun, name, { comparator: ours.comparator, codec, blockCache });
      if (table) {
        theirs.push(table);
        sources.push(tableSource(table, number, damaged.has(number)));
      } else result.tablesSetAside.push(name);
    }
    sources.push(...(yield* logSources(dryRun, listing)));
    yield* compare(sources, ours.comparator, result);
  } finally {
    ours.close();
    for (const table of theirs) table.file.close();
  }
  return result;
}

/** Undefined if it cannot be opened. */
function openUnverified(
  { base, directory }: DryRun,
  name: string,
  options: Omit<TableOptions, 'name' | 'verifyChecksums'>,
): Table | undefined {
  let file: RandomAccessFile | undefined;
  try {
    file = base.open(base.join(directory, name));
    return Table.open(file, { ...options, name, verifyChecksums: false });
  } catch (error) {
    file?.close();
    if (error instanceof LsmError || error instanceof EnvError) return undefined;
    throw error;
  }
}

function tableSource(table: Table, number: U64, isDamaged: boolean): Source {
  if (!isDamaged) return { cursor: table.cursor({ fillCache: false }), number };
  let isUnverified = false;
  const onBlock = (handle: BlockHandle) => {
    try {
      const { crcStored, crcComputed } = readStoredBlock(table.file, table.fileSize, handle, table.name);
      isUnverified = crcStored !== crcComputed;
    } catch (error) {
      if (!(error instanceof LsmError)) throw error;
    }
  };
  return { cursor: table.cursor({ fillCache: false, onBlock }), number, isUnverified: () => isUnverified };
}

function tooLarge(
  { base, directory }: DryRun,
  { logs }: Listing,
  tables: readonly (readonly [U64, string])[],
): string | undefined {
  if (tables.length > MAX_TABLES) return `there are more than ${MAX_TABLES} tables`;
  let bytes = 0;
  for (const name of [...tables.map(([, each]) => each), ...logs.map(({ name: each }) => each)]) {
    try {
      bytes += base.stat(base.join(directory, name)).size;
    } catch (error) {
      if (!(error instanceof EnvError)) throw error;
    }
  }
  return bytes > MAX_BYTES ? `tables and logs are larger than ${MAX_BYTES >> 20} MB` : undefined;
}

/** Each log as a table, with the next number that is free, whatever the MANIFEST says of it. */
function* logSources({ base, directory, comparator }: DryRun, listing: Listing): RepairSteps<Source[]> {
  let next: U64 = 1;
  for (const { number } of listing.files) if (number >= next) next = addU64(number, 1);
  const sources: Source[] = [];
  for (const { name } of listing.logs) {
    let file: RandomAccessFile;
    try {
      file = base.open(base.join(directory, name));
    } catch (error) {
      if (error instanceof EnvError) continue;
      throw error;
    }
    try {
      const memtable = new MemTable(new InternalKeyComparator(comparator), file.size());
      const sound = yield* soundRecords(file, name);
      const unverified = new Set<U64>();
      const reader = new LogReader(file, { checksum: false });
      const batch = new BatchReader();
      while (reader.next()) {
        if (!batch.reset(reader.record)) continue;
        const isSound = sound.has(reader.recordOffset);
        const { contents } = batch;
        while (batch.next()) {
          const { keyStart, keyEnd, valueStart, valueEnd, type } = batch;
          const sequence = addU64(batch.sequence, batch.opIndex);
          memtable.add(sequence, type, contents, keyStart, keyEnd, valueStart, valueEnd);
          if (!isSound) unverified.add(sequence);
        }
      }
      if (memtable.entries > 0) {
        const isUnverified = (sequence: U64) => unverified.has(sequence);
        sources.push({ cursor: memtable.cursor(), number: next, isUnverified });
      }
      next = addU64(next, 1);
    } finally {
      file.close();
    }
  }
  return sources;
}

/** Where records begin whose checksums are right, behind damage too. */
function* soundRecords(file: RandomAccessFile, name: string): RepairSteps<Set<number>> {
  const steps = surveyLog(file, Number.POSITIVE_INFINITY);
  let step = steps.next();
  for (; !step.done; step = steps.next()) yield progress(`${name}: ${Math.floor(100 * step.value)} %`);
  const { batches, sound } = step.value;
  const offsets = new Set<number>();
  for (let i = 0; i < batches.length; i++) offsets.add(batches.offsets.at(i));
  for (const { offset } of wholeRecords(file, sound.rows)) offsets.add(offset);
  return offsets;
}

/** A version of a user key. */
interface Seen {
  sequence: U64;
  isValue: boolean;
  isUnverified: boolean;
}

function* compare(
  sources: readonly Source[],
  comparator: InternalKeyComparator,
  result: LevelDbRepair,
): RepairSteps<void> {
  const { user } = comparator;
  const cursor = new MergingCursor(
    comparator,
    sources.map((source) => source.cursor),
  );
  let key: Uint8Array | undefined;
  /** The newest versions; and the newest one of the source with the highest number. */
  let our: Seen | undefined;
  let their: Seen | undefined;
  let highest: (Seen & { number: U64 }) | undefined;
  const judge = () => {
    if (!key) return;
    const change = changeOf(our, their);
    if (change) {
      result.changes[change]++;
      if (result.examples.length < EXAMPLES) result.examples.push({ change, key });
    }
    if (highest && their && highest.sequence < their.sequence) result.getDiffers++;
  };
  let entries = 0;
  for (cursor.seekToFirst(); cursor.valid; cursor.next()) {
    if (++entries % SLICE === 0) yield progress(`LevelDB's own repair: ${entries} entries compared`);
    const { keyBuffer, keyStart, keyEnd } = cursor;
    const userEnd = keyEnd - TAG_BYTES;
    if (userEnd < keyStart) continue;
    if (!key || user.compare(key, 0, key.length, keyBuffer, keyStart, userEnd) !== 0) {
      judge();
      key = copyOf(keyBuffer, keyStart, userEnd);
      our = their = highest = undefined;
    }
    const { number, isUnverified } = sources[cursor.currentChild];
    const sequence = sequenceAt(keyBuffer, keyEnd);
    const seen = {
      sequence,
      isValue: typeAt(keyBuffer, keyEnd) === ValueType.value,
      isUnverified: isUnverified?.(sequence) ?? false,
    };
    // Versions come newest first.
    if (number === undefined) our ??= seen;
    else {
      their ??= seen;
      if (!highest || number > highest.number) highest = { ...seen, number };
    }
  }
  judge();
}

function changeOf(our: Seen | undefined, their: Seen | undefined): KeyChange | undefined {
  const isHere = our?.isValue === true;
  const isThere = their?.isValue === true;
  if (isThere && their.isUnverified) return 'unverified';
  if (isHere && !isThere) return 'gone';
  if (!isHere && isThere) return 'back';
  if (!isHere || !isThere || our.sequence === their.sequence) return undefined;
  return their.sequence < our.sequence ? 'older' : 'newer';
}
