// What the trace page says: sentences, formulas and counts of real traces, held against the files themselves.

import assert from 'node:assert/strict';
import { cpSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { allowedSeeks } from '../../src/engine/compaction/limits';
import { Inspection } from '../../src/engine/db/inspection';
import { NodeReadableEnv } from '../../src/engine/env/node';
import { LogReader } from '../../src/engine/log/reader';
import type { TraceEvent } from '../../src/engine/trace/events';
import type { TraceRequest, WhatIf } from '../../src/worker/trace-api';
import { TraceSession } from '../../src/worker/trace-session';
import type { EventType } from '../../webview/protocol/trace-event';
import type { LevelFrame, TraceFrame } from '../../webview/protocol/trace-frame';
import { lossesText, openingText, soundText } from '../../webview/trace/compare-view';
import type { TraceContext } from '../../webview/trace/context';
import {
  amplificationFormula,
  keyText,
  kindOfFile,
  ratioText,
  scoreFormula,
} from '../../webview/trace/formulas';
import { highestOf } from '../../webview/trace/sections/levels';
import { frameSections } from '../../webview/trace/sections/sections';
import {
  choiceOf,
  nearestStop,
  parseThreshold,
  stopsOf,
  THRESHOLDS,
  whatIfOf,
} from '../../webview/trace/thresholds';
import { sentenceOf, tableRoleText } from '../../webview/trace/words';
import { byteSize } from '../../webview/ui/text';
import { entriesOf, flushedCopy } from '../engine/replay-harness';
import { sharedFixtures } from '../helpers/fixtures';
import { takeEvents } from './long-trace';
import { runJob, Traces } from './traces';
import { workAndReads } from './work-trace';

// Of the page, only its language is asked for.
Object.assign(globalThis, { document: { documentElement: { lang: 'en' } } });

const traces = new Traces();
after(() => traces.end());

function recorded(directory: string, request: TraceRequest, options: WhatIf = {}): TraceSession {
  const session = new TraceSession();
  runJob(session.jobs.record(directory, request, { ...options }));
  return session;
}

/** The frame after the nth event of a type. */
function frameAfter(session: TraceSession, type: EventType, nth = 0): TraceFrame {
  const row = session.events(nth, nth + 1, { types: [type] }).rows[0];
  assert.ok(row, `event ${nth} of type ${type}`);
  return session.frame(row.index + 1);
}

function copyOf(name: string): string {
  const directory = join(traces.folder, `words-${readdirSync(traces.folder).length}`);
  cpSync(join(sharedFixtures, name), directory, { recursive: true });
  return directory;
}

/** Of each level of what the MANIFEST names: tables, and their bytes as the file system has them. */
function levelsOnDisk(directory: string): { files: number; bytes: number }[] {
  const db = Inspection.open(new NodeReadableEnv(), directory);
  try {
    return db.version.levels.map((files) => {
      const names = files.map(({ number }) => db.tables.nameOf(number));
      const sizes = names.map((name) => statSync(join(directory, name)).size);
      return { files: files.length, bytes: sizes.reduce((sum, size) => sum + size, 0) };
    });
  } finally {
    db.close();
  }
}

test('every event of every kind of trace has a sentence of its own, without holes', () => {
  const seen = new Set<EventType>();
  for (const name of ['compaction', 'entries', 'auto', 'recovery', 'damaged', 'broken'] as const) {
    const { session } = traces.make(name);
    const { events } = session.summary();
    const step = Math.max(1, Math.floor(events / 1500));
    const wanted = new Set([0, events]);
    for (let k = 0; k <= events; k += step) wanted.add(k);
    for (const { index } of session.landmarks(['decision', 'edit', 'log', 'fault', 'output', 'error']).rows) {
      wanted.add(index + 1);
    }
    for (const k of wanted) {
      const frame = session.frame(k);
      const sentence = sentenceOf(frame);
      assert.doesNotMatch(
        sentence,
        /\{\d\}|undefined|NaN|\[object|\?|\s\s|\.\./,
        `${name} ${k}: ${sentence}`,
      );
      assert.match(sentence, /[.]$/, `${name} ${k}: ${sentence}`);
      if (!frame.event) continue;
      seen.add(frame.event.type);
      assert.notEqual(sentence, frame.event.text);
    }
    session.discard();
  }
  const types: EventType[] = ['open', 'manifest-edit', 'logs', 'log-dropped', 'flush-end', 'pick', 'move'];
  for (const type of [...types, 'entry-kept', 'entry-dropped', 'output-end', 'version', 'remove', 'error']) {
    assert.ok(seen.has(type as EventType), type);
  }
});

/** What a template says, without a page: its values one behind the other, without its tags. */
function textOf(value: unknown): string {
  if (typeof value === 'string' || typeof value === 'number') return `${value}`;
  if (Array.isArray(value)) return value.map(textOf).join('');
  if (typeof value !== 'object' || value === null || !('strings' in value)) {
    return typeof value === 'function' || typeof value === 'symbol' ? '' : `${value}`;
  }
  const { strings, values } = value as { strings: string[]; values: unknown[] };
  return strings
    .map((text, i) => text + textOf(values[i] ?? ''))
    .join('')
    .replace(/\s*<[^>]*>\s*/g, ' ');
}

/** A table of the last version is charged a seek, moves to the next level, and is charged one more there. */
function chargeMoveCharge(events: readonly TraceEvent[]): TraceEvent[] {
  const last = events.filter((event) => event.type === 'version').at(-1)!;
  const level = last.levels.findIndex((files, i) => i > 0 && files.length > 0);
  const [file, ...others] = last.levels[level]!;
  const { number, size } = file!;
  const allowed = allowedSeeks(Number(size));
  const charge = (at: number, left: number): TraceEvent => {
    return { type: 'seek-charge', table: number, level: at, left, by: 'get' };
  };
  const levels = last.levels.map((files, i) =>
    i === level ? others : i === level + 1 ? [file!, ...files] : files,
  );
  const edit = {
    compactPointers: [],
    deletedFiles: [{ level, number }],
    newFiles: [{ level: level + 1, file: file! }],
  };
  const before = events.filter((event) => event.type === 'seek-charge' && event.table === number).length;
  return [
    charge(level, allowed - before - 1),
    { ...last, edit, levels },
    charge(level + 1, allowed - 1),
    charge(level + 1, allowed - 2),
  ];
}

test('writes, stalls and seeks of a database at work have their sentences and sections', () => {
  const events = workAndReads();
  events.push(...chargeMoveCharge(events));
  const session = takeEvents(events);
  const context = { view: {}, goTo() {}, showTable() {}, openFile() {} } as unknown as TraceContext;
  const titles = [
    'Seeks charged to tables',
    'Writes held up',
    'The flush',
    'Inputs',
    'VersionEdit written last',
  ];
  const seen = new Set<string>();
  const types = new Set<EventType>();
  const charges = new Map<string, number>();
  for (const [i, event] of events.entries()) {
    if (event.type === 'seek-charge') charges.set(`${event.table}`, (charges.get(`${event.table}`) ?? 0) + 1);
    // A table that comes to another level has all its seeks again.
    if (event.type === 'version') {
      for (const { file } of event.edit.newFiles) charges.delete(`${file.number}`);
    }
    const isNew = !types.has(event.type);
    types.add(event.type);
    if (!isNew && i % 97 > 0 && event.type !== 'stall' && i < events.length - 4) continue;
    const frame = session.frame(i + 1);
    const text = textOf(frameSections(frame, context));
    for (const said of [sentenceOf(frame), text]) {
      assert.doesNotMatch(said, /\{\d\}|undefined|NaN|\[object|Infinity/, `${i}: ${said}`);
    }
    for (const title of titles) if (text.includes(title)) seen.add(title);
    for (const { number, charged, allowed, left } of frame.seeks.rows) {
      assert.equal(charged, charges.get(`${number}`), `charges of table ${number}`);
      assert.ok(text.includes(` ${allowed.toLocaleString('en')} `), `${allowed}`);
      assert.equal(left, allowed - charged);
    }
  }
  for (const type of ['memtable-switch', 'seek-charge', 'stall', 'flush-end', 'compaction-end'] as const) {
    assert.ok(types.has(type), type);
  }
  for (const title of titles) assert.ok(seen.has(title), title);
});

test('a decision by size is told with the files that are there, and the number that makes it due', () => {
  const directory = flushedCopy(join(sharedFixtures, 's-over'), traces.folder);
  const [level0] = levelsOnDisk(directory);
  assert.ok(level0!.files >= 4);
  const session = recorded(directory, { kind: 'compact-auto' });
  assert.equal(
    sentenceOf(frameAfter(session, 'pick')).split('. Its inputs')[0],
    `Level 0 has ${level0!.files} files; at 4 a compaction is due (${level0!.files} files / 4 = ` +
      `${(level0!.files / 4).toFixed(2)}), and no other level’s score is higher: so level 0 is compacted`,
  );
  session.discard();

  // With level 0 of no account, the size of level 1 on the disk decides.
  const other = recorded(
    directory,
    { kind: 'compact-auto' },
    { limits: { level0Files: 12, level1Bytes: 65536 } },
  );
  const [, level1] = levelsOnDisk(directory);
  const sentence = sentenceOf(frameAfter(other, 'pick'));
  const score = (level1!.bytes / 65536).toFixed(2);
  assert.ok(sentence.startsWith(`Level 1 has ${Math.round(level1!.bytes / 1024)} KB; at 64 KB`), sentence);
  assert.ok(sentence.includes(`/ 64 KB = ${score}), and no other`), sentence);
  other.discard();
});

test('scores and space of what opening finds are those of the files on the disk', () => {
  const directory = copyOf('s-rand');
  const onDisk = levelsOnDisk(directory);
  const session = recorded(directory, { kind: 'recover' });
  const frame = frameAfter(session, 'manifest-end');
  for (const [level, { files, bytes }] of onDisk.entries()) {
    const told = frame.levels[level]!;
    assert.deepEqual([told.files, told.bytes], [files, bytes]);
    const formula = scoreFormula(told);
    if (level === 6) assert.equal(formula, undefined);
    else if (level === 0) assert.equal(formula, `${files} files / 4 = ${(files / 4).toFixed(2)}`);
    else {
      const score = bytes / (10 * 1048576 * 10 ** (level - 1));
      assert.ok(formula!.endsWith(` = ${ratioText(score)}`), formula);
    }
  }
  assert.equal(
    frame.work.spaceBefore,
    onDisk.reduce((sum, { bytes }) => sum + bytes, 0),
  );
  // Before its end nothing is computed, and none is told.
  const before = frameAfter(session, 'manifest-edit', 3);
  assert.doesNotMatch(scoreFormula(before.levels[0]!)!, /=/);
  assert.equal(highestOf(before.levels), undefined);
  session.discard();
});

test('what a compaction kept and dropped is what a merge of its tables’ own entries gives', () => {
  const directory = flushedCopy(join(sharedFixtures, 's-over'), traces.folder);
  const known = entriesOf(directory);
  const session = recorded(directory, { kind: 'compact-auto' });
  const frame = frameAfter(session, 'compaction-end');
  // Until the edit is written nobody knows what is due then.
  const context = { view: {}, goTo() {}, showTable() {}, openFile() {} } as unknown as TraceContext;
  assert.match(textOf(frameSections(frame, context)), /What LevelDB would do next\s+First the edit of this/);
  assert.doesNotMatch(textOf(frameSections(session.frame(frame.at + 1), context)), /First the edit of this/);
  const { rows, total } = frame.compaction!.inputs;
  assert.equal(rows.length, total);
  const entries = rows.flatMap(({ number }) => known.get(number)!);
  const keys = new Set(entries.map(({ userKey }) => userKey));
  // Deeper than the outputs lie the tables of level 2 and below.
  const shadowed = entries.length - keys.size;
  const sentence = sentenceOf(frame);
  const count = (value: number) => value.toLocaleString('en');
  assert.ok(sentence.includes(`Of ${count(entries.length)} entries `), sentence);
  assert.ok(sentence.includes(` ${count(shadowed)} shadowed, `), sentence);
  const kept = Number(/entries ([\d,]+) kept/.exec(sentence)![1]!.replaceAll(',', ''));
  const dropped = Number(/, ([\d,]+) deletions? dropped/.exec(sentence)![1]!.replaceAll(',', ''));
  assert.equal(kept + shadowed + dropped, entries.length);
  // Block by block it comes to the same.
  const blocks = session.events(0, 1000, { types: ['input-block-end'] });
  const sums = { entries: 0, kept: 0, shadowed: 0, dropped: 0 };
  for (const { index } of blocks.rows) {
    if (index > frame.at) break;
    const told = sentenceOf(session.frame(index + 1));
    const numbers = /of its ([\d,]+) entr\w+ ([\d,]+) kept, ([\d,]+) shadowed, ([\d,]+) del/.exec(told);
    assert.ok(numbers, told);
    const [of, keeps, hides, drops] = numbers.slice(1).map((text) => Number(text.replaceAll(',', '')));
    sums.entries += of!;
    sums.kept += keeps!;
    sums.shadowed += hides!;
    sums.dropped += drops!;
  }
  assert.deepEqual(sums, { entries: entries.length, kept, shadowed, dropped });
  const newest = new Map<string, (typeof entries)[number]>();
  for (const entry of entries) {
    const other = newest.get(entry.userKey);
    if (!other || other.sequence < entry.sequence) newest.set(entry.userKey, entry);
  }
  const deletions = [...newest.values()].filter(({ isDeletion }) => isDeletion).length;
  assert.ok(dropped <= deletions);
  session.discard();
});

test('the write amplification is that of the files as they lie on the disk when it is applied', () => {
  const directory = copyOf('s-rand');
  const came = liveLogBytes(directory);
  assert.ok(came > 0);
  // The same logs made into tables for real, in the way of the tables that are there.
  const flushed = copyOf('s-rand');
  const recovery = recorded(flushed, { kind: 'recover' });
  runJob(recovery.jobs.apply('recover', {}));
  recovery.discard();
  const [before, after] = [levelsOnDisk(directory), levelsOnDisk(flushed)];
  const flushedBytes = after[0]!.bytes - before[0]!.bytes;
  const session = recorded(directory, { kind: 'compact-auto' });
  const end = session.frame(session.summary().events);
  assert.equal(end.work.compactions, 1, 'or its outputs are not those that stay');
  runJob(session.jobs.apply('compact', {}));
  const outputs = end.compaction!.outputs.rows.map(({ number }) => `${number}`.padStart(6, '0'));
  const written = outputs
    .map((name) => statSync(join(directory, `${name}.ldb`)).size)
    .reduce((sum, size) => sum + size, 0);
  assert.ok(written > 0);
  assert.equal(
    amplificationFormula(end.work),
    `(${byteSize(flushedBytes)} + ${byteSize(written)}) / ${byteSize(came)} = ${((flushedBytes + written) / came).toFixed(2)}`,
  );
  session.discard();

  const nothing = recorded(flushed, { kind: 'compact' });
  assert.equal(amplificationFormula(nothing.frame(nothing.summary().events).work), undefined);
  nothing.discard();
});

/** Bytes of all records in the logs that opening replays. */
function liveLogBytes(directory: string): number {
  const env = new NodeReadableEnv();
  const db = Inspection.open(env, directory);
  const { logNumber } = db.versions;
  db.close();
  const names = readdirSync(directory).filter(
    (name) => /^\d+\.log$/.test(name) && Number.parseInt(name, 10) >= logNumber,
  );
  return names.reduce((sum, name) => {
    const file = env.open(join(directory, name));
    const reader = new LogReader(file);
    let bytes = sum;
    while (reader.next()) bytes += reader.record.length;
    file.close();
    return bytes;
  }, 0);
}

test('damage in a log is told with its place and the bytes that are lost', () => {
  const { session } = traces.make('damaged');
  const frame = frameAfter(session, 'log-dropped');
  const [fault] = frame.faults.rows;
  const sentence = sentenceOf(frame);
  assert.ok(
    sentence.includes(`at offset ${fault!.offset} of ${fault!.file} are dropped: checksum mismatch.`),
    sentence,
  );
  assert.match(sentence, /Without paranoid_checks recovery goes on behind them; what they held is lost\.$/);
  const { directory } = session.summary().source as { directory: string };
  const comparison = runJob(session.jobs.compare(directory, {}));
  const { lenient, paranoid, salvageable } = comparison;
  assert.match(
    soundText(comparison),
    new RegExp(`replayed, ${salvageable!.entries.toLocaleString('en')} keys`),
  );
  assert.equal(openingText(lenient), 'succeeds, with losses');
  assert.equal(openingText(paranoid), 'fails: Corruption: checksum mismatch');
  const before = paranoid.failedAt!;
  assert.equal(before.event!.index, paranoid.failure!.event - 1);
  // Told by the page, in its reader's language, and not by the engine.
  assert.notEqual(sentenceOf(before), before.event!.text);
  assert.match(
    lossesText(paranoid),
    /^[\d,]+ keys are gone: of a database that is not opened nothing is read$/,
  );
  const none = { gone: 0, older: 0, back: 0 };
  assert.match(lossesText({ ...lenient, losses: none }), /cannot be told/);
  assert.equal(
    lossesText({ ...lenient, losses: { gone: 1, older: 2, back: 1 } }),
    '1 key is gone, 2 keys have an older value, 1 deleted key is back',
  );
  assert.equal(lossesText({ ...lenient, losses: none, faults: { rows: [], total: 0 } }), 'nothing');
  session.discard();
});

test('a recovery that fails says what ended it and where', () => {
  const { session } = traces.make('broken');
  const frame = session.frame(session.summary().events);
  const { file, offset } = frame.error!;
  assert.equal(
    sentenceOf(frame),
    `This ends what was under way: Corruption: checksum mismatch. It was met in ${file}, at offset ${offset}.`,
  );
  session.discard();
});

test('an entry is told with its key, its sequence and what hides it', () => {
  const { session } = traces.make('entries');
  for (const type of ['entry-kept', 'entry-dropped'] as const) {
    const { rows } = session.events(0, 300, { types: [type] });
    assert.ok(rows.length > 10);
    for (const { index } of rows) {
      const { key, by } = JSON.parse(session.eventJson(index));
      const sentence = sentenceOf(session.frame(index + 1));
      assert.ok(sentence.startsWith(`"${key.userKey}" at sequence ${key.sequence} is `), sentence);
      if (by) assert.ok(sentence.endsWith(`The newer version has sequence ${by}.`), sentence);
    }
  }
  session.discard();
});

test('a ratio is never told as 0, or as due, when it is not', () => {
  assert.equal(ratioText(0), '0');
  assert.equal(ratioText(1), '1.00');
  assert.equal(ratioText(1.254), '1.25');
  assert.equal(ratioText(0.9964), '0.996');
  assert.equal(ratioText(0.99999), '0.99999');
  assert.equal(ratioText(0.0023), '0.002');
  assert.equal(ratioText(1e-9), '1e-9');
  for (let i = 1; i < 2000; i++) {
    const value = i / 1999.5;
    assert.ok(Number(ratioText(value)) < 1, `${value}`);
    assert.ok(Number(ratioText(value)) > 0, `${value}`);
  }
});

test('the highest score from 1 on is marked, on a tie that of the lower level', () => {
  const level = (index: number, score: number | undefined): LevelFrame => {
    return {
      level: index,
      files: 1,
      bytes: 1,
      by: 'bytes',
      limit: 1,
      score,
      pointer: undefined,
      pointerPlace: undefined,
    };
  };
  assert.equal(highestOf([level(0, 0.9), level(1, 0.99)]), undefined);
  assert.equal(highestOf([level(0, 1), level(1, 2), level(2, 2)]), 1);
  assert.equal(highestOf([level(0, undefined), level(1, undefined)]), undefined);
});

test('keys, names of files and roles of tables', () => {
  assert.equal(keyText(new TextEncoder().encode('a\\\n')), '"a\\x5c\\x0a"');
  assert.equal(keyText(new Uint8Array(100).fill(0x61)), `"${'a'.repeat(48)}…"`);
  const kinds = ['CURRENT', 'MANIFEST-000004', '000003.log', '000005.ldb', '000005.sst', 'LOCK'].map(
    kindOfFile,
  );
  assert.deepEqual(kinds, ['current', 'manifest', 'log', 'table', 'table', 'other']);
  const roles = ['first', 'overlapping', 'boundary', 'expanded', 'next level', 'in range'] as const;
  const texts = [...roles, 'grandparent' as const, 'output' as const, undefined].map(tableRoleText);
  assert.equal(new Set(texts).size, texts.length);
  assert.ok(texts[0]!.startsWith('input: '));
});

test('sliders reach LevelDB’s own numbers, and a what-if has only what differs from them', () => {
  for (const threshold of THRESHOLDS) {
    const stops = stopsOf(threshold);
    assert.equal(stops[nearestStop(stops, threshold.own)], threshold.own, threshold.id);
    assert.equal(stops[0], threshold.least);
    assert.equal(stops.at(-1), threshold.most);
    assert.ok(stops.every((stop, i) => i === 0 || stop > stops[i - 1]!));
    assert.ok(stops.every((stop) => Number.isInteger(threshold.isBytes ? stop / 1024 : stop)));
    const unit = threshold.isBytes ? 1024 : 1;
    assert.deepEqual(parseThreshold(threshold, `${threshold.most / unit}`), { value: threshold.most });
    for (const wrong of [
      '',
      'x',
      '-1',
      '1.5',
      `${threshold.most / unit + 1}`,
      `${threshold.least / unit - 1}`,
    ]) {
      assert.ok('error' in parseThreshold(threshold, wrong), wrong);
    }
  }
  assert.deepEqual(parseThreshold(THRESHOLDS[1]!, '10,240'), { value: 10 * 1048576 });

  const session = recorded(copyOf('s-rand'), { kind: 'recover' });
  const { options } = session.summary();
  const own = choiceOf({}, options);
  assert.deepEqual(whatIfOf(own, {}), {}, 'what the engine records by itself is LevelDB’s own');
  const asked: WhatIf = {
    limits: { level0Files: 2, maxFlushLevel: 1 },
    writeBufferSize: 65536,
    paranoid: true,
  };
  assert.deepEqual(whatIfOf(choiceOf(asked, options), asked), asked);
  const back = { ...choiceOf(asked, options), values: own.values, paranoid: false };
  assert.deepEqual(whatIfOf(back, asked), { limits: { maxFlushLevel: 1 } });
  assert.deepEqual(whatIfOf({ ...own, isByEntries: true }, {}), { grain: 'entries' });
  session.discard();
});
