// What flushes and compactions do to the levels: the cases of LevelDB's db/db_test.cc about them.

import assert from 'node:assert/strict';
import { DEFAULT_LIMITS } from '../../src/engine/compaction/limits';
import { tableFileName } from '../../src/engine/manifest/file-names';
import { LEVELS } from '../../src/engine/manifest/version-edit';
import { assertBetween, type DbTest, key, scenario, scenarioOverOptions } from './db-harness';
import { Random } from './table-harness';

scenario('db_test: MinorCompactionsHappen', (t) => {
  t.reopen({ ...t.options, writeBufferSize: 10000 });
  const N = 500;
  const value = (i: number) => key(i) + 'v'.repeat(1000);
  const before = t.totalTables();
  for (let i = 0; i < N; i++) t.put(key(i), value(i));
  assert.ok(t.totalTables() > before);
  for (let i = 0; i < N; i++) assert.equal(t.get(key(i)), value(i));
  t.reopen();
  for (let i = 0; i < N; i++) assert.equal(t.get(key(i)), value(i));
});

scenario('db_test: CompactionsGenerateMultipleFiles', (t) => {
  const options = { ...t.options, writeBufferSize: 100000000 };
  t.reopen(options);
  const random = new Random(301);
  // 8 MB: 80 values of 100 KB.
  assert.equal(t.filesAtLevel(0), 0);
  const values = Array.from({ length: 80 }, () => random.string(100000));
  for (const [i, value] of values.entries()) t.put(key(i), value);

  // The open moves them to level 0.
  t.reopen(options);
  t.compactLevel(0);
  assert.equal(t.filesAtLevel(0), 0);
  assert.ok(t.filesAtLevel(1) > 1);
  for (const [i, value] of values.entries()) assert.ok(t.get(key(i)) === value);
});

scenario('db_test: RepeatedWritesToSameKey', (t) => {
  const writeBufferSize = 100000;
  t.reopen({ ...t.options, writeBufferSize });
  // At most one file a level, but in level 0 as many as stop the writes.
  const maxFiles = LEVELS + DEFAULT_LIMITS.level0StopFiles;
  const value = new Random(301).string(2 * writeBufferSize);
  for (let i = 0; i < 5 * maxFiles; i++) {
    t.put('key', value);
    assert.ok(t.totalTables() <= maxFiles);
  }
});

// Little data with prefix A, much with prefix B, little with prefix C, and small changes to all three: no compaction
// merges all of B at once.
scenario('db_test: SparseMerge', (t) => {
  t.reopen({ ...t.options, compression: 'none' });
  t.fillLevels('A', 'Z');
  const value = 'x'.repeat(1000);
  t.put('A', 'va');
  // About 100 MB.
  for (let i = 0; i < 100000; i++) t.put(`B${String(i).padStart(10, '0')}`, value);
  t.put('C', 'vc');
  t.compactMemTable();
  t.compactLevel(0);

  t.put('A', 'va2');
  t.put('B100', 'bvalue2');
  t.put('C', 'vc2');
  t.compactMemTable();

  // No file overlaps too much of the next level.
  const most = 20 * 1048576;
  assert.ok(t.maxNextLevelOverlappingBytes() <= most);
  t.compactLevel(0);
  assert.ok(t.maxNextLevelOverlappingBytes() <= most);
  t.compactLevel(1);
  assert.ok(t.maxNextLevelOverlappingBytes() <= most);
});

scenarioOverOptions('db_test: ApproximateSizes', (t) => {
  const options = { ...t.options, writeBufferSize: 100000000, compression: 'none' } as const;
  t.destroyAndReopen();
  assert.equal(t.size('', 'xyz'), 0);
  t.reopen(options);
  assert.equal(t.size('', 'xyz'), 0);

  // 8 MB: 80 values of 100 KB.
  assert.equal(t.filesAtLevel(0), 0);
  const N = 80;
  const S1 = 100000;
  const S2 = 105000; // Some of it is what tables need besides.
  const random = new Random(301);
  for (let i = 0; i < N; i++) t.put(key(i), random.string(S1));

  // Memtables do not count.
  assert.equal(t.size('', key(50)), 0);
  if (options.reuseLogs) {
    t.reopen(options);
    assert.equal(t.size('', key(50)), 0);
    return;
  }

  for (let run = 0; run < 3; run++) {
    t.reopen(options);
    for (let begin = 0; begin < N; begin += 10) {
      for (let i = 0; i < N; i += 10) {
        assertBetween(t.size('', key(i)), S1 * i, S2 * i);
        assertBetween(t.size('', `${key(i)}.suffix`), S1 * (i + 1), S2 * (i + 1));
        assertBetween(t.size(key(i), key(i + 10)), S1 * 10, S2 * 10);
      }
      assertBetween(t.size('', key(50)), S1 * 50, S2 * 50);
      assertBetween(t.size('', `${key(50)}.suffix`), S1 * 50, S2 * 50);
      t.compactLevel(0, key(begin), key(begin + 9));
    }
    assert.equal(t.filesAtLevel(0), 0);
    assert.ok(t.filesAtLevel(1) > 0);
  }
});

scenario('the size of a range counts a table that cannot be opened as 0', (t) => {
  t.reopen({ ...t.options, compression: 'none' });
  for (let i = 0; i < 100; i++) t.put(key(i), 'v'.repeat(1000));
  t.compactMemTable();
  for (let i = 200; i < 300; i++) t.put(key(i), 'v'.repeat(1000));
  t.compactMemTable();
  assertBetween(t.size('', key(50)), 50_000, 60_000);
  const second = t.size('', key(250));
  assertBetween(second, 150_000, 170_000);
  t.reopen({ ...t.options, compression: 'none' });
  const [{ number, size }] = t.db.version.levels.flat().sort((x, y) => Number(x.number) - Number(y.number));
  const file = t.env.create(t.env.join(t.directory, tableFileName(number)));
  file.append(new Uint8Array(Number(size)));
  file.close();
  assert.equal(t.size('', key(50)), 0);
  // Past its end its size in the version counts.
  assert.equal(t.size('', key(250)), second);
});

scenarioOverOptions('db_test: ApproximateSizes_MixOfSmallAndLarge', (t) => {
  const options = { ...t.options, compression: 'none' } as const;
  t.reopen();
  const random = new Random(301);
  const big = random.string(100000);
  t.put(key(0), random.string(10000));
  t.put(key(1), random.string(10000));
  t.put(key(2), big);
  t.put(key(3), random.string(10000));
  t.put(key(4), big);
  t.put(key(5), random.string(10000));
  t.put(key(6), random.string(300000));
  t.put(key(7), random.string(10000));
  // The open does not flush then.
  if (options.reuseLogs) t.compactMemTable();

  for (let run = 0; run < 3; run++) {
    t.reopen(options);
    const sizes = [
      [0, 0],
      [10000, 11000],
      [20000, 21000],
      [120000, 121000],
      [130000, 131000],
      [230000, 231000],
      [240000, 241000],
      [540000, 541000],
      [550000, 560000],
    ];
    for (const [i, [low, high]] of sizes.entries()) assertBetween(t.size('', key(i)), low, high);
    assertBetween(t.size(key(3), key(5)), 110000, 111000);
    t.compactLevel(0);
  }
});

scenarioOverOptions('db_test: HiddenValuesAreRemoved', (t) => {
  t.fillLevels('a', 'z');
  const big = new Random(301).string(50000);
  t.put('foo', big);
  t.put('pastfoo', 'v');
  const snapshot = t.db.snapshot();
  t.put('foo', 'tiny');
  t.put('pastfoo2', 'v2'); // One more sequence number.

  t.compactMemTable();
  assert.ok(t.filesAtLevel(0) > 0);
  assert.ok(t.get('foo', snapshot) === big);
  assertBetween(t.size('', 'pastfoo'), 50000, 60000);
  snapshot.release();
  assert.ok(t.allEntriesFor('foo') === `[ tiny, ${big} ]`);
  t.compactLevel(0, undefined, 'x');
  assert.equal(t.allEntriesFor('foo'), '[ tiny ]');
  assert.equal(t.filesAtLevel(0), 0);
  assert.ok(t.filesAtLevel(1) >= 1);
  t.compactLevel(1, undefined, 'x');
  assert.equal(t.allEntriesFor('foo'), '[ tiny ]');
  assertBetween(t.size('', 'pastfoo'), 0, 1000);
});

/** The deepest level that a flush reaches. */
const LAST = DEFAULT_LIMITS.maxFlushLevel;

/** `foo -> v1` in level LAST, and a table above it that keeps what is written next from being merged with it. */
function putBelow(t: DbTest): void {
  t.put('foo', 'v1');
  t.compactMemTable();
  assert.equal(t.filesAtLevel(LAST), 1);
  t.makeTables(1, 'a', 'z');
  assert.equal(t.filesAtLevel(LAST), 1);
  assert.equal(t.filesAtLevel(LAST - 1), 1);
}

scenario('db_test: DeletionMarkers1', (t) => {
  putBelow(t);
  t.delete('foo');
  t.put('foo', 'v2');
  assert.equal(t.allEntriesFor('foo'), '[ v2, DEL, v1 ]');
  t.compactMemTable(); // To level LAST - 2.
  assert.equal(t.allEntriesFor('foo'), '[ v2, DEL, v1 ]');
  t.compactLevel(LAST - 2, undefined, 'z');
  // The deletion goes, because v2 hides v1; v1 stays, because its level is not compacted.
  assert.equal(t.allEntriesFor('foo'), '[ v2, v1 ]');
  t.compactLevel(LAST - 1);
  // Nothing is below now.
  assert.equal(t.allEntriesFor('foo'), '[ v2 ]');
});

scenario('db_test: DeletionMarkers2', (t) => {
  putBelow(t);
  t.delete('foo');
  assert.equal(t.allEntriesFor('foo'), '[ DEL, v1 ]');
  t.compactMemTable(); // To level LAST - 2.
  assert.equal(t.allEntriesFor('foo'), '[ DEL, v1 ]');
  t.compactLevel(LAST - 2);
  // The deletion stays: a file of level LAST overlaps.
  assert.equal(t.allEntriesFor('foo'), '[ DEL, v1 ]');
  t.compactLevel(LAST - 1);
  // Nothing is below now.
  assert.equal(t.allEntriesFor('foo'), '[ ]');
});

scenarioOverOptions('db_test: OverlapInLevel0', (t) => {
  assert.equal(LAST, 2);
  // Levels 1 and 2 are filled: nothing is pushed deeper than level 0.
  t.put('100', 'v100');
  t.put('999', 'v999');
  t.compactMemTable();
  t.delete('100');
  t.delete('999');
  t.compactMemTable();
  assert.equal(t.filesPerLevel(), '0,1,1');

  // Files of level 0, in the order of their smallest keys: 200 .. 900 and 300 .. 500.
  t.put('300', 'v300');
  t.put('500', 'v500');
  t.compactMemTable();
  t.put('200', 'v200');
  t.put('600', 'v600');
  t.put('900', 'v900');
  t.compactMemTable();
  assert.equal(t.filesPerLevel(), '2,1,1');

  t.compactLevel(1);
  t.compactLevel(2);
  assert.equal(t.filesPerLevel(), '2');

  // A bug once overlooked that the deletion overlaps level 0 and put it into a deeper level.
  t.delete('600');
  t.compactMemTable();
  assert.equal(t.filesPerLevel(), '3');
  assert.equal(t.get('600'), 'NOT_FOUND');
});

scenario('db_test: ManualCompaction', (t) => {
  assert.equal(LAST, 2);
  t.makeTables(3, 'p', 'q');
  assert.equal(t.filesPerLevel(), '1,1,1');

  t.compact('', 'c'); // Before all files.
  assert.equal(t.filesPerLevel(), '1,1,1');
  t.compact('r', 'z'); // Behind them.
  assert.equal(t.filesPerLevel(), '1,1,1');
  t.compact('p1', 'p9'); // It overlaps them.
  assert.equal(t.filesPerLevel(), '0,0,1');

  t.makeTables(3, 'c', 'e');
  assert.equal(t.filesPerLevel(), '1,1,2');
  t.compact('b', 'f'); // Just the new range.
  assert.equal(t.filesPerLevel(), '0,0,2');

  t.makeTables(1, 'a', 'z');
  assert.equal(t.filesPerLevel(), '0,1,2');
  t.compact();
  assert.equal(t.filesPerLevel(), '0,0,1');
});

scenario('db_test: FilesDeletedAfterCompaction', (t) => {
  t.put('foo', 'v2');
  t.compact('a', 'z');
  const files = t.countFiles();
  for (let i = 0; i < 10; i++) {
    t.put('foo', 'v2');
    t.compact('a', 'z');
  }
  assert.equal(t.countFiles(), files);
});
