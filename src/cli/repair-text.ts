import { humanBytes } from '../engine/bytes/human';
import type { ChangeAccount } from '../engine/db/change';
import type { DryRun } from '../engine/db/dry-run';
import type { KeyChange, LevelDbRepair } from '../engine/recovery/repair/leveldb-repair';
import type { ManifestRepair, Repair } from '../engine/recovery/repair/repair';
import type { LogRepair } from '../engine/recovery/repair/repair-log';
import type { TableRepair } from '../engine/recovery/repair/repair-tables';
import { printAccount } from './applying';
import { type Output, oneLine } from './output';
import { internalKeyText, problemText } from './shapes';

/** Lost ranges that are shown of one table. */
const SHOWN_RANGES = 5;

/** `lsm repair` for people. */
export function printRepair(
  output: Output,
  dryRun: DryRun,
  repair: Repair,
  account: ChangeAccount | undefined,
): void {
  const say = (text: string) => output.line(oneLine(text));
  const { isNeeded, refusal, tables, manifest, logs, before, result, levelDb } = repair;
  const { directory } = dryRun;
  if (!isNeeded) {
    const isOpen = result?.ok === true;
    say(`${directory}: ${isOpen ? 'nothing to repair' : 'nothing is found that could be repaired'}`);
    if (result?.digest) say(`${result.digest.entries} entries, fnv1a64 ${result.digest.fnv1a64}`);
    for (const problem of result?.problems ?? []) say(problemText(problem));
    return;
  }
  say(account ? `repair of ${directory}` : `dry run on ${directory}: nothing was changed`);
  for (const line of manifestLines(manifest, refusal !== undefined)) say(line);
  for (const table of tables) for (const line of tableLines(output, table)) say(line);
  for (const log of logs) for (const line of logLines(log)) say(line);
  if (refusal) return;
  output.line();
  if (!result?.ok) {
    say(`LevelDB would NOT open the result: ${result?.error}`);
    return;
  }
  say(account ? 'LevelDB opens the result.' : 'LevelDB would open the result.');
  const read = before ? `${before.entries}` : 'none';
  say(`entries that can be read: ${read} before, ${result.digest?.entries ?? 0} afterwards`);
  if (result.digest) say(`fnv1a64 ${result.digest.fnv1a64}, last sequence ${result.lastSequence}`);
  for (const problem of result.problems) {
    if (problem.severity !== 'note') say(problemText(problem));
  }
  if (levelDb) for (const line of levelDbLines(output, levelDb)) say(line);
  const changes = dryRun.changes();
  for (const what of ['created', 'replaced', 'deleted'] as const) {
    if (changes[what].length > 0) say(`${what}: ${changes[what].join(' ')}`);
  }
  if (account) printAccount(output, directory, account);
  else say('--apply does it, and keeps a backup of every file that is replaced or deleted');
}

const ACTIONS: Record<ManifestRepair['action'], string> = {
  kept: 'is kept',
  switched: 'is used instead',
  mended: 'is kept without its damage',
  rebuilt: 'is rebuilt from the tables',
};

function manifestLines(manifest: ManifestRepair, isRefused: boolean): string[] {
  const { action, name, current, problems, rejected, operations, unnamed, leftOut } = manifest;
  const lines: string[] = [];
  if (current !== undefined) lines.push(`CURRENT: ${current}; it is written anew`);
  for (const problem of problems) lines.push(problemText(problem));
  for (const { name: each, reason } of rejected) lines.push(`${each} cannot be used: ${reason}`);
  if (unnamed.length > 0) lines.push(`tables that it lost: ${unnamed.join(' ')}`);
  if (action !== 'kept' && !isRefused) lines.push(`${name ?? 'the MANIFEST'} ${ACTIONS[action]}`);
  for (const operation of operations) lines.push(`  ${operation}`);
  for (const { number, reason } of leftOut) lines.push(`  table ${number} is left out: ${reason}`);
  return lines;
}

function tableLines(output: Output, table: TableRepair): string[] {
  const { name, level, action, problems, entriesKept, bytesLost, rangesLost, lost, uncovered } = table;
  const place = level === undefined ? '' : ` (level ${level})`;
  const more = problems.length > 1 ? `, and ${problems.length - 1} more` : '';
  const [{ message, offset }] = problems;
  const lines = [`${name}${place}: ${message}${offset === undefined ? '' : ` at ${offset}`}${more}`];
  if (action === 'measured') {
    lines.push('  the table is sound; its size and range in the MANIFEST are put right');
    return lines;
  }
  if (action === 'left out') lines.push('  nothing of it can be had: it is taken out of the MANIFEST');
  else if (rangesLost === 0) lines.push(`  written anew: all of its ${entriesKept} entries come back`);
  else lines.push(`  written anew: ${entriesKept} entries come back, ${humanBytes(bytesLost)} are lost`);
  for (const { after, before } of lost.slice(0, SHOWN_RANGES)) {
    const from = after ? `from ${internalKeyText(output, after)}` : 'from the beginning';
    const to = before ? `to ${internalKeyText(output, before)}` : 'to the end';
    lines.push(`  lost: what stood ${from} ${to}`);
  }
  if (rangesLost > SHOWN_RANGES) lines.push(`  lost: ${rangesLost - SHOWN_RANGES} more ranges`);
  if (uncovered && uncovered.keys > 0) {
    const keys = uncovered.examples.map((key) => `"${output.bytes(key)}"`).join(' ');
    const count = `${uncovered.isMore ? 'at least ' : ''}${uncovered.keys}`;
    lines.push(
      `  ${count} keys in there are read from older tables now: old values, or deleted keys, may show again: ${keys}`,
    );
  }
  return lines;
}

function logLines(log: LogRepair): string[] {
  const { name, reason, bytesDropped, batchesSaved, operationsSaved, batchesRefused, bytesLost } = log;
  const { sequencesMissing, missing, lostAtStart, lostAtEnd } = log;
  const lines = [`${name}: ${reason}: LevelDB would drop ${humanBytes(bytesDropped)}`];
  if (batchesSaved > 0) lines.push(`  ${batchesSaved} batches with ${operationsSaved} operations come back`);
  if (batchesRefused > 0)
    lines.push(`  ${batchesRefused} that look like batches do not fit in their places, and are left out`);
  lines.push(`  ${humanBytes(bytesLost)} are lost`);
  if (sequencesMissing > 0) {
    const shown = missing
      .slice(0, SHOWN_RANGES)
      .map(({ from, to }) => (from === to ? `${from}` : `${from} to ${to}`));
    const rest = missing.length > SHOWN_RANGES ? ' and more' : '';
    lines.push(`  ${sequencesMissing} operations are lost, of the sequences ${shown.join(', ')}${rest}`);
  }
  if (lostAtStart) lines.push('  operations before the first batch may be lost; how many cannot be told');
  if (lostAtEnd) lines.push('  operations behind the last batch may be lost; how many cannot be told');
  return lines;
}

const CHANGES: Record<KeyChange, string> = {
  back: 'come back although they are deleted or obsolete here',
  older: 'have an older value',
  newer: 'have a newer value, of a table that is not in use',
  gone: 'be gone',
  unverified: 'be taken from where a checksum is wrong',
};

function levelDbLines(output: Output, levelDb: LevelDbRepair): string[] {
  const { skipped, changes, getDiffers, examples, tablesSetAside } = levelDb;
  const name = "LevelDB's own repair (RepairDB)";
  if (skipped !== undefined) return [`${name} is not compared: ${skipped}`];
  const lines: string[] = [];
  for (const change of ['back', 'older', 'newer', 'gone', 'unverified'] as const) {
    if (changes[change] === 0) continue;
    const shown = examples
      .filter((each) => each.change === change)
      .map(({ key }) => `"${output.bytes(key)}"`);
    lines.push(`  keys that would ${CHANGES[change]}: ${changes[change]}  ${shown.join(' ')}`.trimEnd());
  }
  if (getDiffers > 0)
    lines.push(`  keys of which a get would show an older version than a scan: ${getDiffers}`);
  if (tablesSetAside.length > 0) lines.push(`  tables that it would set aside: ${tablesSetAside.join(' ')}`);
  return lines.length === 0
    ? [`${name} would read the same`]
    : [`${name} would do worse or otherwise:`, ...lines];
}
