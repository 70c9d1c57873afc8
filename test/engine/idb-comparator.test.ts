import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { compareIdbKeys } from '../../src/engine/keys/idb-comparator';
import {
  type Bytes,
  databaseMetadata,
  dataKey,
  double,
  fromRecorded,
  globalMetadata,
  type IdbKey,
  idbKey,
  indexKey,
  littleEndian,
  type Prefix,
  prefix,
  type RecordedKey,
  stringWithLength,
  varint,
} from './idb-encoding';

const MAX_INT64 = 2n ** 63n - 1n;
const MAX_INT32 = 2 ** 31 - 1;

function compare(a: ArrayLike<number>, b: ArrayLike<number>): number {
  return Math.sign(compareIdbKeys(Uint8Array.from(a), 0, a.length, Uint8Array.from(b), 0, b.length));
}

const hex = (key: Bytes) => Buffer.from(key).toString('hex');

/** Every key equals itself and sorts before every later one, in both directions. */
function assertAscending(keys: readonly Bytes[]): void {
  keys.forEach((a, i) => {
    for (let j = i; j < keys.length; j++) {
      const b = keys[j];
      const expected = i === j ? 0 : -1;
      if (compare(a, b) !== expected || compare(b, a) !== 0 - expected)
        assert.fail(`${i}: ${hex(a)} and ${j}: ${hex(b)} compare as ${compare(a, b)}, ${compare(b, a)}`);
    }
  });
}

function assertEqual(a: Bytes, b: Bytes): void {
  assert.equal(compare(a, b), 0, `${hex(a)} and ${hex(b)}`);
  assert.equal(compare(b, a), 0, `${hex(b)} and ${hex(a)}`);
}

/** Numbers below `n`, the same in every run. */
function randomSource(seed: number): (n: number) => number {
  let state = seed;
  return (n) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * n);
  };
}

/** The order of https://w3c.github.io/IndexedDB/#compare-two-keys, over decoded keys. */
function compareAsSpecified(a: IdbKey, b: IdbKey): number {
  const rank = (key: IdbKey) =>
    key === 'min'
      ? 0
      : key === 'max'
        ? 9
        : 1 + ['number', 'date', 'string', 'binary', 'array'].indexOf(Object.keys(key)[0]);
  if (rank(a) !== rank(b)) return Math.sign(rank(a) - rank(b));
  if (typeof a === 'string' || typeof b === 'string') return 0;
  if ('number' in a && 'number' in b) return Math.sign(compareValues(a.number, b.number));
  if ('date' in a && 'date' in b) return Math.sign(compareValues(a.date, b.date));
  // JavaScript compares strings by code units, as IndexedDB does.
  if ('string' in a && 'string' in b) return compareValues(a.string, b.string);
  if ('binary' in a && 'binary' in b) return compareLists(a.binary, b.binary, compareValues);
  if ('array' in a && 'array' in b) return compareLists(a.array, b.array, compareAsSpecified);
  throw new Error('unreachable');
}

function compareValues<T extends number | string>(a: T, b: T): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function compareLists<T>(a: readonly T[], b: readonly T[], compareItems: (a: T, b: T) => number): number {
  for (let i = 0; i < a.length && i < b.length; i++) {
    const result = compareItems(a[i], b[i]);
    if (result !== 0) return result;
  }
  return Math.sign(a.length - b.length);
}

function randomKey(random: (n: number) => number, depth = 0): IdbKey {
  const numbers = [0, -0, 1, -1, 0.5, -0.5, 255, 256, 1e300, -1e300, 5e-324, Infinity, -Infinity, 2 ** 53];
  const units = [0, 1, 0x41, 0x61, 0xff, 0x100, 0x41ff, 0xd83d, 0xde00, 0xffff];
  switch (random(depth > 3 ? 5 : 8)) {
    case 0:
      return { number: numbers[random(numbers.length)] };
    case 1:
      return { date: numbers[random(12)] };
    case 2:
      return {
        string: String.fromCharCode(...Array.from({ length: random(4) }, () => units[random(units.length)])),
      };
    case 3:
      return { binary: Array.from({ length: random(4) }, () => [0, 1, 127, 128, 255][random(5)]) };
    case 4:
      return random(4) > 0 ? { number: random(3) } : random(2) > 0 ? 'min' : 'max';
    default:
      return { array: Array.from({ length: random(4) }, () => randomKey(random, depth + 1)) };
  }
}

/** Antisymmetry and transitivity of the order over all triples. */
function assertTotalOrder(keys: readonly Bytes[]): void {
  const order = keys.map((a) => keys.map((b) => compare(a, b)));
  keys.forEach((a, i) => {
    assert.equal(order[i][i], 0, hex(a));
    keys.forEach((b, j) => {
      if (order[i][j] + order[j][i] !== 0) assert.fail(`antisymmetry: ${hex(a)} ${hex(b)}`);
      if (order[i][j] > 0) return;
      keys.forEach((c, k) => {
        if (order[j][k] > 0) return;
        const expected = order[i][j] === 0 && order[j][k] === 0 ? 0 : -1;
        if (order[i][k] !== expected) assert.fail(`transitivity: ${hex(a)} ${hex(b)} ${hex(c)}`);
      });
    });
  });
}

const number = (value: number): IdbKey => ({ number: value });
const date = (value: number): IdbKey => ({ date: value });
const string = (value: string): IdbKey => ({ string: value });
const binary = (...bytes: number[]): IdbKey => ({ binary: bytes });
const array = (...keys: IdbKey[]): IdbKey => ({ array: keys });

const KEYS_IN_ORDER: readonly IdbKey[] = [
  'min',
  ...[-Infinity, -1e308, -10, -0.5, -5e-324, 0, 5e-324, 0.5, 3.14, 10, 1e308, Infinity].map(number),
  ...[-8.64e15, 0, 100, 100000].map(date),
  ...['', '\0', 'A', 'a', 'a\0', 'b', 'baaa', 'baab', 'c', 'é', 'я', '漢', '\ud83d', '😀', '\uff01'].map(
    string,
  ),
  binary(),
  binary(1),
  binary(1, 1),
  binary(1, 2),
  binary(2),
  binary(2, 1),
  binary(2, 2),
  binary(255),
  array(),
  array(number(0)),
  array(number(0), number(3.14)),
  array(date(0)),
  array(date(0), date(0)),
  array(string('')),
  array(string(''), string('a')),
  array(array()),
  array(array(), array()),
  array(array(array())),
  array(array(array()), number(0)),
  array(array(array(array()))),
  'max',
];

test('IDB keys sort by type, then by value', () => {
  for (const place of [
    [1, 1, 1],
    [1, 1, 2],
    [1, 1, 3],
    [7, 300, 1],
  ] as const)
    assertAscending(KEYS_IN_ORDER.map((key) => dataKey(place, key)));
  // Inside an array, and as either key of an index entry, the same order holds.
  assertAscending(KEYS_IN_ORDER.map((key) => dataKey([1, 1, 1], array(string('x'), key, number(1)))));
  assertAscending(KEYS_IN_ORDER.map((key) => indexKey([1, 1, 30], key, 'min', 9)));
  assertAscending(KEYS_IN_ORDER.map((key) => indexKey([1, 1, 30], number(1), key, 9)));
});

test('kinds of keys sort as in Chromium', () => {
  assertAscending([
    ...[0, 1, 2, 3, 4, 5, 6].map((kind) => globalMetadata(kind)),
    globalMetadata(50),
    globalMetadata(50, [0]),
    globalMetadata(50, [0, 1]),
    globalMetadata(50, [1]),
    globalMetadata(100, varint(0)),
    globalMetadata(100, varint(200)),
    globalMetadata(100, varint(2n ** 53n)),
    globalMetadata(100, varint(2n ** 53n + 1n)),
    globalMetadata(100, varint(MAX_INT64)),
    globalMetadata(201, stringWithLength(''), stringWithLength('')),
    globalMetadata(201, stringWithLength(''), stringWithLength('a')),
    globalMetadata(201, stringWithLength('a'), stringWithLength('a')),
    globalMetadata(201, stringWithLength('ab'), stringWithLength('')),
    ...[0, 1, 2, 3, 4, 5].map((kind) => databaseMetadata(1, kind)),
    ...[0, 1, 7, 255].map((field) => databaseMetadata(1, 50, varint(1), [field])),
    databaseMetadata(1, 50, varint(2), [255]),
    databaseMetadata(1, 50, varint(MAX_INT64), [255]),
    ...[0, 1, 2, 3].map((field) => databaseMetadata(1, 100, varint(1), varint(30), [field])),
    databaseMetadata(1, 100, varint(1), varint(31), [0]),
    databaseMetadata(1, 100, varint(1), varint(31), [255]),
    databaseMetadata(1, 100, varint(1), varint(MAX_INT64), [255]),
    databaseMetadata(1, 100, varint(2), varint(30), [255]),
    databaseMetadata(1, 150, varint(1)),
    databaseMetadata(1, 150, varint(MAX_INT64)),
    databaseMetadata(1, 151, varint(1), varint(30)),
    databaseMetadata(1, 151, varint(1), varint(MAX_INT64)),
    databaseMetadata(1, 151, varint(2), varint(30)),
    databaseMetadata(1, 200, stringWithLength('')),
    databaseMetadata(1, 200, stringWithLength('a')),
    databaseMetadata(1, 201, varint(1), stringWithLength('')),
    databaseMetadata(1, 201, varint(1), stringWithLength('a')),
    databaseMetadata(1, 201, varint(2), stringWithLength('a')),
    ...([1, 2, 3] as const).flatMap((index) => [
      prefix([1, 1, index]),
      dataKey([1, 1, index], 'min'),
      dataKey([1, 1, index], 'max'),
    ]),
    prefix([1, 1, 4]),
    prefix([1, 1, 30]),
    [...prefix([1, 1, 30]), ...idbKey('min'), ...varint(0)],
    indexKey([1, 1, 30], 'min', 'min', 0),
    indexKey([1, 1, 30], 'min', 'min', 1),
    indexKey([1, 1, 30], 'min', 'min', 2n ** 53n),
    indexKey([1, 1, 30], 'min', 'min', 2n ** 53n + 1n),
    indexKey([1, 1, 30], 'min', 'max', 0),
    indexKey([1, 1, 30], 'min', 'max', 1),
    indexKey([1, 1, 30], 'max', 'min', 0),
    indexKey([1, 1, 30], 'max', 'max', 1),
    indexKey([1, 1, 31], 'min', 'min', 0),
    indexKey([1, 1, 256], 'min', 'min', 0),
    indexKey([1, 2, 30], 'min', 'min', 0),
    indexKey([1, 2, MAX_INT32], 'max', 'max', 0),
    dataKey([1, 256, 1], 'min'),
    dataKey([1, 2n ** 40n, 1], 'min'),
    dataKey([1, MAX_INT64, 1], 'min'),
    databaseMetadata(2, 0),
    databaseMetadata(255, 0),
    databaseMetadata(256, 0),
    dataKey([2n ** 53n, 1, 1], 'min'),
    dataKey([2n ** 53n + 1n, 1, 1], 'min'),
    dataKey([MAX_INT64, 1, 1], 'min'),
  ]);
});

test('keys that Chromium holds for equal', () => {
  const one = dataKey([1, 1, 1], number(1));
  assertEqual(dataKey([1, 1, 1], number(0)), dataKey([1, 1, 1], number(-0)));
  // Ids and lengths written with more bytes than needed.
  assertEqual(one, [0b001_001_01, 1, 0, 1, 0, 1, 0, ...idbKey(number(1))]);
  assertEqual(one, [
    0b111_111_11,
    ...[1, 1].flatMap((id) => [id, 0, 0, 0, 0, 0, 0, 0]),
    1,
    0,
    0,
    0,
    ...idbKey(number(1)),
  ]);
  assertEqual(dataKey([1, 1, 1], binary(7)), [...prefix([1, 1, 1]), 6, 0x81, 0x80, 0x00, 7]);
  // Whatever follows the last field.
  assertEqual(one, [...one, 9, 9]);
  assertEqual(globalMetadata(1), globalMetadata(1, [5]));
  assertEqual(globalMetadata(100, varint(3)), globalMetadata(100, varint(3), [5]));
  // A sequence number counts only after equal keys of records.
  const bound = [...prefix([1, 1, 30]), ...idbKey(number(1))];
  assertEqual(bound, [...bound, ...varint(3)]);
  assertEqual([...bound, ...varint(4)], [...bound, ...varint(3)]);
  assert.equal(
    compare(indexKey([1, 1, 30], number(1), number(2), 9), indexKey([1, 1, 30], number(1), number(3), 1)),
    -1,
  );
});

test('malformed fields sort after well-formed ones, by the bytes of the whole key', () => {
  const record = prefix([1, 1, 1]);
  const entry = [...prefix([1, 1, 30]), ...idbKey('max')];
  assertAscending([
    prefix([0, 0, 0]),
    globalMetadata(6),
    // Unknown kinds.
    globalMetadata(7),
    globalMetadata(7, [0]),
    globalMetadata(49),
    globalMetadata(100, varint(MAX_INT64)),
    globalMetadata(100),
    globalMetadata(100, [0x80]),
    // 2^63 is negative in Chromium.
    globalMetadata(100, varint(2n ** 63n)),
    globalMetadata(201, stringWithLength('b'), stringWithLength('a')),
    globalMetadata(201, stringWithLength('b')),
    globalMetadata(201, [9, 0, 0x62]),
    databaseMetadata(1, 5),
    databaseMetadata(1, 50, varint(3), [4]),
    databaseMetadata(1, 50, varint(3)),
    record,
    [...record, ...idbKey(number(Infinity))],
    [...record, 3, 0, 0],
    [...record, 3, ...double(Number.NaN)],
    [...record, ...idbKey(string('zz'))],
    [...record, 1, 3, 0, 0x7a],
    [...record, ...idbKey(binary(255))],
    [...record, 6, 2, 0],
    [...record, 4, 1, ...idbKey(number(2))],
    // An array of three of which the second is cut off.
    [...record, 4, 3, ...idbKey(number(2)), 3, 0],
    [...record, 4, 1, 9],
    [...record, 4],
    [...record, 4, 0x80],
    [...record, 4, ...varint(2n ** 63n)],
    [...record, ...idbKey('max')],
    [...record, 7],
    [...record, 8],
    prefix([1, 1, 4]),
    [...prefix([1, 1, 4]), 0],
    prefix([1, 1, 29]),
    [...entry, ...varint(1)],
    [...entry, ...varint(1), ...idbKey('max')],
    [...entry, ...varint(1), 9],
    [...entry, 0x80],
    dataKey([MAX_INT64, MAX_INT64, 1], 'max'),
    // No prefix at all, cut off, or with a negative id.
    [],
    [0],
    [0, 0, 0],
    [0b111_000_00, ...littleEndian(2n ** 63n), 1, 1],
    [0xff],
  ]);
});

test('long varints and deep nesting', () => {
  // Ten bytes are the most; bits above the 64th are dropped.
  const lastBit = [...Array(9).fill(0x80), 0x02];
  assertEqual(globalMetadata(100, varint(0)), globalMetadata(100, lastBit));
  assert.equal(
    compare(globalMetadata(100, [...Array(10).fill(0x80), 0]), globalMetadata(100, varint(MAX_INT64))),
    1,
  );
  const nested = (levels: number, inner: IdbKey) => [
    ...prefix([1, 1, 1]),
    ...Array(levels).fill([4, 1]).flat(),
    ...idbKey(inner),
  ];
  assertAscending([nested(100_000, number(1)), nested(100_000, number(2)), nested(100_001, number(1))]);
});

test('ranges within buffers', () => {
  const random = randomSource(7);
  for (let i = 0; i < 500; i++) {
    const [a, b] = [dataKey([1, 1, 1], randomKey(random)), dataKey([1, 1, 1], randomKey(random))];
    const buffer = Uint8Array.from([1, 2, 3, ...a, 4, 5, ...b, 6]);
    const aEnd = 3 + a.length;
    const result = compareIdbKeys(buffer, 3, aEnd, buffer, aEnd + 2, aEnd + 2 + b.length);
    assert.equal(Math.sign(result), compare(a, b));
  }
});

test('well-formed keys in the order of the IndexedDB specification', () => {
  const random = randomSource(1);
  const keys = Array.from({ length: 500 }, () => randomKey(random));
  const records = keys.map((key) => dataKey([1, 1, 1], key));
  const entries = keys.map((key) => indexKey([1, 1, 30], key, number(1), 0));
  keys.forEach((a, i) => {
    keys.forEach((b, j) => {
      const expected = compareAsSpecified(a, b);
      if (compare(records[i], records[j]) !== expected) assert.fail(JSON.stringify([a, b]));
      if (compare(entries[i], entries[j]) !== expected) assert.fail(JSON.stringify([a, b]));
    });
  });
});

test('a total order over random well-formed keys of all kinds', () => {
  const random = randomSource(2);
  const name = () => stringWithLength('ab'.slice(0, random(3)));
  const small = () => varint(random(3));
  const id = () => 1 + random(2);
  const kinds: (() => Bytes)[] = [
    () => globalMetadata(random(7)),
    () =>
      globalMetadata(
        50,
        Array.from({ length: random(3) }, () => random(2)),
      ),
    () => globalMetadata(100, small()),
    () => globalMetadata(201, name(), name()),
    () => databaseMetadata(id(), random(6)),
    () => databaseMetadata(id(), 50, small(), [random(3)]),
    () => databaseMetadata(id(), 100, small(), small(), [random(3)]),
    () => databaseMetadata(id(), 150, small()),
    () => databaseMetadata(id(), 151, small(), small()),
    () => databaseMetadata(id(), 200, name()),
    () => databaseMetadata(id(), 201, small(), name()),
    () => dataKey([id(), id(), 1 + random(3)], randomKey(random)),
    () => indexKey([id(), id(), 30 + random(2)], randomKey(random, 3), randomKey(random, 3), random(3)),
  ];
  assertTotalOrder(Array.from({ length: 220 }, () => kinds[random(kinds.length)]()));
});

test('a total order over random bytes', () => {
  const random = randomSource(3);
  const bytes = [0, 0, 1, 1, 2, 3, 4, 5, 6, 7, 30, 50, 100, 0x80, 150, 151, 200, 201, 0xff];
  const starts: Bytes[] = [[], prefix([0, 0, 0]), prefix([1, 0, 0]), prefix([1, 1, 1]), prefix([1, 1, 30])];
  for (let round = 0; round < 4; round++)
    assertTotalOrder(
      Array.from({ length: 180 }, () => [
        ...starts[random(starts.length)],
        ...Array.from({ length: random(10) }, () => bytes[random(bytes.length)]),
      ]),
    );
});

test('the order in which Chromium iterates its own stores and indexes', () => {
  interface Recorded {
    /** Database, object store and index id by path. */
    prefixes: Record<string, Prefix>;
    /** The keys of each store, in the order of a cursor. */
    stores: Record<string, RecordedKey[]>;
    /** The keys and the records' keys of each index, in the order of a cursor. */
    indexes: Record<string, [RecordedKey, RecordedKey][]>;
  }
  const truth = JSON.parse(readFileSync(join('test/fixtures', 'truth.json'), 'utf8'));
  const recorded: Recorded = truth['chromium-indexeddb'];
  const inOrder: [Prefix, Bytes[]][] = [];
  for (const [path, keys] of Object.entries(recorded.stores)) {
    const place = recorded.prefixes[path];
    inOrder.push([place, keys.map((key) => dataKey(place, fromRecorded(key)))]);
  }
  for (const [path, entries] of Object.entries(recorded.indexes)) {
    const place = recorded.prefixes[path];
    inOrder.push([
      place,
      entries.map(([key, primaryKey]) => indexKey(place, fromRecorded(key), fromRecorded(primaryKey), 0)),
    ]);
  }
  inOrder.sort(([a], [b]) => compareLists(a.map(Number), b.map(Number), compareValues));
  const keys = inOrder.flatMap(([, list]) => list);
  assert.ok(keys.length > 400);
  assertAscending(keys);
});
