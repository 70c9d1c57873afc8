import type { U64 } from '../bytes/u64';
import { bytewiseComparator, type Comparator, findComparator } from '../keys/comparator';
import { InternalKeyComparator } from '../keys/internal-key';
import type { Problem } from '../problem';
import { collectCounters, isRecord, type ManifestContents, type ManifestRecord } from './manifest-reader';
import { Version, VersionBuilder } from './version';

/** What a MANIFEST says, recovered without changing anything (VersionSet::Recover). */
export interface RecoveredVersions {
  /** The MANIFEST's file name. */
  manifest: string;
  comparatorName: string;
  /** The order in use: the named one, or bytewise where the engine does not have it. */
  comparator: Comparator;
  /** Whether the engine has a comparator of that name. */
  comparatorNameKnown: boolean;
  /** Whether `comparator` is the one that the MANIFEST names. */
  comparatorKnown: boolean;
  version: Version;
  logNumber: U64;
  prevLogNumber: U64;
  nextFileNumber: U64;
  lastSequence: U64;
  edits: number;
  /** Bytes of the MANIFEST that hold sound records. */
  end: number;
  problems: Problem[];
}

/**
 * The state that a MANIFEST describes. LevelDB refuses a MANIFEST with any damage; here each damage is an error in
 * `problems` and the sound edits are applied. `override` orders keys in place of the comparator that is named.
 */
export function recoverVersions(
  contents: ManifestContents,
  manifest: string,
  override?: Comparator,
): RecoveredVersions {
  const { problems } = contents;
  const records = contents.items.filter(isRecord);
  const counters = collectCounters(records.map(({ edit }) => edit));
  const comparatorName = counters.comparator ?? override?.name ?? bytewiseComparator.name;
  const known = findComparator(comparatorName);
  const comparator = override ?? known ?? bytewiseComparator;

  for (const problem of comparatorProblems(records, manifest, comparatorName, known !== undefined)) {
    problems.push(problem);
  }
  const missing: [U64 | undefined, string][] = [
    [counters.nextFileNumber, 'no meta-nextfile entry in descriptor'],
    [counters.logNumber, 'no meta-lognumber entry in descriptor'],
    [counters.lastSequence, 'no last-sequence-number entry in descriptor'],
  ];
  // LevelDB names the first one only.
  const first = missing.find(([value]) => value === undefined);
  if (first) {
    problems.push({ severity: 'error', file: manifest, code: 'bad-version-edit', message: first[1] });
  }

  return {
    manifest,
    comparatorName,
    comparator,
    comparatorNameKnown: known !== undefined,
    comparatorKnown: known !== undefined && comparator.name === comparatorName,
    version: buildVersion(records, comparator),
    logNumber: counters.logNumber ?? 0,
    prevLogNumber: counters.prevLogNumber ?? 0,
    nextFileNumber: counters.nextFileNumber ?? 0,
    lastSequence: counters.lastSequence ?? 0,
    edits: records.length,
    end: contents.end,
    problems,
  };
}

/** The version that results from records applied in order. */
export function buildVersion(records: readonly ManifestRecord[], comparator: Comparator): Version {
  const builder = new VersionBuilder(Version.empty(new InternalKeyComparator(comparator)));
  for (const { edit } of records) builder.apply(edit);
  return builder.build();
}

function comparatorProblems(
  records: readonly ManifestRecord[],
  manifest: string,
  name: string,
  known: boolean,
): Problem[] {
  const problems: Problem[] = [];
  for (const { offset, edit } of records) {
    if (edit.comparator === undefined || edit.comparator === name) continue;
    const message = `${edit.comparator} does not match existing comparator : ${name}`;
    problems.push({ severity: 'error', file: manifest, offset, code: 'bad-version-edit', message });
  }
  if (!known) {
    const message =
      `the comparator "${name}" is not known here: the order of keys can only be guessed; ` +
      `--comparator ${bytewiseComparator.name} shows them in bytewise order`;
    problems.push({ severity: 'warning', file: manifest, code: 'unknown-comparator', message });
  }
  return problems;
}
