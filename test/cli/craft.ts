// Files of a database made from the JSON that `lsm` prints for them: one line for each edit of a MANIFEST, batch of a
// log or entry of a table. What LevelDB would never write can be made too.

import { writeFileSync } from 'node:fs';
import { WriteBatch } from '../../src/engine/batch/write-batch';
import { unescapeBytes } from '../../src/engine/bytes/escape';
import { parseU64, type U64 } from '../../src/engine/bytes/u64';
import { bytewiseComparator } from '../../src/engine/keys/comparator';
import { encodeInternalKey, InternalKeyComparator, ValueType } from '../../src/engine/keys/internal-key';
import { LogWriter } from '../../src/engine/log/writer';
import { encodeVersionEdit, type VersionEdit } from '../../src/engine/manifest/version-edit';
import { TableBuilder } from '../../src/engine/table/table-builder';

/** As in JSON: a string above 2^53. */
type Integer = number | string;

/** `type` is a name, `value` if left out, or a number for one that LevelDB does not know. */
interface Tag {
  sequence: Integer;
  type?: keyof typeof ValueType | number;
}

type KeyJson = Tag & { userKey: string };

interface FileJson {
  level: number;
  number: Integer;
  size: Integer;
  smallest: KeyJson;
  largest: KeyJson;
}

export interface EditJson {
  comparator?: string;
  logNumber?: Integer;
  prevLogNumber?: Integer;
  nextFileNumber?: Integer;
  lastSequence?: Integer;
  compactPointers?: (Tag & { level: number; key: string })[];
  deletedFiles?: { level: number; number: Integer }[];
  newFiles?: FileJson[];
}

export interface BatchJson {
  sequence: Integer;
  ops: { type: keyof typeof ValueType; key: string; value?: string }[];
}

export type EntryJson = Tag & { key: string; value?: string };

/** Edits: what `lsm manifest --json` calls `edit`. */
export function writeManifest(path: string, edits: readonly EditJson[]): void {
  writeRecords(
    path,
    edits.map((edit) => encodeVersionEdit(editOf(edit))),
  );
}

/** Batches: the lines of `lsm wal --json`. */
export function writeLog(path: string, batches: readonly BatchJson[]): void {
  writeRecords(
    path,
    batches.map(({ sequence, ops }) => {
      const batch = new WriteBatch();
      for (const { type, key, value = '' } of ops) {
        if (type === 'deletion') batch.delete(unescapeBytes(key));
        else batch.put(unescapeBytes(key), unescapeBytes(value));
      }
      batch.sequence = integer(sequence);
      return batch.contents().slice();
    }),
  );
}

/** Entries, in the order in which they come: the lines of `lsm sst --entries --json`. */
export function writeTable(path: string, entries: readonly EntryJson[]): void {
  const parts: Uint8Array[] = [];
  const comparator = new InternalKeyComparator(bytewiseComparator);
  const builder = new TableBuilder({ comparator }, (part) => parts.push(part.slice()));
  for (const { key, value = '', ...rest } of entries) {
    builder.add(internalKey({ userKey: key, ...rest }), unescapeBytes(value));
  }
  builder.finish();
  writeFileSync(path, Buffer.concat(parts));
}

function writeRecords(path: string, records: readonly Uint8Array[]): void {
  const parts: Uint8Array[] = [];
  const writer = new LogWriter((part) => parts.push(part.slice()));
  for (const record of records) writer.addRecord(record);
  writeFileSync(path, Buffer.concat(parts));
}

function editOf(edit: EditJson): VersionEdit {
  const { comparator, compactPointers = [], deletedFiles = [], newFiles = [] } = edit;
  const counters: Partial<VersionEdit> = {};
  for (const name of ['logNumber', 'prevLogNumber', 'nextFileNumber', 'lastSequence'] as const) {
    if (edit[name] !== undefined) counters[name] = integer(edit[name]);
  }
  return {
    ...(comparator === undefined ? {} : { comparator }),
    ...counters,
    compactPointers: compactPointers.map(({ level, key, ...rest }) => ({
      level,
      key: internalKey({ userKey: key, ...rest }),
    })),
    deletedFiles: deletedFiles.map(({ level, number }) => ({ level, number: integer(number) })),
    newFiles: newFiles.map(({ level, number, size, smallest, largest }) => ({
      level,
      file: {
        number: integer(number),
        size: integer(size),
        smallest: internalKey(smallest),
        largest: internalKey(largest),
      },
    })),
  };
}

function internalKey({ userKey, sequence, type = 'value' }: KeyJson): Uint8Array {
  const tag = typeof type === 'number' ? type : ValueType[type];
  return encodeInternalKey(unescapeBytes(userKey), integer(sequence), tag);
}

function integer(value: Integer): U64 {
  const parsed = parseU64(String(value));
  if (parsed === undefined) throw new RangeError(`not an unsigned integer: ${value}`);
  return parsed;
}
