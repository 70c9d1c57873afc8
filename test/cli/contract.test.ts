// What scripts rely on: the fields of each command's JSON, the exit statuses and the form of messages.

import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fixture, sharedFixtures } from '../helpers/fixtures';
import { copyWritable } from './copy';
import { writeLog, writeManifest } from './craft';
import { jsonLines, lsm } from './run';
import { assertShape, type Shape } from './shape';

const folder = mkdtempSync(join(tmpdir(), 'lsm-contract-'));
after(() => rmSync(folder, { recursive: true, force: true }));

const shared = (...parts: string[]) => join(sharedFixtures, ...parts);

const key: Shape = { userKey: 'string', sequence: 'integer', type: 'string' };
const file: Shape = { number: 'integer', size: 'integer', smallest: key, largest: key };
const levels: Shape = [{ level: 'integer', score: 'number', bytes: 'integer', files: [file] }];
const problem: Shape = {
  severity: 'string',
  file: 'string',
  offset: 'integer?',
  length: 'integer?',
  code: 'string',
  message: 'string',
};
const info: Shape = {
  engine: 'string',
  comparator: 'string',
  manifest: 'string',
  logNumber: 'integer',
  prevLogNumber: 'integer',
  nextFileNumber: 'integer',
  lastSequence: 'integer',
  levels,
  logs: [{ number: 'integer', size: 'integer', live: 'boolean' }],
  orphans: ['string'],
  problems: [problem],
};
const edit: Shape = {
  'comparator?': 'string',
  'logNumber?': 'integer',
  'prevLogNumber?': 'integer',
  'nextFileNumber?': 'integer',
  'lastSequence?': 'integer',
  compactPointers: [{ level: 'integer', key: 'string', sequence: 'integer', type: 'string' }],
  deletedFiles: [{ level: 'integer', number: 'integer' }],
  newFiles: [{ level: 'integer', number: 'integer', size: 'integer', smallest: key, largest: key }],
};
const handle: Shape = { offset: 'integer', size: 'integer' };
const table: Shape = {
  file: 'string',
  size: 'integer',
  entryCount: 'integer',
  deletions: 'integer',
  smallest: key,
  largest: key,
  footer: { metaindex: handle, index: handle, magic: 'string' },
  blocks: [
    {
      kind: 'string',
      'name?': 'string',
      offset: 'integer',
      size: 'integer',
      rawSize: 'integer?',
      compression: 'string?',
      crcOk: 'boolean?',
      entries: 'integer?',
    },
  ],
  ok: 'boolean',
  problems: [problem],
};
const entry: Shape = { key: 'string', value: 'string' };
const version: Shape = { sequence: 'integer', type: 'string', value: 'string' };
const batch: Shape = {
  offset: 'integer',
  sequence: 'integer',
  count: 'integer',
  ops: [{ type: 'string', key: 'string', 'value?': 'string' }],
};
const damage: Shape = { damage: { offset: 'integer', length: 'integer', reason: 'string' } };
const verified: Shape = {
  ok: 'boolean',
  filesChecked: 'integer',
  blocksChecked: 'integer',
  entriesChecked: 'integer',
  problems: [problem],
};
const digest: Shape = {
  entries: 'integer',
  keyBytes: 'integer',
  valueBytes: 'integer',
  fnv1a64: 'string',
};
const failure: Shape = {
  error: { code: 'string', message: 'string', file: 'string?', offset: 'integer?' },
};

const compacted: Shape = {
  bytesRead: 'integer',
  bytesWritten: 'integer',
  entriesKept: 'integer',
  entriesDropped: 'integer',
  levelsBefore: levels,
  levelsAfter: levels,
  recovered: {
    logsReplayed: 'integer',
    tables: [{ number: 'integer', level: 'integer', size: 'integer' }],
  },
  compactions: [
    {
      reason: 'string',
      level: 'integer',
      inputs: [['integer']],
      outputs: ['integer'],
      moved: 'boolean',
      bytesRead: 'integer',
      bytesWritten: 'integer',
      entriesKept: 'integer',
      entriesDropped: 'integer',
    },
  ],
  filesCreated: ['string'],
  filesReplaced: ['string'],
  filesDeleted: ['string'],
  applied: 'null',
};
const fileSizes: Shape = [{ name: 'string', size: 'integer' }];
const account: Shape = {
  label: 'string',
  backup: 'string',
  created: fileSizes,
  replaced: fileSizes,
  deleted: fileSizes,
  bytesWritten: 'integer',
  bytesDeleted: 'integer',
  unfinished: ['string'],
  undo: 'string',
};
const recovered: Shape = {
  ok: 'boolean',
  error: 'string?',
  steps: ['object'],
  lastSequence: 'integer?',
  logsReplayed: 'integer',
  bytesDropped: 'integer',
  filesCreated: ['string'],
  filesReplaced: ['string'],
  filesDeleted: ['string'],
  applied: 'null',
};
const restored: Shape = {
  files: 'integer',
  bytes: 'integer',
  lost: 'string?',
  filesCreated: ['string'],
  filesReplaced: ['string'],
  filesDeleted: ['string'],
  applied: 'null',
};
const backups: Shape = {
  backups: [
    {
      name: 'string',
      folder: 'string',
      time: 'string?',
      label: 'string?',
      files: 'integer?',
      problem: 'string?',
    },
  ],
};
const created: Shape = {
  operations: 'integer',
  puts: 'integer',
  deletions: 'integer',
  lastSequence: 'integer',
  levels,
};
const manifestState: Shape = {
  edits: 'integer',
  'comparator?': 'string',
  'logNumber?': 'integer',
  'prevLogNumber?': 'integer',
  'nextFileNumber?': 'integer',
  'lastSequence?': 'integer',
  levels,
};
const opened: Shape = {
  ok: 'boolean',
  error: 'string?',
  readError: 'string?',
  entries: 'integer',
  keyBytes: 'integer',
  valueBytes: 'integer',
  fnv1a64: 'string',
  lastSequence: 'integer',
  levels,
  filesDeleted: ['string'],
};
const edited: { [field: string]: Shape } = {
  manifest: 'string',
  operations: 'integer',
  before: manifestState,
  after: manifestState,
  sound: 'boolean',
  problems: [{ ...problem, edit: 'integer?', fixes: [{ label: 'string', operations: ['object'] }] }],
  leftOut: [{ number: 'integer', reason: 'string' }],
  saves: { manifest: 'string', bytes: 'integer', current: 'boolean' },
  refusal: 'string?',
  opening: opened,
  keys: { same: 'integer', changed: 'integer', lost: 'integer', came: 'integer' },
  filesCreated: ['string'],
  filesReplaced: ['string'],
  applied: 'null',
};
const boundary: Shape = { userKey: 'string', sequence: 'integer', type: 'string' };
const tableFile: Shape = { number: 'integer', size: 'integer', smallest: boundary, largest: boundary };
const repairedTable: Shape = {
  file: 'string',
  number: 'integer',
  level: 'integer?',
  action: 'string',
  problems: [problem],
  before: tableFile,
  after: tableFile,
  foundBy: 'string?',
  entriesKept: 'integer?',
  bytesLost: 'integer',
  rangesLost: 'integer',
  lost: [{ after: boundary, before: boundary, bytes: 'integer' }],
  uncovered: { keys: 'integer', more: 'boolean', examples: ['string'] },
};
const repairedLog: Shape = {
  file: 'string',
  number: 'integer',
  size: 'integer',
  bytesDropped: 'integer',
  reason: 'string',
  batchesRead: 'integer',
  batchesSaved: 'integer',
  operationsSaved: 'integer',
  batchesRefused: 'integer',
  bytesLost: 'integer',
  sequencesMissing: 'integer',
  missing: [{ from: 'integer', to: 'integer' }],
  lostAtStart: 'boolean',
  lostAtEnd: 'boolean',
};
const repairPlan: { [field: string]: Shape } = {
  needed: 'boolean',
  refusal: 'string?',
  choiceNeeded: 'boolean',
  tables: [repairedTable],
  manifest: {
    action: 'string',
    manifest: 'string?',
    current: 'string?',
    problems: [problem],
    rejected: [{ manifest: 'string', reason: 'string' }],
    operations: ['string'],
    unnamed: ['integer'],
    leftOut: [{ number: 'integer', reason: 'string' }],
  },
  logs: [repairedLog],
  leveldbRepair: {
    skipped: 'string?',
    cameBack: 'integer?',
    older: 'integer?',
    newer: 'integer?',
    gone: 'integer?',
    unverified: 'integer?',
    getDiffers: 'integer?',
    examples: [{ change: 'string', key: 'string' }],
    tablesSetAside: ['string'],
  },
};
const repaired: { [field: string]: Shape } = {
  plan: repairPlan,
  result: {
    ok: 'boolean',
    error: 'string?',
    entriesBefore: 'integer?',
    entries: 'integer?',
    keyBytes: 'integer?',
    valueBytes: 'integer?',
    fnv1a64: 'string?',
    lastSequence: 'integer?',
    problems: [problem],
    filesCreated: ['string'],
    filesReplaced: ['string'],
    filesDeleted: ['string'],
  },
  applied: 'null',
};
const over = shared('s-over');
const idb = fixture('chromium-indexeddb');
const found: Shape = { found: 'boolean', value: 'string?', sequence: 'integer?', source: 'string?' };

/** A copy, and the name of the backup that an apply to it made. */
const changed = join(folder, 'changed');
copyWritable(over, changed);
lsm('recover', changed, '--apply');
const [backupName] = readdirSync(`${changed}.lsm-backup`);

/** Another one that was written to since. */
const moved = join(folder, 'moved');
copyWritable(over, moved);
lsm('recover', moved, '--apply');
const [movedBackup] = readdirSync(`${moved}.lsm-backup`);
lsm('put', moved, 'k', 'v');

/** Scripts of operations on a MANIFEST: one that keeps it sound, one that does not. */
const squash = join(folder, 'squash.json');
writeFileSync(squash, '[{"op":"squash"}]');
const lower = join(folder, 'lower.json');
writeFileSync(lower, '[{"op":"set","edit":0,"field":"comparator","value":"another"}]');
const toEdit = join(folder, 'to-edit');
copyWritable(over, toEdit);

/** A copy with a block, the log and CURRENT damaged. */
const damaged = join(folder, 'damaged');
copyWritable(over, damaged);
for (const [name, at] of [
  ['000328.ldb', 100],
  ['000327.log', 3000],
] as const) {
  const bytes = readFileSync(join(damaged, name));
  bytes[at] ^= 0xff;
  writeFileSync(join(damaged, name), bytes);
}
rmSync(join(damaged, 'CURRENT'));

const documents: [args: string[], shape: Shape, status?: number][] = [
  [['info', over], info],
  [['info', idb], info],
  [['get', over, 'user0000000001'], found],
  [['get', over, 'nobody'], found, 4],
  [['scan', over, '--count'], digest],
  [['sst', join(over, '000328.ldb')], table],
  [['sst', join(idb, '000005.ldb'), '--verify'], table],
  [['verify', over], verified],
  [['verify', over, '--checksums'], verified],
  [['backup', over, join(folder, 'copy')], { files: 'integer', bytes: 'integer' }],
  [['compact', over], compacted],
  [['compact', over, '--auto'], compacted],
  [['compact', idb, '--level', '1'], compacted],
  [['recover', over], recovered],
  [['recover', idb, '--paranoid'], recovered],
  [['create', join(folder, 'made'), '--workload', 'delete', '--num', '100'], created],
  [['restore', changed], backups],
  [['restore', changed, backupName], restored],
  [['restore', changed, backupName, '--apply'], { ...restored, applied: account }],
  [['recover', changed, '--apply'], { ...recovered, applied: account }],
  [['compact', changed, '--apply'], { ...compacted, applied: account }],
  [['put', changed, 'k', 'v'], { sequence: 'integer' }],
  [['delete', changed, 'k'], { sequence: 'integer' }],
  [['load', join(folder, 'loaded')], { entries: 'integer', batches: 'integer' }],
  [['edit-manifest', over, squash], edited],
  [['edit-manifest', over, squash, '--as-new'], edited],
  [['edit-manifest', toEdit, squash, '--apply'], { ...edited, applied: account }],
  [['repair', over], { ...repaired, plan: { ...repairPlan, leveldbRepair: 'null' } }],
  [['repair', damaged], repaired],
  [['repair', damaged, '--apply'], { ...repaired, applied: account }],
  [
    ['manifest', join(over, 'MANIFEST-000002'), '--check'],
    { ok: 'boolean', edits: 'integer', problems: [problem] },
  ],
];

test('one document: lsm edit-manifest --json of what the checks fail', () => {
  const { stdout, status } = lsm('edit-manifest', over, lower, '--json');
  assert.equal(status, 1);
  const document = JSON.parse(stdout);
  assertShape(document, { ...edited, opening: { ok: 'boolean', error: 'string' }, keys: 'null' });
  assert.equal(document.sound, false);
  assert.ok(document.problems.length > 0);
});

for (const [args, shape, status = 0] of documents) {
  test(`one document: lsm ${shown(args)} --json`, () => {
    const { stdout, stderr, status: actual } = lsm(...args, '--json');
    assert.equal(stderr, '');
    assert.equal(actual, status);
    assert.match(stdout, /^[^\n]+\n$/);
    assertShape(JSON.parse(stdout), shape);
  });
}

const streams: [args: string[], line: Shape][] = [
  [['scan', over, '--limit', '50'], entry],
  [['scan', idb], entry],
  [['scan', over, '--internal'], { ...entry, sequence: 'integer', type: 'string', file: 'string' }],
  [['dump', over], entry],
  [['history', over, 'user0000000001'], { ...version, file: 'string', level: 'integer?', live: 'boolean' }],
  [['sst', join(over, '000328.ldb'), '--entries'], { ...version, key: 'string' }],
  [['wal', join(over, '000327.log')], batch],
  [['wal', shared('chrome-local-storage', '000003.log')], batch],
  [
    ['wal', join(over, '000327.log'), '--records'],
    { offset: 'integer', length: 'integer', type: 'string', crcOk: 'boolean' },
  ],
  [['manifest', join(over, 'MANIFEST-000002')], { offset: 'integer', edit }],
  [['manifest', join(idb, 'MANIFEST-000001')], { offset: 'integer', edit }],
];

for (const [args, shape] of streams) {
  test(`nothing but lines: lsm ${shown(args)} --json`, () => {
    const { stdout, stderr, status } = lsm(...args, '--json');
    assert.equal(stderr, '');
    assert.equal(status, 0);
    assert.ok(stdout.endsWith('\n') && !stdout.includes('\n\n'));
    const lines = jsonLines(stdout);
    assert.ok(lines.length > 0);
    assertShape(lines, [shape]);
  });
}

test('dump is JSON lines without --json, and the same with it', () => {
  const plain = lsm('dump', over);
  assert.deepEqual(plain, lsm('dump', over, '--json'));
  assertShape(jsonLines(plain.stdout), [entry]);
});

test('get --explain gives the trace beside the answer', () => {
  const { stdout } = lsm('get', over, 'user0000000001', '--explain', '--json');
  const { trace, ...answer } = JSON.parse(stdout);
  assertShape(answer, found);
  assert.deepEqual(
    trace
      .map(({ step }: { step: string }) => step)
      .filter((step: string, i: number, all: string[]) => step !== all[i - 1]),
    ['memtable', 'skipped', 'table'],
  );
});

test('damage stands among the lines of wal and manifest, and the status is 1', () => {
  const log = join(folder, '000001.log');
  const manifest = join(folder, 'MANIFEST-000001');
  writeLog(log, [{ sequence: 1, ops: [{ type: 'value', key: 'a', value: 'b' }] }]);
  writeManifest(manifest, [{ logNumber: 1 }]);
  for (const [command, path] of [
    ['wal', log],
    ['manifest', manifest],
  ] as const) {
    writeFileSync(path, Buffer.alloc(20, 0x55), { flag: 'a' });
    writeFileSync(path, Buffer.alloc(32768, 0), { flag: 'a' });
    const { stdout, stderr, status } = lsm(command, path, '--json');
    const [first, ...rest] = jsonLines(stdout);
    assertShape(first, command === 'wal' ? batch : { offset: 'integer', edit });
    assertShape(rest, [damage]);
    assert.equal(rest.length, 1);
    assert.equal(status, 1);
    assertMessages(stderr);
  }
});

test('integers above 2^53 are strings wherever they stand', () => {
  const db = join(folder, 'huge');
  mkdirSync(db);
  writeFileSync(join(db, 'CURRENT'), 'MANIFEST-000001\n');
  const sequence = '72057594037927935';
  const bound = { userKey: 'k', sequence };
  const above = '9007199254740992';
  const newFile = { level: 2, number: above, size: '18446744073709551615', smallest: bound, largest: bound };
  const counters = { logNumber: above, prevLogNumber: above, nextFileNumber: above, lastSequence: sequence };
  const path = join(db, 'MANIFEST-000001');
  writeManifest(path, [{ comparator: 'leveldb.BytewiseComparator', ...counters, newFiles: [newFile] }]);
  const state = JSON.parse(lsm('info', db, '--json').stdout);
  assertShape(state, info);
  assert.deepEqual({ ...counters, ...state }, state);
  assert.deepEqual(state.levels[2].files[0].smallest, { userKey: 'k', sequence, type: 'value' });
  assert.equal(state.levels[2].bytes, newFile.size);
  const [line] = jsonLines<{ edit: object }>(lsm('manifest', path, '--json').stdout);
  assertShape(line, { offset: 'integer', edit });
  assert.deepEqual({ ...counters, ...line.edit }, line.edit);
});

const missing = join(folder, 'missing');
const empty = join(folder, 'empty');
mkdirSync(empty);
const broken = join(folder, 'broken');
copyWritable(over, broken);
rmSync(join(broken, '000311.ldb'));

const failures: [args: string[], status: number, code: string][] = [
  [['open', over], 2, 'usage'],
  [['info'], 2, 'usage'],
  [['get', over], 2, 'usage'],
  [['scan', over, '--unknown'], 2, 'usage'],
  [['scan', over, '--limit', 'x'], 2, 'usage'],
  [['scan', over, '--from', '\\x'], 2, 'usage'],
  [['get', over, 'xyz', '--hex'], 2, 'usage'],
  [['scan', over, '--comparator', 'none'], 2, 'usage'],
  [['scan', idb, '--comparator', 'leveldb.BytewiseComparator'], 2, 'invalid-argument'],
  [['manifest', join(over, 'MANIFEST-000002'), '--at', '178'], 2, 'usage'],
  ...['info', 'scan', 'verify', 'dump'].map((name): [string[], number, string] => [
    [name, missing],
    2,
    'not-found',
  ]),
  ...['sst', 'wal', 'manifest'].map((name): [string[], number, string] => [[name, missing], 2, 'not-found']),
  [['history', missing, 'k'], 2, 'not-found'],
  [['diff', over, missing], 2, 'not-found'],
  [['backup', missing, join(folder, 'new')], 2, 'not-found'],
  [['info', join(over, 'CURRENT')], 2, 'not-a-directory'],
  [['sst', over], 2, 'is-a-directory'],
  [['info', empty], 2, 'not-a-database'],
  [['scan', empty], 2, 'not-a-database'],
  [['scan', fixture('rocksdb')], 2, 'other-engine'],
  [['get', broken, 'user0000000000'], 1, 'missing-file'],
  [['backup', broken, join(folder, 'new')], 1, 'missing-file'],
  [['sst', join(over, '000330.ldb'), '--entries'], 1, 'bad-footer'],
  [['compact', over, '--backup-to', folder], 2, 'usage'],
  [['compact', changed, '--apply', '--backup-to', changed], 2, 'usage'],
  [['restore', missing, 'x'], 2, 'not-found'],
  [['restore', missing], 2, 'not-found'],
  [['restore', changed, 'x'], 2, 'not-found'],
  [['restore', changed, empty], 1, 'bad-backup'],
  [['restore', changed, backupName], 1, 'bad-backup'],
  [['restore', moved, movedBackup], 1, 'moved-on'],
  [['put', missing, 'k', 'v'], 2, 'not-found'],
  [['put', empty, 'k', 'v'], 2, 'not-a-database'],
  [['put', changed, 'k', '\\x'], 2, 'usage'],
  [['delete', fixture('rocksdb'), 'k'], 2, 'other-engine'],
  [['put', broken, 'k', 'v'], 1, 'missing-file'],
  [['compact', over, '--compression', 'zstd'], 2, 'usage'],
  [['compact', fixture('leveldb-zstd')], 2, 'unknown-compression'],
  [['compact', fixture('rocksdb')], 2, 'other-engine'],
  [['recover', missing], 2, 'not-found'],
  [['compact', broken], 1, 'missing-file'],
  [['create', over, '--workload', 'random', '--num', '1'], 2, 'not-empty'],
];

for (const [args, status, code] of failures) {
  test(`status ${status} and an error in place of a result: lsm ${shown(args)}`, () => {
    const json = lsm(...args, '--json');
    assert.equal(json.status, status);
    assertShape(JSON.parse(json.stdout), failure);
    assert.equal(JSON.parse(json.stdout).error.code, code);
    assertMessages(json.stderr);
    const text = lsm(...args);
    assert.equal(text.status, status);
    assert.equal(text.stdout, '');
    assert.equal(text.stderr, json.stderr);
  });
}

test('where there is a result it is printed, and no error beside it', () => {
  for (const [name, ...rest] of [['info'], ['scan'], ['scan', '--count'], ['verify'], ['dump']]) {
    const { stdout, stderr, status } = lsm(name, broken, '--json', ...rest);
    assert.equal(status, 1, name);
    assert.ok(
      jsonLines<object>(stdout).every((line) => !('error' in line)),
      name,
    );
    assertMessages(stderr);
    assert.match(stderr, /^lsm: 000311\.ldb: /);
  }
});

/** `lsm: [<file>[@offset]: ]<message>`, one line each, and no stack trace. */
function assertMessages(stderr: string): void {
  assert.match(stderr, /^(lsm: \S.*\n)+$/);
  assert.doesNotMatch(stderr, /\n?\s+at \S+ ?\(|internal error|Error:/);
}

/** The arguments without the machine's folders. */
function shown(args: readonly string[]): string {
  return args
    .map((arg) =>
      arg.replace(sharedFixtures, '$FIXTURES').replace(fixture(), '$LOCAL').replace(folder, '$TMP'),
    )
    .join(' ');
}
