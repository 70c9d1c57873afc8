import { fork } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir, totalmem } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { Filled } from './fill.child';
import type { WorkName, WorkRequest, WorkResult } from './work';

const here = dirname(fileURLToPath(import.meta.url));

const { values: args } = parseArgs({
  options: {
    entries: { type: 'string', default: '500000' },
    rounds: { type: 'string', default: '5' },
    only: { type: 'string' },
    save: { type: 'boolean', default: false },
  },
});
const entries = Number(args.entries);
const rounds = Number(args.rounds);

/** The databases that rows run on. */
type DatabaseName = 'compacted' | 'layered' | 'log' | 'large log' | 'empty';

interface Row {
  title: string;
  database: DatabaseName;
  ours: WorkName;
  /** Undefined where the peer has no such call. */
  peer: WorkName | undefined;
  /** What a count is worth, for a rate: `entries` or bytes of the log. */
  unit: 'entries' | 'gets' | 'opens' | 'log bytes';
}

const rows: Row[] = [
  { title: 'full scan, compacted', database: 'compacted', ours: 'scan', peer: 'scan', unit: 'entries' },
  { title: 'full scan, layered', database: 'layered', ours: 'scan', peer: 'scan', unit: 'entries' },
  {
    title: 'full scan as strings',
    database: 'compacted',
    ours: 'scan-strings',
    peer: 'scan-strings',
    unit: 'entries',
  },
  { title: 'random get, synchronous', database: 'compacted', ours: 'get', peer: 'get', unit: 'gets' },
  {
    title: 'random get, awaited',
    database: 'compacted',
    ours: 'get-awaited',
    peer: 'get-awaited',
    unit: 'gets',
  },
  { title: 'open, clean', database: 'compacted', ours: 'open', peer: 'open', unit: 'opens' },
  {
    title: 'open with its log, ready to read',
    database: 'log',
    ours: 'open-log',
    peer: 'open-log',
    unit: 'opens',
  },
  { title: 'parse and verify the log', database: 'log', ours: 'log', peer: undefined, unit: 'log bytes' },
  {
    title: 'fill, sequential',
    database: 'empty',
    ours: 'fill-sequential',
    peer: 'fill-sequential',
    unit: 'entries',
  },
  { title: 'fill, random', database: 'empty', ours: 'fill-random', peer: 'fill-random', unit: 'entries' },
  { title: 'CompactRange, layered', database: 'layered', ours: 'compact', peer: 'compact', unit: 'entries' },
  {
    title: 'recovery of a large log',
    database: 'large log',
    ours: 'recover',
    peer: 'recover',
    unit: 'opens',
  },
];

const GETS = 50_000;

function isWanted({ title }: Row): boolean {
  return args.only === undefined || title.includes(args.only);
}

async function call<Request extends object, Result>(program: string, request: Request): Promise<Result> {
  const child = fork(join(here, `${program}.child.mjs`), { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  child.send(request);
  const [result] = await Promise.race([
    once(child, 'message'),
    once(child, 'exit').then(([code]) => {
      throw new Error(`${program} ended with ${code}`);
    }),
  ]);
  if (child.exitCode === null) await once(child, 'exit');
  return result as Result;
}

function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[sorted.length >> 1];
}

function bytesOf(folder: string, ending: RegExp): number {
  return readdirSync(folder)
    .filter((name) => ending.test(name))
    .reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);
}

async function measure(program: 'ours' | 'peer', work: WorkName, source: string, scratch: string) {
  const directory = join(scratch, 'copy');
  rmSync(directory, { recursive: true, force: true });
  cpSync(source, directory, { recursive: true });
  const request: WorkRequest = { work, directory, entries, gets: GETS };
  return call<WorkRequest, WorkResult>(program, request);
}

function rate(row: Row, milliseconds: number, source: string): string {
  const perSecond = (count: number) => (count / milliseconds) * 1000;
  switch (row.unit) {
    case 'entries':
      return `${(perSecond(entries) / 1e6).toFixed(2)} M entries/s`;
    case 'gets':
      return `${((milliseconds / GETS) * 1000).toFixed(1)} us`;
    case 'opens':
      return `${milliseconds.toFixed(1)} ms`;
    case 'log bytes':
      return `${(perSecond(bytesOf(source, /\.log$/)) / 2 ** 20).toFixed(0)} MB/s`;
  }
}

async function run(scratch: string): Promise<string[]> {
  const databases = {} as Record<DatabaseName, string>;
  for (const name of new Set(rows.filter(isWanted).map(({ database }) => database))) {
    databases[name] = join(scratch, name.replace(' ', '-'));
    const { operations } = await call<object, Filled>('fill', {
      directory: databases[name],
      shape: name,
      entries,
    });
    const size = bytesOf(databases[name], /./) / 2 ** 20;
    console.log(`${name}: ${operations} writes, ${size.toFixed(1)} MB`);
  }
  const lines = ['| work | engine | peer | peer / engine | memory, MB |', '|---|---|---|---|---|'];
  for (const row of rows) {
    if (!isWanted(row)) continue;
    const source = databases[row.database];
    const ours: WorkResult[] = [];
    const peer: WorkResult[] = [];
    for (let round = 0; round < rounds; round++) {
      ours.push(await measure('ours', row.ours, source, scratch));
      if (row.peer) peer.push(await measure('peer', row.peer, source, scratch));
    }
    const counts = new Set([...ours, ...peer].map(({ count }) => count).filter((count) => count >= 0));
    if (counts.size !== 1) throw new Error(`${row.title}: the sides counted ${[...counts].join(' and ')}`);
    const mine = median(ours.map(({ milliseconds }) => milliseconds));
    const theirs = peer.length > 0 ? median(peer.map(({ milliseconds }) => milliseconds)) : undefined;
    const memory = [ours, peer]
      .map((side) => (side.length > 0 ? median(side.map((r) => r.memory)) : '-'))
      .join(' / ');
    lines.push(
      `| ${row.title} | ${rate(row, mine, source)} | ${theirs === undefined ? '-' : rate(row, theirs, source)} | ` +
        `${theirs === undefined ? '-' : `${(theirs / mine).toFixed(2)} x`} | ${memory} |`,
    );
    console.log(lines[lines.length - 1]);
  }
  return lines;
}

const scratch = mkdtempSync(join(tmpdir(), 'lsm-bench-'));
try {
  const lines = await run(scratch);
  const machine = `${cpus().length} x ${cpus()[0].model.trim()}, ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.version}`;
  const text = [`# ${entries} entries, ${rounds} rounds`, '', machine, '', ...lines, ''].join('\n');
  console.log(`\n${text}`);
  if (args.save) {
    mkdirSync('bench/results', { recursive: true });
    writeFileSync(`bench/results/${new Date().toISOString().slice(0, 10)}.md`, text);
  }
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
