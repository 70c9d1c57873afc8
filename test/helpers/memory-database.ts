import { WriteBatch } from '../../src/engine/batch/write-batch';
import type { U64 } from '../../src/engine/bytes/u64';
import { MemoryEnv } from '../../src/engine/env/memory';
import { bytewiseComparator, type Comparator } from '../../src/engine/keys/comparator';
import { encodeInternalKey, InternalKeyComparator, ValueType } from '../../src/engine/keys/internal-key';
import { LogWriter } from '../../src/engine/log/writer';
import { logFileName, manifestFileName, tableFileName } from '../../src/engine/manifest/file-names';
import {
  emptyVersionEdit,
  encodeVersionEdit,
  type VersionEdit,
} from '../../src/engine/manifest/version-edit';
import { TableBuilder, type TableBuilderOptions } from '../../src/engine/table/table-builder';

/** A version to store; without a value it is a deletion. */
export interface StoredVersion {
  key: Uint8Array;
  sequence: U64;
  value?: Uint8Array;
}

/** Collects what a writer appends. */
function collect(write: (append: (part: Uint8Array) => void) => void): Uint8Array {
  const parts: Uint8Array[] = [];
  write((part) => parts.push(part.slice()));
  return new Uint8Array(Buffer.concat(parts));
}

export function encodeLog(records: Iterable<Uint8Array>): Uint8Array {
  return collect((append) => {
    const writer = new LogWriter(append);
    for (const record of records) writer.addRecord(record);
  });
}

/** Puts a database together in memory, file by file, as a test wants it: sound or not. */
export class MemoryDatabase {
  readonly env = new MemoryEnv();
  readonly directory = '/db';
  readonly comparator: InternalKeyComparator;
  private readonly edits: VersionEdit[];

  constructor(comparator: Comparator = bytewiseComparator) {
    this.comparator = new InternalKeyComparator(comparator);
    this.edits = [{ ...emptyVersionEdit(), comparator: comparator.name }];
  }

  /** Writes a table and the edit that adds it. The versions may come in any order. */
  addTable(
    level: number,
    number: number,
    versions: readonly StoredVersion[],
    options: Partial<TableBuilderOptions> = {},
  ): this {
    const entries = versions
      .map(({ key, sequence, value }) => ({
        key: encodeInternalKey(key, sequence, value ? ValueType.value : ValueType.deletion),
        value: value ?? new Uint8Array(0),
      }))
      .sort((a, b) => this.comparator.compare(a.key, 0, a.key.length, b.key, 0, b.key.length));
    const file = collect((append) => {
      const builder = new TableBuilder({ comparator: this.comparator, ...options }, append);
      for (const { key, value } of entries) builder.add(key, value);
      builder.finish();
    });
    this.env.setFile(this.path(tableFileName(number)), file);
    const [smallest, largest] = [entries[0].key, entries[entries.length - 1].key];
    const newFiles = [{ level, file: { number, size: file.length, smallest, largest } }];
    return this.addEdit({ newFiles });
  }

  /** Writes a log of one batch a version. */
  addLog(number: number, versions: readonly StoredVersion[]): this {
    const records = versions.map(({ key, sequence, value }) => {
      const batch = new WriteBatch();
      batch.sequence = sequence;
      if (value) batch.put(key, value);
      else batch.delete(key);
      return batch.contents().slice();
    });
    this.env.setFile(this.path(logFileName(number)), encodeLog(records));
    return this;
  }

  addEdit(edit: Partial<VersionEdit>): this {
    this.edits.push({ ...emptyVersionEdit(), ...edit });
    return this;
  }

  /** Writes the MANIFEST with the counters, and CURRENT. */
  finish(counters: { logNumber?: U64; nextFileNumber?: U64; lastSequence?: U64 } = {}): this {
    this.addEdit({
      logNumber: 0,
      prevLogNumber: 0,
      nextFileNumber: 1000,
      lastSequence: 1_000_000,
      ...counters,
    });
    this.env.setFile(this.path(manifestFileName(2)), encodeLog(this.edits.map(encodeVersionEdit)));
    this.env.setFile(this.path('CURRENT'), new TextEncoder().encode(`${manifestFileName(2)}\n`));
    return this;
  }

  path(name: string): string {
    return this.env.join(this.directory, name);
  }
}
