import { joined } from '../../bytes/copy';
import { addU64, maxU64, type U64 } from '../../bytes/u64';
import type { DryRun } from '../../db/dry-run';
import { listDatabase } from '../../db/listing';
import { LogWriter } from '../../log/writer';
import { performSave } from '../../manifest/editing/save';
import { manifestFileName, tableFileName } from '../../manifest/file-names';
import { encodeVersionEdit, type VersionEdit } from '../../manifest/version-edit';
import { nextNumber } from './choose-manifest';
import type { TableRepair } from './repair-tables';

/** Numbers that tables got, by those that they had. */
export type Renumbered = ReadonlyMap<U64, U64>;

/**
 * The state as one edit with what became of its tables: as they are now, without those that are left out. A table that
 * was written anew gets a new number, so that nothing of the old state is written over and CURRENT alone decides which
 * of the two is read. In level 0, where the numbers say what is newer, those above it move along.
 */
function renumber(edit: VersionEdit, repairs: readonly TableRepair[], first: U64, keepsNumbers: boolean) {
  const byNumber = new Map(repairs.map((repair) => [repair.number, repair]));
  const isRewritten = (number: U64) => !keepsNumbers && byNumber.get(number)?.action === 'rewritten';
  const files = edit.newFiles.flatMap(({ level, file }) => {
    const repair = byNumber.get(file.number);
    if (!repair) return [{ level, file }];
    return repair.file ? [{ level, file: repair.file }] : [];
  });
  const rewritten = files.filter(({ file }) => isRewritten(file.number));
  const oldest = rewritten
    .filter(({ level }) => level === 0)
    .map(({ file }) => file.number)
    .sort(ascending)[0];
  const moving = files.filter(({ level, file }) =>
    level === 0 ? oldest !== undefined && file.number >= oldest : isRewritten(file.number),
  );
  const numbers = new Map<U64, U64>();
  let next = first;
  for (const number of moving.map(({ file }) => file.number).sort(ascending)) {
    numbers.set(number, next);
    next = addU64(next, 1);
  }
  const newFiles = files.map(({ level, file }) => {
    return { level, file: { ...file, number: numbers.get(file.number) ?? file.number } };
  });
  return { edit: { ...edit, newFiles }, numbers, next };
}

function ascending(a: U64, b: U64): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/**
 * Writes a state to the dry run's overlay: tables under their numbers, a new MANIFEST, and CURRENT. Counters are raised to
 * what they must be at least. `keepsNumbers`: to be looked at, and not applied.
 */
export function writeVersion(
  { env, directory }: Pick<DryRun, 'env' | 'directory'>,
  state: VersionEdit,
  repairs: readonly TableRepair[],
  lastSequence: U64,
  keepsNumbers = false,
): { numbers: Renumbered; manifest: string } {
  const listing = listDatabase(env, directory);
  const { edit, numbers, next } = renumber(
    state,
    repairs,
    nextNumber(listing, state.nextFileNumber),
    keepsNumbers,
  );
  for (const [from, to] of numbers) {
    const name = listing.tables.get(from) ?? tableFileName(from);
    env.rename(env.join(directory, name), env.join(directory, tableFileName(to)));
  }
  edit.nextFileNumber = addU64(next, 1);
  edit.lastSequence = maxU64(edit.lastSequence ?? 0, lastSequence);
  const parts: Uint8Array[] = [];
  new LogWriter((part) => parts.push(part.slice())).addRecord(encodeVersionEdit(edit));
  const manifest = manifestFileName(next);
  performSave(env, directory, { name: manifest, bytes: joined(parts), current: next });
  return { numbers, manifest };
}
