// Files that are large, made quickly: for bounds on what is read and drawn.

import { closeSync, openSync, writeFileSync, writeSync } from 'node:fs';
import { bytewiseComparator } from '../../src/engine/keys/comparator';
import { encodeInternalKey, InternalKeyComparator } from '../../src/engine/keys/internal-key';
import { LogWriter } from '../../src/engine/log/writer';
import {
  emptyVersionEdit,
  encodeVersionEdit,
  type FileMetaData,
} from '../../src/engine/manifest/version-edit';
import { bloomFilterPolicy, internalFilterPolicy } from '../../src/engine/table/filter';
import { TableBuilder } from '../../src/engine/table/table-builder';

const encoder = new TextEncoder();

/** A table of about `bytes`, with values of 16 KiB. Returns how many entries it has. */
export function makeLargeTable(path: string, bytes: number): number {
  const descriptor = openSync(path, 'w');
  const builder = new TableBuilder(
    {
      comparator: new InternalKeyComparator(bytewiseComparator),
      filterPolicy: internalFilterPolicy(bloomFilterPolicy(10)),
    },
    (part) => writeSync(descriptor, part),
  );
  const value = new Uint8Array(16 << 10).map((_, i) => (i * 7919) >>> 3);
  let entries = 0;
  for (; builder.fileSize < bytes; entries++) {
    const key = encoder.encode(`key${String(entries).padStart(8, '0')}`);
    builder.add(encodeInternalKey(key, entries + 1, 1), value);
  }
  builder.finish();
  closeSync(descriptor);
  return entries;
}

/**
 * A MANIFEST of that many edits: flushes to level 0, and after four of them a compaction of all into level 1. Returns
 * for some edits the `level/number` of every file after them, sorted.
 */
export function makeLargeManifest(path: string, edits: number): Map<number, string[]> {
  const parts: Uint8Array[] = [];
  const writer = new LogWriter((bytes) => parts.push(bytes.slice()));
  const present = new Map<string, FileMetaData>();
  const versions = new Map<number, string[]>();
  const first = emptyVersionEdit();
  first.comparator = bytewiseComparator.name;
  writer.addRecord(encodeVersionEdit(first));
  const key = (n: number) => encodeInternalKey(encoder.encode(`k${String(n).padStart(8, '0')}`), n, 1);
  for (let i = 1; i < edits; i++) {
    const edit = emptyVersionEdit();
    edit.logNumber = 2 * i;
    edit.nextFileNumber = 2 * i + 2;
    edit.lastSequence = 10 * i;
    const file = {
      number: 2 * i + 1,
      size: 1000 + (i % 77),
      smallest: key((i * 7919) % 50_000),
      largest: key(50_000 + ((i * 31) % 50_000)),
    };
    const isFull = [...present.keys()].filter((name) => name.startsWith('0/')).length >= 4;
    if (isFull) {
      for (const name of present.keys()) {
        const [level, number] = name.split('/').map(Number);
        edit.deletedFiles.push({ level, number });
      }
      present.clear();
    }
    const level = isFull ? 1 : 0;
    edit.newFiles.push({ level, file });
    present.set(`${level}/${file.number}`, file);
    writer.addRecord(encodeVersionEdit(edit));
    if (i % 9973 === 0 || i === edits - 1) versions.set(i, [...present.keys()].sort());
  }
  writeFileSync(path, Buffer.concat(parts));
  return versions;
}

/** A MANIFEST of two edits whose text has at least so many characters: a table's smallest key, in which each byte takes four. */
export function makeLongManifest(path: string, characters: number): void {
  const parts: Uint8Array[] = [];
  const writer = new LogWriter((bytes) => parts.push(bytes.slice()));
  const first = emptyVersionEdit();
  first.comparator = bytewiseComparator.name;
  writer.addRecord(encodeVersionEdit(first));
  const edit = emptyVersionEdit();
  edit.logNumber = 0;
  edit.nextFileNumber = 20;
  edit.lastSequence = 1;
  const long = new Uint8Array(Math.ceil(characters / 4)).fill(0xfe);
  const largest = encodeInternalKey(Uint8Array.of(0xff), 1, 1);
  const file = { number: 5, size: 1000, smallest: encodeInternalKey(long, 1, 1), largest };
  edit.newFiles.push({ level: 0, file });
  writer.addRecord(encodeVersionEdit(edit));
  writeFileSync(path, Buffer.concat(parts));
}

/** A MANIFEST of one edit that adds so many tables, numbered from 1 on, to level 1. */
export function makeSnapshotManifest(path: string, tables: number): void {
  const parts: Uint8Array[] = [];
  const edit = emptyVersionEdit();
  edit.comparator = bytewiseComparator.name;
  [edit.logNumber, edit.nextFileNumber, edit.lastSequence] = [tables + 1, tables + 2, 3 * tables];
  const key = (n: number) => encodeInternalKey(encoder.encode(`k${String(n).padStart(8, '0')}`), n, 1);
  for (let i = 0; i < tables; i++) {
    const file = { number: i + 1, size: 1000 + i, smallest: key(2 * i + 1), largest: key(2 * i + 2) };
    edit.newFiles.push({ level: 1, file });
  }
  new LogWriter((bytes) => parts.push(bytes.slice())).addRecord(encodeVersionEdit(edit));
  writeFileSync(path, Buffer.concat(parts));
}
