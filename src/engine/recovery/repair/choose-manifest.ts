import { addU64, maxU64, type U64 } from '../../bytes/u64';
import type { Listing } from '../../db/listing';
import { listDatabase } from '../../db/listing';
import { EnvError, ignoreFailure, readRange } from '../../env/env';
import { MAX_CURRENT_BYTES, parseCurrent } from '../../manifest/current';
import { readBase } from '../../manifest/editing/base';
import { checkDocument } from '../../manifest/editing/checks';
import { ManifestDocument } from '../../manifest/editing/document';
import type { DocumentFolder } from '../../manifest/editing/folder';
import { type Operation, OperationError } from '../../manifest/editing/operation';
import { type Evidence, manifestEvidence } from '../../manifest/editing/rebuild/evidence';
import { versionOf } from '../../manifest/editing/squash';
import { isEdit } from '../../manifest/editing/state';
import { collectCounters, type ManifestCounters } from '../../manifest/manifest-reader';
import type { Version } from '../../manifest/version';
import { LsmError, type Problem } from '../../problem';

/** A MANIFEST that the database can go on with. */
export interface ChosenManifest {
  name: string;
  /** What was done to it; none if it is sound. */
  operations: Operation[];
  version: Version;
  document: ManifestDocument;
  counters: ManifestCounters;
  /** Tables of the folder that it does not name although it should, if they hold what nothing else does. */
  doubtful: U64[];
  /** Whether something in it has to be put right that no operation did: counters that are too low. */
  mustBeWritten: boolean;
}

export interface ManifestChoice {
  /** What is wrong with CURRENT, in LevelDB's words. */
  current: string | undefined;
  /** Those that were looked at, in this order, and why they were not taken. */
  rejected: { name: string; reason: string }[];
  chosen: ChosenManifest | undefined;
  /** Damage in the MANIFEST that CURRENT names or, without it, in the newest. */
  problems: Problem[];
  evidence: Evidence;
  listing: Listing;
}

/**
 * Looks for the MANIFEST to go on with: the one that CURRENT names, if it is sound; another one that names tables which
 * are all there; the first one without its damage, if it reads right then. It reads no table.
 */
export function chooseManifest(folder: DocumentFolder): ManifestChoice {
  const { env, directory } = folder;
  const listing = listDatabase(env, directory);
  const evidence = manifestEvidence(folder, listing);
  const { named, problem } = readCurrent(folder, listing);
  const names = listing.manifests.map(({ name }) => name).reverse();
  const first = named ?? names[0];
  const choice: ManifestChoice = {
    current: problem,
    rejected: [],
    chosen: undefined,
    problems: [],
    evidence,
    listing,
  };
  if (first === undefined) return choice;
  const candidates = [first, ...names.filter((name) => name !== first)];
  const judged = candidates.map((name) => judge(folder, name, choice, []));
  choice.problems = judged[0].problems;
  const reject = ({ name, reason }: Judged, more?: string) =>
    choice.rejected.push({ name, reason: more ?? reason ?? 'it cannot be used' });

  const [own, ...others] = judged;
  // Without CURRENT nothing says that the newest is the one: a crash can have left it unfinished.
  const isOwn = own.chosen && (named !== undefined || own.isWhole);
  if (own.chosen && isOwn && own.missing === 0) return { ...choice, chosen: own.chosen };
  for (const other of others) {
    if (other.chosen && other.isWhole) {
      reject(own, own.missing > 0 ? `${own.missing} of its tables are missing` : undefined);
      return { ...choice, chosen: other.chosen };
    }
  }
  if (own.chosen) return { ...choice, chosen: own.chosen };
  reject(own);
  const mended = mend(folder, first, choice);
  if (mended?.chosen && mended.missing === 0) return { ...choice, chosen: mended.chosen };
  if (mended) {
    const reason = mended.reason ?? `without its damage, ${mended.missing} tables are missing that it names`;
    choice.rejected.push({ name: first, reason });
  }
  for (const other of others) reject(other, other.reason ?? 'not all of its tables are there');
  return choice;
}

/** What a MANIFEST is worth. */
interface Judged {
  name: string;
  problems: Problem[];
  /** Why it cannot be used. */
  reason: string | undefined;
  chosen: ChosenManifest | undefined;
  /** Tables that it names and that are not there. */
  missing: number;
  /** All tables are there that it names, and none that it should name and does not. */
  isWhole: boolean;
}

function judge(
  folder: DocumentFolder,
  name: string,
  { listing, evidence }: Pick<ManifestChoice, 'listing' | 'evidence'>,
  operations: Operation[],
): Judged {
  const judged: Judged = {
    name,
    problems: [],
    reason: undefined,
    chosen: undefined,
    missing: 0,
    isWhole: false,
  };
  let document: ManifestDocument;
  try {
    document = new ManifestDocument(readBase(folder.env, folder.directory, name));
    for (const operation of operations) document.apply(operation);
  } catch (error) {
    if (error instanceof EnvError && error.code === 'permission') throw error;
    if (!(error instanceof EnvError) && !(error instanceof OperationError)) throw error;
    judged.reason = error instanceof EnvError ? error.reason : error.message;
    judged.problems = [{ severity: 'error', file: name, code: 'unreadable', message: judged.reason }];
    return judged;
  }
  const isMended = operations.length > 0;
  // An edit that is lost can have taken tables out: one that takes out what is not there shows that something is amiss.
  const found = checkDocument(document, folder, { ranges: false, asNew: true }).filter(
    ({ problem, subject }) => problem.severity === 'error' || (isMended && subject?.kind === 'deletion'),
  );
  const counters = collectCounters(document.edits);
  const isComplete =
    counters.nextFileNumber !== undefined &&
    counters.logNumber !== undefined &&
    counters.lastSequence !== undefined;
  const errors = found.filter(
    ({ subject }) => subject?.kind !== 'table' && !(subject?.kind === 'counter' && isComplete),
  );
  judged.problems = errors.map(({ problem }) => problem);
  if (errors.length > 0) {
    judged.reason = errors[0].problem.message;
    return judged;
  }
  if (!isComplete) {
    judged.reason = 'it does not say all of next file number, log number and last sequence';
    return judged;
  }
  const version = versionOf(document.edits);
  judged.missing = listing.tables.missing(version.numbers).length;
  const isCut = isMended || document.base.tail !== undefined;
  const doubtful = doubtfulTables(listing, version, counters, evidence, isCut);
  judged.isWhole = judged.missing === 0 && doubtful.length === 0;
  const mustBeWritten = found.some(({ subject }) => subject?.kind === 'counter');
  judged.chosen = { name, operations, version, document, counters, doubtful, mustBeWritten };
  return judged;
}

/**
 * Tables that may belong to the database although no version names them. A sound MANIFEST knows all that was there when
 * it was written: only what came later can be missing in it. Where its end or something in it is lost, so can the
 * naming of any table that no MANIFEST proves obsolete.
 */
function doubtfulTables(
  listing: Listing,
  version: Version,
  { nextFileNumber = 0 }: ManifestCounters,
  evidence: Evidence,
  isCut: boolean,
): U64[] {
  const doubtful: U64[] = [];
  for (const { kind, number } of listing.besides(version)) {
    if (kind !== 'table' || (isCut && evidence.isObsolete(number))) continue;
    if (isCut || number >= nextFileNumber) doubtful.push(number);
  }
  return doubtful;
}

/** The MANIFEST without its damage; undefined if it has none that could be dropped. */
function mend(folder: DocumentFolder, name: string, choice: ManifestChoice): Judged | undefined {
  const base = ignoreFailure(() => readBase(folder.env, folder.directory, name));
  if (!base?.items.some(isEdit)) return undefined;
  const damage = base.items.flatMap((item) => (item.kind === 'damage' ? [item] : []));
  if (damage.length === 0 && !base.tail) return undefined;
  const operations = damage.map(({ salvage, source: { offset } }): Operation => {
    return { op: salvage.length > 0 ? 'salvage-damage' : 'drop-damage', offset };
  });
  if (base.tail) operations.push({ op: 'drop-tail' });
  return judge(folder, name, choice, operations);
}

/** `named` is a MANIFEST that is there. */
function readCurrent(
  { env, directory }: DocumentFolder,
  listing: Listing,
): { named: string | undefined; problem: string | undefined } {
  let file: ReturnType<typeof env.open>;
  try {
    file = env.open(env.join(directory, 'CURRENT'));
  } catch (error) {
    if (!(error instanceof EnvError) || error.code === 'permission') throw error;
    return { named: undefined, problem: 'there is no CURRENT: LevelDB takes the folder for no database' };
  }
  try {
    const named = parseCurrent(readRange(file, 0, MAX_CURRENT_BYTES + 1));
    if (listing.manifests.some(({ name }) => name === named)) return { named, problem: undefined };
    return { named: undefined, problem: 'CURRENT points to a non-existent file' };
  } catch (error) {
    if (error instanceof LsmError) return { named: undefined, problem: error.message };
    if (!(error instanceof EnvError) || error.code === 'permission') throw error;
    return { named: undefined, problem: error.reason };
  } finally {
    file.close();
  }
}

/** Above the numbers of all files, and what MANIFESTs say. */
export function nextNumber({ files }: Listing, ...more: (U64 | undefined)[]): U64 {
  let next: U64 = 2;
  for (const { number } of files) next = maxU64(next, addU64(number, 1));
  for (const number of more) next = maxU64(next, number ?? 0);
  return next;
}
