// What parts of databases are made into: rows of a digest, lines, or what differs. As it crosses between threads.

import { hexBytes, parseHex } from '../bytes/escape';
import type { RowCounts } from '../iterator/kernel-merge';
import { bytewiseComparator } from '../keys/comparator';
import { compareEntries, type KeyCounts, type KeyDifference } from './diff';
import { EntryBatch, fillBatch } from './entry-batch';
import { addLines, EntryLines, type LineForm } from './entry-lines';
import type { Inspection } from './inspection';
import { PartReader } from './part-reader';
import { SLOT_BYTES } from './row-ring';

export type PartWork =
  | { kind: 'digest' }
  | { kind: 'lines'; form: LineForm }
  /** Of two databases; at most so many differences of each part are told. */
  | { kind: 'diff'; limit: number };

/** A row of a part, and what it is made of. The bytes are valid up to the next one. */
export interface MadeRow {
  bytes: Uint8Array;
  row: RowCounts;
}

/** Makes parts, one after the other: `begin`, `next` up to the end, `end`, which are as a `PartReader`'s. */
export interface PartMaker {
  begin(part: number): string | undefined;
  next(): MadeRow | undefined;
  end(): string | undefined;
}

/** `begins`: of `partsOf` all of the inspections, which are held until they are closed. */
export function makerOf(
  inspections: readonly Inspection[],
  begins: readonly Uint8Array[],
  work: PartWork,
): PartMaker {
  const readers = inspections.map((db) => new PartReader(db.holdMoment(), begins));
  switch (work.kind) {
    case 'digest':
      return new DigestRows(readers[0]);
    case 'lines':
      return new LineRows(readers[0], work.form);
    case 'diff':
      return new DiffRows(readers[0], readers[1], work.limit);
  }
}

class DigestRows implements PartMaker {
  private readonly reader: PartReader;

  constructor(reader: PartReader) {
    this.reader = reader;
  }

  begin(part: number): string | undefined {
    return this.reader.begin(part);
  }

  next(): MadeRow | undefined {
    return this.reader.next((merge) => merge.readRow(SLOT_BYTES));
  }

  end(): string | undefined {
    return this.reader.end();
  }
}

class LineRows implements PartMaker {
  private readonly reader: PartReader;
  private readonly batch = new EntryBatch();
  private readonly lines: EntryLines;
  private text = new Uint8Array(SLOT_BYTES);
  private used = 0;

  constructor(reader: PartReader, form: LineForm) {
    this.reader = reader;
    this.lines = new EntryLines(form, (bytes) => this.append(bytes));
  }

  begin(part: number): string | undefined {
    return this.reader.begin(part);
  }

  next(): MadeRow | undefined {
    const { reader, batch, lines } = this;
    batch.clear();
    if (!reader.next((merge) => ({ state: fillBatch(merge, batch) }))) return undefined;
    this.used = 0;
    addLines(lines, batch);
    lines.flush();
    return {
      bytes: this.text.subarray(0, this.used),
      row: { entries: batch.count, keyBytes: 0, valueBytes: 0 },
    };
  }

  end(): string | undefined {
    return this.reader.end();
  }

  private append(bytes: Uint8Array): void {
    const { used } = this;
    this.used = used + bytes.length;
    if (this.used > this.text.length) {
      const grown = new Uint8Array(2 * this.used);
      grown.set(this.text.subarray(0, used));
      this.text = grown;
    }
    this.text.set(bytes, used);
  }
}

/** One row of each part: its counts and differences. */
class DiffRows implements PartMaker {
  private readonly readers: readonly PartReader[];
  private readonly limit: number;
  private isCompared = false;

  constructor(a: PartReader, b: PartReader, limit: number) {
    this.readers = [a, b];
    this.limit = limit;
  }

  begin(part: number): string | undefined {
    this.isCompared = false;
    return both(this.readers.map((reader) => reader.begin(part)));
  }

  next(): MadeRow | undefined {
    if (this.isCompared) return undefined;
    this.isCompared = true;
    const differences: PartDifferences['differences'] = [];
    const [a, b] = this.readers.map((reader) => (batch: EntryBatch) => {
      batch.clear();
      reader.next((merge) => ({ state: fillBatch(merge, batch) }));
    });
    const counts = compareEntries(a, b, bytewiseComparator, ({ change, key }) => {
      if (differences.length < this.limit) differences.push([change, hexBytes(key)]);
    });
    const made: PartDifferences = { counts, differences };
    return { bytes: new TextEncoder().encode(JSON.stringify(made)), row: rowOf(counts) };
  }

  end(): string | undefined {
    return both(this.readers.map((reader) => reader.end()));
  }
}

interface PartDifferences {
  counts: KeyCounts;
  /** Keys in hex. */
  differences: [change: KeyDifference['change'], key: string][];
}

/** What a row of a diff tells. */
export function differencesIn(bytes: Uint8Array): { counts: KeyCounts; differences: KeyDifference[] } {
  // A decoder takes no memory that is shared.
  const { counts, differences } = JSON.parse(new TextDecoder().decode(bytes.slice())) as PartDifferences;
  return { counts, differences: differences.map(([change, key]) => ({ change, key: parseHex(key) })) };
}

function rowOf({ same, different, onlyInA, onlyInB }: KeyCounts): RowCounts {
  return { entries: same + different + onlyInA + onlyInB, keyBytes: 0, valueBytes: 0 };
}

/** Undefined if one of them is. */
function both(places: readonly (string | undefined)[]): string | undefined {
  return places.includes(undefined) ? undefined : places.join(' | ');
}
