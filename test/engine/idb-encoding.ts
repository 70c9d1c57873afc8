// Chromium's encoding of IndexedDB keys (content/browser/indexed_db/indexed_db_leveldb_coding.cc), for tests.

/** An IndexedDB key; `min` and `max` are Chromium's bounds before and after all keys. */
export type IdbKey =
  | { number: number }
  | { date: number }
  | { string: string }
  | { binary: readonly number[] }
  | { array: readonly IdbKey[] }
  | 'min'
  | 'max';

/** A key as test/fixtures/truth.json writes it: numbers as strings (for -Infinity), bytes as hex. */
export type RecordedKey =
  | { number: string }
  | { date: string }
  | { string: string }
  | { binary: string }
  | { array: readonly RecordedKey[] };

export type Bytes = number[];

/** Database, object store and index id. */
export type Prefix = readonly [database: number | bigint, objectStore: number | bigint, index: number];

export function fromRecorded(key: RecordedKey): IdbKey {
  if ('number' in key) return { number: Number(key.number) };
  if ('date' in key) return { date: Number(key.date) };
  if ('string' in key) return key;
  if ('array' in key) return { array: key.array.map(fromRecorded) };
  return { binary: [...Buffer.from(key.binary, 'hex')] };
}

/** Little endian, as few bytes as the value needs, at least one (EncodeInt). */
export function littleEndian(value: number | bigint): Bytes {
  const bytes: Bytes = [];
  let rest = BigInt(value);
  do {
    bytes.push(Number(rest & 0xffn));
    rest >>= 8n;
  } while (rest > 0n);
  return bytes;
}

export function varint(value: number | bigint): Bytes {
  const bytes: Bytes = [];
  let rest = BigInt(value);
  while (rest >= 0x80n) {
    bytes.push(Number(rest & 0x7fn) | 0x80);
    rest >>= 7n;
  }
  return [...bytes, Number(rest)];
}

/** UTF-16BE after a varint with the number of code units. */
export function stringWithLength(text: string): Bytes {
  const bytes = varint(text.length);
  for (let i = 0; i < text.length; i++) bytes.push(text.charCodeAt(i) >> 8, text.charCodeAt(i) & 0xff);
  return bytes;
}

export function double(value: number): Bytes {
  return [...new Uint8Array(new Float64Array([value]).buffer)];
}

export function idbKey(key: IdbKey): Bytes {
  if (key === 'min') return [5];
  if (key === 'max') return [0];
  if ('string' in key) return [1, ...stringWithLength(key.string)];
  if ('date' in key) return [2, ...double(key.date)];
  if ('number' in key) return [3, ...double(key.number)];
  if ('binary' in key) return [6, ...varint(key.binary.length), ...key.binary];
  return [4, ...varint(key.array.length), ...key.array.flatMap(idbKey)];
}

export function prefix([database, objectStore, index]: Prefix): Bytes {
  const ids = [littleEndian(database), littleEndian(objectStore), littleEndian(index)];
  return [((ids[0].length - 1) << 5) | ((ids[1].length - 1) << 2) | (ids[2].length - 1), ...ids.flat()];
}

/** A record, exists entry or blob entry, as the index id says. */
export function dataKey(place: Prefix, key: IdbKey): Bytes {
  return [...prefix(place), ...idbKey(key)];
}

/** An index entry. */
export function indexKey(place: Prefix, key: IdbKey, primaryKey: IdbKey, sequence: number | bigint): Bytes {
  return [...prefix(place), ...idbKey(key), ...varint(sequence), ...idbKey(primaryKey)];
}

export function globalMetadata(kind: number, ...fields: Bytes[]): Bytes {
  return [...prefix([0, 0, 0]), kind, ...fields.flat()];
}

export function databaseMetadata(database: number, kind: number, ...fields: Bytes[]): Bytes {
  return [...prefix([database, 0, 0]), kind, ...fields.flat()];
}
