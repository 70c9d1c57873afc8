// The cases of db/version_set_test.cc.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addBoundaryFiles, overlapsLevel } from '../../src/engine/compaction/overlap';
import { bytewiseComparator } from '../../src/engine/keys/comparator';
import { encodeInternalKey, InternalKeyComparator, ValueType } from '../../src/engine/keys/internal-key';
import { findFile, Version } from '../../src/engine/manifest/version';
import { type FileMetaData, LEVELS } from '../../src/engine/manifest/version-edit';

const comparator = new InternalKeyComparator(bytewiseComparator);

function encode(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function internalKey(key: string, sequence: number): Uint8Array {
  return encodeInternalKey(encode(key), sequence, ValueType.value);
}

function metaData(number: number, smallest: Uint8Array, largest: Uint8Array): FileMetaData {
  return { number, size: 0, smallest, largest };
}

class FindFileTest {
  disjoint = true;
  private readonly files: FileMetaData[] = [];

  add(smallest: string, largest: string, smallestSequence = 100, largestSequence = 100): this {
    const from = internalKey(smallest, smallestSequence);
    this.files.push(metaData(this.files.length + 1, from, internalKey(largest, largestSequence)));
    return this;
  }

  find(key: string): number {
    const target = internalKey(key, 100);
    return findFile(comparator, this.files, target, 0, target.length);
  }

  /** Level 0 is the one whose files may overlap. */
  overlaps(smallest: string | undefined, largest: string | undefined): boolean {
    const level = this.disjoint ? 1 : 0;
    const levels = Array.from({ length: LEVELS }, (_, i) => (i === level ? this.files : []));
    const version = new Version(comparator, levels, new Array(LEVELS).fill(undefined));
    const bound = (key: string | undefined) => (key === undefined ? undefined : encode(key));
    return overlapsLevel(version, level, bound(smallest), bound(largest));
  }

  expectFind(expected: number, ...keys: string[]): void {
    for (const key of keys) assert.equal(this.find(key), expected, key);
  }

  expectOverlap(expected: boolean, ...ranges: [string | undefined, string | undefined][]): void {
    for (const [from, to] of ranges) assert.equal(this.overlaps(from, to), expected, `${from} to ${to}`);
  }
}

test('version_set_test: Empty', () => {
  const t = new FindFileTest();
  t.expectFind(0, 'foo');
  t.expectOverlap(false, ['a', 'z'], [undefined, 'z'], ['a', undefined], [undefined, undefined]);
});

test('version_set_test: Single', () => {
  const t = new FindFileTest().add('p', 'q');
  t.expectFind(0, 'a', 'p', 'p1', 'q');
  t.expectFind(1, 'q1', 'z');
  t.expectOverlap(false, ['a', 'b'], ['z1', 'z2']);
  t.expectOverlap(true, ['a', 'p'], ['a', 'q'], ['a', 'z'], ['p', 'p1'], ['p', 'q'], ['p', 'z']);
  t.expectOverlap(true, ['p1', 'p2'], ['p1', 'z'], ['q', 'q'], ['q', 'q1']);
  t.expectOverlap(false, [undefined, 'j'], ['r', undefined]);
  t.expectOverlap(true, [undefined, 'p'], [undefined, 'p1'], ['q', undefined], [undefined, undefined]);
});

function fourFiles(): FindFileTest {
  return new FindFileTest().add('150', '200').add('200', '250').add('300', '350').add('400', '450');
}

test('version_set_test: Multiple', () => {
  const t = fourFiles();
  t.expectFind(0, '100', '150', '151', '199', '200');
  t.expectFind(1, '201', '249', '250');
  t.expectFind(2, '251', '299', '300', '349', '350');
  t.expectFind(3, '351', '400', '450');
  t.expectFind(4, '451');
  t.expectOverlap(false, ['100', '149'], ['251', '299'], ['451', '500'], ['351', '399']);
  t.expectOverlap(true, ['100', '150'], ['100', '200'], ['100', '300'], ['100', '400'], ['100', '500']);
  t.expectOverlap(true, ['375', '400'], ['450', '450'], ['450', '500']);
});

test('version_set_test: MultipleNullBoundaries', () => {
  const t = fourFiles();
  t.expectOverlap(false, [undefined, '149'], ['451', undefined]);
  t.expectOverlap(true, [undefined, undefined]);
  for (const to of ['150', '199', '200', '201', '400', '800']) t.expectOverlap(true, [undefined, to]);
  for (const from of ['100', '200', '449', '450']) t.expectOverlap(true, [from, undefined]);
});

test('version_set_test: OverlapSequenceChecks', () => {
  const t = new FindFileTest().add('200', '200', 5000, 3000);
  t.expectOverlap(false, ['199', '199'], ['201', '300']);
  t.expectOverlap(true, ['200', '200'], ['190', '200'], ['200', '210']);
});

test('version_set_test: OverlappingFiles', () => {
  const t = new FindFileTest().add('150', '600').add('400', '500');
  t.disjoint = false;
  t.expectOverlap(false, ['100', '149'], ['601', '700']);
  t.expectOverlap(true, ['100', '150'], ['100', '200'], ['100', '300'], ['100', '400'], ['100', '500']);
  t.expectOverlap(true, ['375', '400'], ['450', '450'], ['450', '500'], ['450', '700'], ['600', '700']);
});

test('version_set_test: TestEmptyFileSets', () => {
  const inputs: FileMetaData[] = [];
  addBoundaryFiles(comparator, [], inputs);
  assert.deepEqual(inputs, []);
});

test('version_set_test: TestEmptyLevelFiles', () => {
  const file = metaData(1, internalKey('100', 2), internalKey('100', 1));
  const inputs = [file];
  addBoundaryFiles(comparator, [], inputs);
  assert.deepEqual(inputs, [file]);
});

test('version_set_test: TestEmptyCompactionFiles', () => {
  const file = metaData(1, internalKey('100', 2), internalKey('100', 1));
  const level = [file];
  const inputs: FileMetaData[] = [];
  addBoundaryFiles(comparator, level, inputs);
  assert.deepEqual(inputs, []);
  assert.deepEqual(level, [file]);
});

test('version_set_test: TestNoBoundaryFiles', () => {
  const [f1, f2, f3] = ['100', '200', '300'].map((key) =>
    metaData(1, internalKey(key, 2), internalKey(key, 1)),
  );
  const inputs = [f2, f3];
  addBoundaryFiles(comparator, [f3, f2, f1], inputs);
  assert.equal(inputs.length, 2);
});

test('version_set_test: TestOneBoundaryFiles', () => {
  const f1 = metaData(1, internalKey('100', 3), internalKey('100', 2));
  const f2 = metaData(1, internalKey('100', 1), internalKey('200', 3));
  const f3 = metaData(1, internalKey('300', 2), internalKey('300', 1));
  const inputs = [f1];
  addBoundaryFiles(comparator, [f3, f2, f1], inputs);
  expectFiles(inputs, [f1, f2]);
});

test('version_set_test: TestTwoBoundaryFiles', () => {
  const f1 = metaData(1, internalKey('100', 6), internalKey('100', 5));
  const f2 = metaData(1, internalKey('100', 2), internalKey('300', 1));
  const f3 = metaData(1, internalKey('100', 4), internalKey('100', 3));
  const inputs = [f1];
  addBoundaryFiles(comparator, [f2, f3, f1], inputs);
  expectFiles(inputs, [f1, f3, f2]);
});

test('version_set_test: TestDisjoinFilePointers', () => {
  const f1 = metaData(1, internalKey('100', 6), internalKey('100', 5));
  const f2 = metaData(1, internalKey('100', 6), internalKey('100', 5));
  const f3 = metaData(1, internalKey('100', 2), internalKey('300', 1));
  const f4 = metaData(1, internalKey('100', 4), internalKey('100', 3));
  const inputs = [f1];
  addBoundaryFiles(comparator, [f2, f3, f4], inputs);
  expectFiles(inputs, [f1, f4, f3]);
});

/** The very same files: equal ones would not do. */
function expectFiles(found: readonly FileMetaData[], expected: readonly FileMetaData[]): void {
  assert.equal(found.length, expected.length);
  for (const [i, file] of expected.entries()) assert.ok(found[i] === file, `file ${i}`);
}
