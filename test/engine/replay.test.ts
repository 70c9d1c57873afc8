// The replay of a trace: the same picture by every way to a place in it, held against what stands on the disk.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { encodeInternalKey } from '../../src/engine/keys/internal-key';
import { emptyVersionEdit, type FileMetaData } from '../../src/engine/manifest/version-edit';
import type { EventOf, TraceEvent } from '../../src/engine/trace/events';
import { dueNext } from '../../src/engine/trace/replay/due';
import { countsOf } from '../../src/engine/trace/replay/progress';
import { CHECKPOINT_EVENTS, Replay } from '../../src/engine/trace/replay/replay';
import { sharedFixtures } from '../helpers/fixtures';
import {
  entriesOf,
  flushedCopy,
  type ReadEntry,
  type Recorded,
  recordOn,
  recordWorkload,
} from './replay-harness';

const folder = mkdtempSync(join(tmpdir(), 'lsm-replay-'));
after(() => rmSync(folder, { recursive: true }));

const over = join(sharedFixtures, 's-over');
const rand = join(sharedFixtures, 's-rand');

const traces: [string, () => Recorded][] = [
  ['recovery of s-over', () => recordOn(over, 'recover')],
  ['compaction of s-over', () => recordOn(over, 'compact')],
  ['compaction of s-rand', () => recordOn(rand, 'compact')],
  [
    'what s-rand would do by itself with lower limits',
    () => recordOn(rand, 'auto', { limits: { level0Files: 1, level1Bytes: 1 << 18 } }),
  ],
  ['a workload', () => recordWorkload('files')],
  ['a workload, entry by entry', () => recordWorkload('entries')],
];

/** Some places in order: all of a short trace, and those around checkpoints and decisions of a long one. */
function places(events: readonly TraceEvent[]): number[] {
  const all = Array.from({ length: events.length + 1 }, (_, k) => k);
  if (all.length <= 4000) return all;
  const step = Math.ceil(all.length / 1500);
  return all.filter((k) => k % step === 0 || k % CHECKPOINT_EVENTS <= 1 || k === events.length);
}

for (const [name, record] of traces) {
  test(`${name}: every way to a place gives the same picture, and the last one is what stands on the disk`, () => {
    const { events, levels, sizes } = record();
    const replay = new Replay(events);
    const wanted = places(events);
    const straight = replay.newState();
    const pictures = new Map(
      wanted.map((k) => {
        while (straight.events < k) straight.apply(events[straight.events]);
        return [k, straight.clone()] as const;
      }),
    );
    for (const k of wanted) assert.deepEqual(replay.at(k), pictures.get(k), `forward to ${k}`);
    for (const k of [...wanted].reverse()) assert.deepEqual(replay.at(k), pictures.get(k), `back to ${k}`);
    const few = wanted.filter((_, i) => i % 37 === 0);
    for (const k of few) {
      replay.at(Math.min(k + 100, events.length));
      assert.deepEqual(replay.at(k), pictures.get(k), `forward and back to ${k}`);
    }

    const { versionId, scores, options } = replay.at(events.length);
    const { tables } = replay.index;
    const lives = tables.at(versionId);
    for (const [level, files] of levels.entries()) {
      const mine = lives.filter((life) => life.level === level).map(({ file }) => outline(file));
      assert.deepEqual(mine.sort(byNumber), files.map(outline).sort(byNumber), `level ${level}`);
      const bytes = files.reduce((sum, { number }) => sum + sizes.get(number)!, 0);
      assert.equal(tables.bytesOf(versionId, level), bytes, `bytes of level ${level}`);
      assert.equal(tables.filesOf(versionId, level), files.length);
      if (level === 6) continue;
      const { level0Files, level1Bytes } = options!.limits;
      const score = level === 0 ? files.length / level0Files : bytes / (level1Bytes * 10 ** (level - 1));
      assert.ok(Math.abs(scores![level] - score) < 1e-9, `score of level ${level}`);
    }
    const best = Math.max(...scores!);
    if (best >= 1) assert.equal(dueNext(replay.at(events.length))?.why, 'size');
  });
}

function outline({ number, size, smallest, largest }: FileMetaData) {
  return { number, size, smallest: [...smallest], largest: [...largest] };
}

function byNumber(a: { number: number | bigint }, b: { number: number | bigint }): number {
  return Number(a.number) - Number(b.number);
}

for (const original of [over, rand]) {
  for (const traceGrain of ['files', 'entries'] as const) {
    const name = original.split(/[\\/]/).pop();
    test(`${name} (${traceGrain}): what became of each block's entries is what reading the tables gives`, () => {
      const directory = flushedCopy(original, folder);
      const { events } = recordOn(directory, 'compact', { traceGrain });
      const replay = new Replay(events);
      const { index } = replay;
      const known = entriesOf(directory);
      let checked = 0;
      for (const pick of index.range('pick', 0, events.length)) {
        const end = [...index.range('compaction-end', pick, events.length, 1)][0];
        if (end === undefined) continue;
        const { inputs } = events[pick] as EventOf<'pick'>;
        const total = { entries: 0, kept: 0, shadowed: 0, deletions: 0 };
        for (const { number } of inputs.flat()) {
          const counts = index.trackOf(number)!.counts(pick, end);
          for (const field of ['entries', 'kept', 'shadowed', 'deletions'] as const)
            total[field] += counts[field];
          assert.equal(counts.kept + counts.shadowed + counts.deletions, counts.entries);
          if (known.has(number)) assert.equal(counts.entries, known.get(number)!.length, `table ${number}`);
        }
        assert.deepEqual(countsOf(replay.at(end + 1).compaction!), total);
        if (!inputs.flat().every(({ number }) => known.has(number))) continue;
        checked++;
        const hidden = shadowedIn(inputs.flat().map(({ number }) => [number, known.get(number)!]));
        for (const [number, shadowed] of hidden) {
          assert.equal(index.trackOf(number)!.counts(pick, end).shadowed, shadowed, `table ${number}`);
        }
        if (traceGrain === 'entries') {
          const hiddenBy = shadowedInOrder(inputs.flat().flatMap(({ number }) => known.get(number)!));
          for (let k = pick + 1; k <= end; k += 7) {
            const { entries, shadowed } = countsOf(replay.at(k).compaction!);
            assert.equal(shadowed, hiddenBy[entries], `shadowed among the first ${entries} entries`);
          }
          for (const { number } of inputs.flat()) {
            const told = index.trackOf(number)!.entryEvents('input');
            assert.equal(told.length, known.get(number)!.length);
          }
        }
      }
      assert.ok(checked > 0, 'a compaction of tables that were there before');
    });
  }
}

/** For each table how many of its entries a newer one of the same key hides, with no snapshot held. */
function shadowedIn(tables: [number | bigint, ReadEntry[]][]): Map<number | bigint, number> {
  const newest = new Map<string, number | bigint>();
  for (const [, entries] of tables) {
    for (const { userKey, sequence } of entries) {
      const seen = newest.get(userKey);
      if (seen === undefined || seen < sequence) newest.set(userKey, sequence);
    }
  }
  return new Map(
    tables.map(([number, entries]) => [
      number,
      entries.filter(({ userKey, sequence }) => newest.get(userKey) !== sequence).length,
    ]),
  );
}

/** How many of the first n entries of a merge a newer one of the same key hides, for each n. */
function shadowedInOrder(entries: readonly ReadEntry[]): number[] {
  const merged = [...entries].sort((a, b) =>
    a.userKey === b.userKey ? Number(b.sequence) - Number(a.sequence) : a.userKey < b.userKey ? -1 : 1,
  );
  const counts = [0];
  for (const [i, { userKey }] of merged.entries()) {
    counts.push(counts[i] + (i > 0 && merged[i - 1].userKey === userKey ? 1 : 0));
  }
  return counts;
}

function file(number: number): FileMetaData {
  const key = new TextEncoder().encode(`k${String(number).padStart(6, '0')}`);
  return {
    number,
    size: 1000 + number,
    smallest: encodeInternalKey(key, 9, 1),
    largest: encodeInternalKey(key, 1, 1),
  };
}

/** Opening with 5,000 tables in level 1; then edits and blocks. The versions' lists throw if somebody reads them. */
function* longTrace(length: number): Generator<TraceEvent> {
  const files = Array.from({ length: 5000 }, (_, i) => file(i + 10));
  const levels: FileMetaData[][] = [[], files, [], [], [], [], []];
  const scores = [0, 0, 0, 0, 0, 0];
  const [open] = recordOn(over, 'recover').events;
  yield open;
  const counters = { nextFileNumber: 6000, logNumber: 3, prevLogNumber: 0, lastSequence: 9 };
  const manifest = 'MANIFEST-000001';
  yield { type: 'manifest-end', manifest, edits: 1, ...counters, levels, scores, reused: false };
  const untouchable = new Proxy([] as FileMetaData[][], {
    get() {
      throw new Error('the list of all tables was read');
    },
  });
  for (let i = 2; i < length; i++) {
    if (i % 100 === 0) {
      const edit = emptyVersionEdit();
      edit.newFiles.push({ level: 0, file: file(10_000 + i) });
      if (i > 100) edit.deletedFiles.push({ level: 0, number: 10_000 + i - 100 });
      yield { type: 'version', edit, levels: untouchable, scores, manifest, newManifest: i === 100 };
    } else yield { type: 'input-block', table: 10 + (i % 5000), level: 1, offset: i * 10, bytes: 10 };
  }
}

test('a trace of a million events: a jump applies no more than a checkpoint is long, and no event reads all tables', () => {
  const length = 1_000_000;
  const replay = new Replay(longTrace(length));
  assert.equal(replay.length, length);
  assert.equal(replay.applied, 0);
  const { tables } = replay.index;
  let place = 17;
  for (let i = 0; i < 200; i++) {
    place = (place * 48271) % 2147483647;
    const k = place % (length + 1);
    const before = replay.applied;
    const { versionId, events } = replay.at(k);
    assert.equal(events, k);
    assert.ok(replay.applied - before <= CHECKPOINT_EVENTS, `${replay.applied - before} events for ${k}`);
    if (k < 200) continue;
    assert.equal(tables.filesOf(versionId, 0), 1);
    assert.equal(tables.filesOf(versionId, 1), 5000);
    const next = replay.applied;
    replay.at(Math.min(length, k + 1));
    assert.ok(replay.applied - next <= 1);
  }
  const { versionId } = replay.at(length);
  const level0 = tables.at(versionId).filter(({ level }) => level === 0);
  assert.deepEqual(
    level0.map(({ file: { number } }) => number),
    [10_000 + length - 100],
  );
});

test('another opening begins a new picture, and tables whose seeks are used up are due by version', () => {
  const { events } = recordOn(over, 'recover');
  const replay = new Replay([...events, ...events]);
  assert.deepEqual(shapeOf(replay, 2 * events.length), shapeOf(replay, events.length));
  assert.equal(replay.at(events.length + 1).phase, 'recovery');
  assert.equal(replay.index.tables.at(replay.at(events.length + 1).versionId).length, 0);

  const [{ level, file: table }] = replay.index.tables.at(replay.at(2 * events.length).versionId);
  const charge = { type: 'seek-charge', table: table.number, level, by: 'get' } as const;
  replay.append({ ...charge, table: 999_999, left: 0 });
  assert.equal(replay.at(replay.length).seekDue, undefined, 'of a version that has passed');
  replay.append({ ...charge, left: 1 });
  assert.equal(replay.at(replay.length).seekDue, undefined);
  replay.append({ ...charge, left: 0 });
  assert.deepEqual(replay.at(replay.length).seekDue, { level, table: table.number });
});

function shapeOf(replay: Replay, k: number) {
  const { versionId, manifest, counters, scores, phase, memtable, work } = replay.at(k);
  const files = replay.index.tables.at(versionId).map(({ level, file: { number } }) => `${level}/${number}`);
  return structuredClone({ manifest, counters, scores, phase, memtable, work, files });
}
