// What `lsm compact`, `recover` and `create` say against C++ LevelDB doing it to a copy, and against counts that are made
// in another way.

import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { parseTrace } from '../../src/engine/trace/trace-file';
import { fixture, sharedFixtures } from '../helpers/fixtures';
import { Peer, type PeerOptions } from '../helpers/leveldb';
import { copyWritable } from './copy';
import { jsonLines, lsm } from './run';

const root = mkdtempSync(join(tmpdir(), 'lsm-dry-runs-'));
after(() => rmSync(root, { recursive: true, force: true }));
let copies = 0;

interface InternalKey {
  userKey: string;
  sequence: number;
  type: string;
}
interface TableFile {
  number: number;
  size: number;
  smallest: InternalKey;
  largest: InternalKey;
}
interface Level {
  level: number;
  score: number;
  bytes: number;
  files: TableFile[];
}
interface CompactionRow {
  reason: string;
  level: number;
  inputs: [number[], number[]];
  outputs: number[];
  moved: boolean;
  bytesRead: number;
  bytesWritten: number;
  entriesKept: number;
  entriesDropped: number;
}
interface Compacted {
  bytesRead: number;
  bytesWritten: number;
  entriesKept: number;
  entriesDropped: number;
  levelsBefore: Level[];
  levelsAfter: Level[];
  recovered: { logsReplayed: number; tables: { number: number }[] };
  compactions: CompactionRow[];
  filesCreated: string[];
  filesReplaced: string[];
  filesDeleted: string[];
}
interface Recovered {
  ok: boolean;
  error: string | null;
  steps: { type: string }[];
  lastSequence: number;
  logsReplayed: number;
  bytesDropped: number;
  filesCreated: string[];
  filesReplaced: string[];
  filesDeleted: string[];
}
interface Info {
  lastSequence: number;
  levels: Level[];
}

function document<Document>(...args: string[]): Document {
  const { stdout, stderr, status } = lsm(...args, '--json');
  assert.deepEqual([stderr, status], ['', 0], args.join(' '));
  return JSON.parse(stdout) as Document;
}

function copyOf(directory: string): string {
  const copy = join(root, `copy${++copies}`);
  copyWritable(directory, copy);
  return copy;
}

const FIRST = Buffer.from('');
const LAST = Buffer.from('\xff\xff\xff\xff', 'latin1');
const isData = (name: string) => !/^(LOCK|LOG|LOG\.old)$/.test(name);
const dataFiles = (directory: string) => readdirSync(directory).filter(isData).sort();

/** Without numbers and sizes: C++ LevelDB compresses a little differently and names its files in its own order. */
function shapeOf(levels: readonly Level[]) {
  return levels.map(({ files }) => files.map(({ smallest, largest }) => ({ smallest, largest })));
}

const databases: [directory: string, options: PeerOptions][] = [
  ...['s-over', 's-seq', 's-compact', 's-stale', 'chrome-local-storage'].map(
    (name): [string, PeerOptions] => [join(sharedFixtures, name), {}],
  ),
  [join(sharedFixtures, 's-rand'), { compression: false }],
];

for (const [directory, options] of databases) {
  const name = directory.split(/[\\/]/).pop();

  test(`compact ${name}: the levels afterwards are those of C++ LevelDB's CompactRange`, async () => {
    const planned = document<Compacted>('compact', directory);
    const before = document<Info>('info', directory);
    assert.deepEqual(planned.levelsBefore, before.levels);
    const copy = copyOf(directory);
    const peer = await Peer.open(copy, options);
    await peer.compactRange(FIRST, LAST);
    await peer.close();
    const done = document<Info>('info', copy);
    assert.deepEqual(shapeOf(planned.levelsAfter), shapeOf(done.levels));
  });

  test(`compact ${name}: what is kept and dropped adds up to what the tables hold`, () => {
    const trace = join(root, 'trace');
    const planned = document<Compacted>('compact', directory, '--trace', trace, '--trace-entries');
    const { events } = parseTrace(readFileSync(trace, 'utf8'));
    // Tables of the database are counted by what a scan finds in them, the others when they were written.
    const counts = new Map<number, number>();
    for (const { file } of jsonLines<{ file: string }>(
      lsm('scan', directory, '--internal', '--json').stdout,
    )) {
      const number = Number.parseInt(file, 10);
      counts.set(number, (counts.get(number) ?? 0) + 1);
    }
    for (const event of events) {
      if (event.type === 'output-end' || event.type === 'flush-begin') {
        counts.set(Number(event.table), event.entries);
      }
    }
    const entriesOf = (number: number) => counts.get(number) ?? Number.NaN;
    for (const row of planned.compactions.filter(({ moved }) => !moved)) {
      const inputs = row.inputs.flat().reduce((sum, number) => sum + entriesOf(number), 0);
      assert.equal(row.entriesKept + row.entriesDropped, inputs);
      const outputs = row.outputs.reduce((sum, number) => sum + entriesOf(number), 0);
      assert.equal(row.entriesKept, outputs);
    }
    for (const field of ['bytesRead', 'bytesWritten', 'entriesKept', 'entriesDropped'] as const) {
      assert.equal(
        planned[field],
        planned.compactions.reduce((sum, row) => sum + row[field], 0),
        field,
      );
    }
    const kinds = (type: string) => events.filter((event) => event.type === type).length;
    assert.equal(kinds('entry-kept'), planned.entriesKept);
    assert.equal(kinds('entry-dropped'), planned.entriesDropped);
    // Everything live is in the tables now, once.
    const live = document<{ entries: number }>('scan', directory, '--count').entries;
    const held = planned.levelsAfter.flatMap(({ files }) => files);
    const entries = held.reduce((sum, { number }) => sum + entriesOf(number), 0);
    assert.equal(entries, live);
    rmSync(trace);
  });
}

for (const [directory, options] of [
  ...databases,
  ...['goleveldb', 'goleveldb-first'].map((name): [string, PeerOptions] => [fixture(name), {}]),
]) {
  const name = directory.split(/[\\/]/).pop();

  test(`recover ${name}: the files that C++ LevelDB creates and deletes when it opens a copy`, async () => {
    const planned = document<Recovered>('recover', directory);
    assert.equal(planned.ok, true);
    const copy = copyOf(directory);
    const before = dataFiles(copy);
    const peer = await Peer.open(copy, options);
    // A compaction that is due begins at once: where one is, what it made and removed is taken out.
    await peer.close();
    const behind = dataFiles(copy);
    const compacted = document<Compacted>('compact', directory, '--auto').compactions.length > 0;
    const created = behind.filter((file) => !before.includes(file));
    const deleted = before.filter((file) => !behind.includes(file));
    if (compacted) {
      // Closing stops a compaction at any point.
      for (const file of planned.filesCreated)
        assert.ok(created.includes(file) || file.endsWith('.ldb'), file);
      for (const file of planned.filesDeleted) assert.ok(deleted.includes(file), file);
    } else {
      assert.deepEqual([planned.filesCreated, planned.filesDeleted], [created, deleted]);
    }
    const info = document<Info>('info', copy);
    assert.equal(planned.lastSequence, info.lastSequence);
  });
}

test('compact takes both ends of a range in', async () => {
  const directory = join(root, 'ranges');
  const peer = await Peer.open(directory, { createIfMissing: true, writeBufferSize: 65536 });
  const letters = 'abcdefghij';
  for (const letter of letters) {
    await peer.put(Buffer.from(letter), Buffer.alloc(40_000, letter));
    await peer.put(Buffer.from(`${letter}z`), Buffer.alloc(40_000, letter));
  }
  await peer.close();
  const all = document<Info>('info', directory).levels;
  assert.ok(all.some(({ files }) => files.length > 1));
  const recoveredOnly = document<Compacted>('compact', directory, '--from', 'zz', '--to', 'zzz');
  assert.deepEqual(recoveredOnly.compactions, []);
  for (const { level, files } of all.filter(({ level }) => level < 6)) {
    for (const { number, smallest, largest } of files.slice(0, 2)) {
      for (const end of [smallest.userKey, largest.userKey]) {
        const rows = document<Compacted>(
          'compact',
          directory,
          '--level',
          `${level}`,
          '--from',
          end,
          '--to',
          end,
        );
        const inputs = rows.compactions.flatMap((row) => row.inputs.flat());
        assert.ok(inputs.includes(number), `${number} is not compacted for ${end}`);
      }
    }
  }
});

test('compact --auto is what C++ LevelDB does by itself', async () => {
  const directory = join(sharedFixtures, 's-over');
  const planned = document<Compacted>('compact', directory, '--auto');
  assert.deepEqual(
    planned.compactions.map(({ reason, level }) => [reason, level]),
    [['size', 0]],
  );
  const copy = copyOf(directory);
  const peer = await Peer.open(copy);
  for (let rest = 100; rest > 0; rest--) {
    await new Promise((done) => setTimeout(done, 50));
    if ((await peer.property('leveldb.num-files-at-level0')) === '0') break;
  }
  await peer.close();
  assert.deepEqual(shapeOf(planned.levelsAfter), shapeOf(document<Info>('info', copy).levels));
});

test('what rewrites keeps the ways of the tables unless told otherwise', () => {
  const made = join(root, 'ways');
  document(
    'create',
    made,
    '--workload',
    'overwrite',
    '--num',
    '20000',
    '--write-buffer-size',
    '65536',
    ...[
      '--block-size',
      '2048',
      '--block-restart-interval',
      '8',
      '--compression',
      'none',
      '--bloom-bits',
      '12',
    ],
  );
  const options = (...args: string[]) => {
    const trace = join(root, 'ways.trace');
    document('compact', made, '--trace', trace, ...args);
    return parseTrace(readFileSync(trace, 'utf8')).header.options;
  };
  const kept = options();
  assert.equal(kept.blockSize, 2048);
  assert.equal(kept.blockRestartInterval, 8);
  assert.equal(kept.compression, 'none');
  assert.equal(kept.filterPolicy, 'leveldb.BuiltinBloomFilter2');
  const told = options('--block-size', '8192', '--compression', 'snappy', '--bloom-bits', '0');
  assert.deepEqual([told.blockSize, told.compression, told.filterPolicy], [8192, 'snappy', undefined]);
});

test('recover fails where LevelDB does, with its words and the steps up to there', async () => {
  const cases: [name: string, spoil: (directory: string) => void, error: RegExp, peer: RegExp][] = [
    [
      'a missing table',
      (directory) => rmSync(join(directory, '000311.ldb')),
      /^Corruption: 1 missing files; e\.g\.: .*000311\.ldb$/,
      /1 missing files; e\.g\.: .*000311\.(ldb|sst)/,
    ],
    [
      'CURRENT without its newline',
      (directory) => writeFileSync(join(directory, 'CURRENT'), 'MANIFEST-000002'),
      /^Corruption: CURRENT file does not end with newline$/,
      /CURRENT file does not end with newline/,
    ],
    [
      'CURRENT that leads nowhere',
      (directory) => writeFileSync(join(directory, 'CURRENT'), 'MANIFEST-000009\n'),
      /^Corruption: CURRENT points to a non-existent file: NotFound: .*MANIFEST-000009: No such file or directory$/,
      /MANIFEST-000009: No such file or directory/,
    ],
    [
      'a damaged MANIFEST',
      (directory) => {
        const path = join(directory, 'MANIFEST-000002');
        const bytes = readFileSync(path);
        bytes[10] ^= 0xff;
        writeFileSync(path, bytes);
      },
      /^Corruption: checksum mismatch$/,
      /checksum mismatch/,
    ],
  ];
  for (const [name, spoil, error, peerError] of cases) {
    const directory = copyOf(join(sharedFixtures, 's-over'));
    spoil(directory);
    const { status, stdout, stderr } = lsm('recover', directory, '--json');
    assert.equal(status, 1, name);
    const planned = JSON.parse(stdout) as Recovered;
    assert.equal(planned.ok, false);
    assert.match(planned.error ?? '', error);
    assert.ok(stderr.includes(planned.error ?? '?') && /^lsm: [^\n]+\n$/.test(stderr), stderr);
    assert.equal(planned.steps[0].type, 'open');
    assert.equal(planned.steps.at(-1)?.type, 'error');
    await assert.rejects(Peer.open(directory), peerError, name);
  }
});

test('recover --paranoid fails at a damaged log that is passed by otherwise', () => {
  const directory = copyOf(join(sharedFixtures, 's-over'));
  const path = join(directory, '000327.log');
  const bytes = readFileSync(path);
  bytes[200] ^= 0xff;
  writeFileSync(path, bytes);
  const lenient = document<Recovered>('recover', directory);
  assert.ok(lenient.ok && lenient.bytesDropped > 0);
  const { status, stdout, stderr } = lsm('recover', directory, '--paranoid', '--json');
  assert.equal(status, 1);
  const paranoid = JSON.parse(stdout) as Recovered;
  assert.equal(paranoid.error, 'Corruption: checksum mismatch');
  assert.match(stderr, /^lsm: 000327\.log@\d+: Corruption: checksum mismatch\n$/);
});

for (const workload of ['sequential', 'random', 'overwrite', 'delete', 'zipfian']) {
  test(`create ${workload}: C++ LevelDB reads what was written, and a seed makes it again`, async () => {
    const directory = join(root, `made-${workload}`);
    const options = ['--workload', workload, '--num', '6000', '--write-buffer-size', '65536', '--seed', '7'];
    const made = document<Info & { operations: number; puts: number; deletions: number }>(
      'create',
      directory,
      ...options,
    );
    assert.equal(made.operations, 6000);
    assert.equal(made.puts + made.deletions, 6000);
    assert.equal(made.lastSequence, 6000);
    assert.deepEqual(document<{ ok: boolean }>('verify', directory).ok, true);
    assert.deepEqual(document<Info>('info', directory).levels, made.levels);
    const digest = document('scan', directory, '--count');
    if (workload === 'delete') {
      const again = join(root, `again-${workload}`);
      document('create', again, ...options);
      for (const name of dataFiles(directory)) {
        assert.ok(readFileSync(join(directory, name)).equals(readFileSync(join(again, name))), name);
      }
    }
    const peer = await Peer.open(directory);
    assert.deepEqual(await peer.digest(), digest);
    await peer.compactRange(FIRST, LAST);
    assert.deepEqual(await peer.digest(), digest);
    await peer.close();
  });
}

test('create writes into nothing that is there', () => {
  for (const directory of [join(sharedFixtures, 's-over'), copyOf(join(sharedFixtures, 's-compact'))]) {
    const { status, stderr } = lsm('create', directory, '--workload', 'random', '--num', '1');
    assert.equal(status, 2);
    assert.match(stderr, /^lsm: .*: the folder is not empty\n$/);
  }
  const { status } = lsm('create', join(root, 'none', 'below'), '--workload', 'random', '--num', '1');
  assert.equal(status, 2);
  assert.ok(!existsSync(join(root, 'none')));
});

test('a trace tells the whole tree: it is drawn again from its events alone', () => {
  for (const [directory] of databases) {
    const trace = join(root, 'tree.trace');
    const planned = document<Compacted>('compact', directory, '--trace', trace);
    const { header, events } = parseTrace(readFileSync(trace, 'utf8'));
    assert.equal(header.dryRun, true);
    assert.equal(header.database?.manifest, header.database?.current);
    let levels: number[][] | undefined;
    for (const event of events) {
      if (event.type === 'manifest-end')
        levels = event.levels.map((files) => files.map(({ number }) => Number(number)));
      if (event.type !== 'version' || !levels) continue;
      for (const { level, number } of event.edit.deletedFiles) {
        assert.ok(levels[level].includes(Number(number)), 'an input is there before');
        levels[level] = levels[level].filter((other) => other !== number);
      }
      for (const { level, file } of event.edit.newFiles) levels[level].push(Number(file.number));
      const told = event.levels.map((files) => files.map(({ number }) => Number(number)).sort());
      assert.deepEqual(
        levels.map((numbers) => [...numbers].sort()),
        told,
      );
    }
    assert.deepEqual(
      levels?.map((numbers) => [...numbers].sort()),
      planned.levelsAfter.map(({ files }) => files.map(({ number }) => number).sort()),
    );
    assert.equal(jsonLines(readFileSync(trace, 'utf8')).length, events.length + 1);
  }
});
