// What the table tests share: byte strings as Latin-1 text, LevelDB's random numbers, tables in memory.

import { MemoryFile } from '../../src/engine/env/memory';
import type { Cursor } from '../../src/engine/iterator/cursor';
import { Table, type TableOptions } from '../../src/engine/table/table';
import { TableBuilder, type TableBuilderOptions } from '../../src/engine/table/table-builder';
import { LevelDbRandom } from './leveldb-random';

/** One byte a character. */
export function bytes(text: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Buffer.from(text, 'latin1'));
}

export function text(source: Uint8Array, start = 0, end = source.length): string {
  return Buffer.from(source.buffer, source.byteOffset + start, end - start).toString('latin1');
}

export function keyText(cursor: Cursor): string {
  return text(cursor.keyBuffer, cursor.keyStart, cursor.keyEnd);
}

export function valueText(cursor: Cursor): string {
  return text(cursor.valueBuffer, cursor.valueStart, cursor.valueEnd);
}

/** LevelDB's generator with the strings of util/testutil.cc. */
export class Random extends LevelDbRandom {
  /** Printable characters (util/testutil.cc, RandomString). */
  string(length: number): string {
    const characters = Buffer.alloc(length);
    for (let i = 0; i < length; i++) characters[i] = 0x20 + this.uniform(95);
    return characters.toString('latin1');
  }

  /** Characters at the edges of what shortened keys do (RandomKey). */
  key(length: number): string {
    const characters = '\x00\x01abcde\xfd\xfe\xff';
    return Array.from({ length }, () => characters[this.uniform(characters.length)]).join('');
  }

  /** Text that compresses to about `fraction` of its length (CompressibleString). */
  compressible(fraction: number, length: number): string {
    const raw = this.string(Math.max(1, Math.floor(length * fraction)));
    return raw.repeat(Math.ceil(length / raw.length)).slice(0, length);
  }
}

/** The file of a table with these entries, which are in the comparator's order. */
export function buildTable(
  entries: Iterable<readonly [Uint8Array, Uint8Array]>,
  options: TableBuilderOptions,
): Uint8Array {
  const parts: Uint8Array[] = [];
  const builder = new TableBuilder(options, (part) => parts.push(part.slice()));
  for (const [key, value] of entries) builder.add(key, value);
  builder.finish();
  const file = Buffer.concat(parts);
  if (file.length !== builder.fileSize) throw new Error('fileSize is not what was appended');
  return new Uint8Array(file);
}

export function openTable(file: Uint8Array, options: Omit<TableOptions, 'name'>): Table {
  return Table.open(new MemoryFile('/db/000005.ldb', file), { name: '000005.ldb', ...options });
}
