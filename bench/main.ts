// Measures each row: all of its sides in turn, round by round. See README.md.

import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { bytesOf, Databases, type Sizes } from './databases';
import { HEAD, linesOf, type Measured, median } from './report';
import { type Row, rows } from './rows';
import { ask, type SideName, whyMissing } from './sides';
import { versionsOf } from './versions';
import type { WorkName, WorkRequest, WorkResult } from './work';

const { values: args } = parseArgs({
  options: {
    rounds: { type: 'string' },
    only: { type: 'string' },
    quick: { type: 'boolean', default: false },
    entries: { type: 'string' },
    json: { type: 'string' },
    tables: { type: 'string' },
    'log-mb': { type: 'string' },
    'compact-mb': { type: 'string' },
    large: { type: 'string' },
    gets: { type: 'string' },
    'no-save': { type: 'boolean', default: false },
  },
});

const size = (given: string | undefined, usual: number, quick: number) =>
  given === undefined ? (args.quick ? quick : usual) : Number(given);
const sizes: Sizes = {
  entries: size(args.entries, 5_000_000, 200_000),
  json: size(args.json, 1_000_000, 100_000),
  tables: size(args.tables, 50_000, 5_000),
  logMB: size(args['log-mb'], 120, 12),
  compactMB: size(args['compact-mb'], 1000, 50),
  largeGB: size(args.large, 0, 0),
  gets: size(args.gets, 100_000, 20_000),
};
const rounds = size(args.rounds, 5, 1);

/** Read only: these need no copy. */
const READS: readonly SideName[] = ['engine', 'lsm', 'sst_dump', 'extension'];
const WRITES: readonly WorkName[] = ['compact', 'recover', 'fill-random', 'fill-sequential'];

async function measure(databases: Databases, row: Row, side: SideName, work: WorkName): Promise<WorkResult> {
  const isReading = READS.includes(side) && !WRITES.includes(work);
  const directory = isReading ? await databases.get(row.database) : await databases.copy(row.database);
  const request: WorkRequest = {
    work,
    directory,
    entries: databases.entriesOf(row.database),
    gets: sizes.gets,
    cacheBytes: row.cacheBytes ?? 0,
  };
  const result = await ask(side, request);
  if (!row.sameResult) return result;
  const { text = '' } = await ask('engine', { ...request, work: 'digest' });
  return { ...result, text };
}

async function measureRow(databases: Databases, row: Row, baseline: number): Promise<Measured> {
  const missing = row.against.map(({ side }) => whyMissing(side));
  const ours: WorkResult[] = [];
  const theirs = missing.map((why): WorkResult[] | undefined => (why === undefined ? [] : undefined));
  for (let round = 0; round < rounds; round++) {
    ours.push(await measure(databases, row, row.side ?? 'engine', row.work));
    for (const [i, { side, work }] of row.against.entries()) {
      theirs[i]?.push(await measure(databases, row, side, work));
    }
  }
  const amount = await amountOf(databases, row);
  const measured = { row, ours, theirs, missing, amount, baseline };
  checkCounts(measured);
  return measured;
}

async function amountOf(databases: Databases, row: Row): Promise<number> {
  const directory = await databases.get(row.database);
  if (row.unit === 'log bytes') return bytesOf(directory, /\.log$/);
  if (row.unit === 'table bytes') return bytesOf(directory, /\.(ldb|sst)$/);
  return row.unit === 'gets' ? sizes.gets : databases.entriesOf(row.database);
}

/** Both sides are to have done the same. What counts characters is held against others of its kind. */
function checkCounts({ row, ours, theirs }: Measured): void {
  const comparable = row.against.map(
    ({ work }) => (work === 'scan-strings') === (row.work === 'scan-strings'),
  );
  const all = [...ours, ...theirs.filter((_, i) => comparable[i]).flatMap((rounds) => rounds ?? [])];
  const counts = new Set(all.map(({ count }) => count).filter((count) => count >= 0));
  if (counts.size > 1) throw new Error(`${row.title}: the sides counted ${[...counts].join(' and ')}`);
  const found = new Set(all.map(({ text }) => text).filter((text) => text !== undefined));
  if (found.size > 1) throw new Error(`${row.title}: the sides found ${[...found].join(' and ')}`);
}

function isWanted({ title, database }: Row): boolean {
  if (database === 'large' && sizes.largeGB === 0) return false;
  return args.only === undefined || title.includes(args.only);
}

async function run(scratch: string): Promise<string[]> {
  const databases = new Databases(scratch, sizes);
  const nothing: WorkRequest = { work: 'nothing', directory: '', entries: 0, gets: 0, cacheBytes: 0 };
  const idle: number[] = [];
  for (let i = 0; i < 3; i++) idle.push((await ask('engine', nothing)).memory);
  const lines = [...HEAD];
  for (const row of rows.filter(isWanted)) {
    const found = linesOf(await measureRow(databases, row, median(idle)));
    lines.push(...found);
    console.log(found.join('\n'));
  }
  return lines;
}

function machine(): string {
  return `${cpus().length} x ${cpus()[0].model.trim()}, ${Math.round(totalmem() / 2 ** 30)} GiB, ${process.platform}`;
}

const scratch = mkdtempSync(join(tmpdir(), 'lsm-bench-'));
try {
  const lines = await run(scratch);
  const date = new Date().toISOString().slice(0, 10);
  const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim();
  const shown = Object.entries(sizes).map(([name, value]) => `${name} ${value}`);
  const text = [
    `# ${date}, ${commit}, medians of ${rounds} rounds`,
    '',
    `${machine()}. ${versionsOf()}. Sizes: ${shown.join(', ')}.`,
    '',
    ...lines,
    '',
  ].join('\n');
  console.log(`\n${text}`);
  if (!args['no-save']) {
    mkdirSync('bench/results', { recursive: true });
    const what = args.only === undefined ? '' : `-${args.only.replace(/\W+/g, '-')}`;
    writeFileSync(`bench/results/${date}${args.quick ? '-quick' : ''}${what}.md`, text);
  }
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
