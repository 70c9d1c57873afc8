// A database of tens of thousands of tables that takes no room: a MANIFEST as compactions leave it, and empty files.

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { encodeInternalKey, ValueType } from '../src/engine/keys/internal-key';
import { LogWriter } from '../src/engine/log/writer';
import { tableFileName } from '../src/engine/manifest/file-names';
import { emptyVersionEdit, encodeVersionEdit, type FileMetaData } from '../src/engine/manifest/version-edit';
import { keyOf } from './shape';

const TABLE_BYTES = 2 << 20;
/** Tables that one edit adds; it takes away two of those before. */
const ADDED = 12;
const DELETED = 2;
/** Tables of levels 1 to 6, filled in this order: no level is over its limit, so that nothing is compacted. */
const LEVEL_TABLES = [4, 40, 400, 4_000, 40_000, Number.POSITIVE_INFINITY];

/** Tables have ranges of `keyOf`, one after the other in each level. */
export function makeManyTables(directory: string, tables: number): void {
  mkdirSync(directory);
  const pieces: Uint8Array[] = [];
  const log = new LogWriter((bytes) => pieces.push(bytes.slice()));
  const write = (edit: Parameters<typeof encodeVersionEdit>[0]) => log.addRecord(encodeVersionEdit(edit));
  write({ ...emptyVersionEdit(), comparator: 'leveldb.BytewiseComparator' });
  let number = 10;
  const live: { level: number; file: FileMetaData }[] = [];
  let deleted: typeof live = [];
  while (live.length < tables) {
    const edit = emptyVersionEdit();
    edit.deletedFiles = deleted.map(({ level, file }) => ({ level, number: file.number }));
    edit.newFiles = deleted.map(({ level, file }) => ({ level, file: { ...file, number: number++ } }));
    for (let i = 0; i < ADDED - DELETED; i++) {
      const level = levelOf(live.length + edit.newFiles.length);
      edit.newFiles.push({ level, file: tableAt(number++) });
    }
    live.push(...edit.newFiles);
    write({ ...edit, logNumber: 0, prevLogNumber: 0, nextFileNumber: number, lastSequence: number });
    deleted = live.splice(live.length - DELETED, DELETED);
  }
  live.push(...deleted);
  for (const { file } of live) writeFileSync(join(directory, tableFileName(file.number)), '');
  writeFileSync(join(directory, 'MANIFEST-000002'), Buffer.concat(pieces));
  writeFileSync(join(directory, 'CURRENT'), 'MANIFEST-000002\n');
}

function levelOf(index: number): number {
  let rest = index;
  for (const [i, tables] of LEVEL_TABLES.entries()) {
    if (rest < tables) return i + 1;
    rest -= tables;
  }
  return LEVEL_TABLES.length;
}

function tableAt(number: number): FileMetaData {
  const key = (index: number) =>
    encodeInternalKey(new TextEncoder().encode(keyOf(index)), number, ValueType.value);
  return {
    number,
    size: TABLE_BYTES,
    smallest: key(number * 20_000),
    largest: key(number * 20_000 + 19_999),
  };
}
