// One row's lines in the table.

import type { Against, Row } from './rows';
import type { WorkResult } from './work';

/** What was measured for a row; for each peer that could be asked, one list of rounds. */
export interface Measured {
  row: Row;
  ours: WorkResult[];
  theirs: (WorkResult[] | undefined)[];
  /** Why a peer is missing. */
  missing: (string | undefined)[];
  /** Entries, gets or bytes that were gone through. */
  amount: number;
  /** Resident memory of a process that does nothing, in MB. */
  baseline: number;
}

export const HEAD = [
  '| work | ours | peer | its figure | ratio | goal | reached | memory, MB |',
  '|---|---|---|---|---|---|---|---|',
];

export function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[sorted.length >> 1];
}

const time = (results: readonly WorkResult[]) => median(results.map(({ milliseconds }) => milliseconds));
const memory = (results: readonly WorkResult[]) => median(results.map((result) => result.memory));
const memoryText = (results: readonly WorkResult[]) => (memory(results) < 0 ? '-' : String(memory(results)));

function figure({ row, amount }: Measured, milliseconds: number): string {
  const perSecond = (amount / milliseconds) * 1000;
  switch (row.unit) {
    case 'entries':
      return `${(perSecond / 1e6).toFixed(2)} M/s`;
    case 'gets':
      return `${((milliseconds / amount) * 1000).toFixed(1)} us`;
    case 'time':
      return `${milliseconds.toFixed(1)} ms`;
    case 'log bytes':
    case 'table bytes':
      return `${(perSecond / 1e6).toFixed(0)} MB/s`;
  }
}

export function linesOf(measured: Measured): string[] {
  const { row, ours, theirs, missing, amount, baseline } = measured;
  const mine = time(ours);
  const begin = `| ${row.title} | ${figure(measured, mine)} |`;
  const against = row.against.map((peer, i) => {
    const rounds = theirs[i];
    const name = nameOf(peer);
    const { goal } = peer;
    const wanted = goal === undefined ? '-' : `${goal.toFixed(2)} x`;
    if (!rounds) return `${begin} ${name} | - | - | ${wanted} | not measured: ${missing[i]} | - |`;
    const ratio = time(rounds) / mine;
    const reached = goal === undefined ? '-' : ratio >= goal ? 'yes' : 'no';
    return (
      `${begin} ${name} | ${figure(measured, time(rounds))} | ${ratio.toFixed(2)} x | ${wanted} | ` +
      `${reached} | ${memoryText(ours)} / ${memoryText(rounds)} |`
    );
  });
  const absolute = (row.absolute ?? []).map(({ what, goal }) => {
    const measure = Math.max(...ours.map((result) => result.measure ?? Number.NaN));
    const rate = amount / mine / 1000;
    const [value, reached, wanted] = {
      milliseconds: [`${mine.toFixed(1)} ms`, mine <= goal, `<= ${goal} ms`],
      'MB/s': [`${rate.toFixed(0)} MB/s`, rate >= goal, `>= ${goal} MB/s`],
      blocks: [`${measure} blocks a level`, measure <= goal, `<= ${goal} blocks`],
      memory: [`${memory(ours) - baseline} MB above Node`, memory(ours) - baseline <= goal, `<= ${goal} MB`],
    }[what];
    const shown = what === 'memory' || what === 'blocks' ? `${value}` : '-';
    return `${begin} - | ${shown} | - | ${wanted} | ${reached ? 'yes' : 'no'} | ${memoryText(ours)} |`;
  });
  return [...against, ...absolute];
}

/** What is done is told where it is not what the row's title says. */
function nameOf({ side, work }: Against): string {
  const how: Partial<Record<Against['work'], string>> = {
    'scan-buffers': ', buffers',
    'scan-strings': ', utf8',
    'get-sync-again': ', getSync',
  };
  if (side !== 'classic-level') return side;
  return `${side}${how[work] ?? { get: ', await get', seek: ', new iterator' }[work as string] ?? ''}`;
}
