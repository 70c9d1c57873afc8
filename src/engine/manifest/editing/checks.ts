import type { U64 } from '../../bytes/u64';
import { addU64 } from '../../bytes/u64';
import type { Listing } from '../../db/listing';
import { MemoryFile } from '../../env/memory';
import { MAX_SEQUENCE } from '../../keys/internal-key';
import type { Problem } from '../../problem';
import { type Finding, manifestFindings, type Subject } from '../check';
import { type DirectoryCheck, directoryFindings, rangeFindings } from '../check-directory';
import { logFileName, parseFileName } from '../file-names';
import { collectCounters, isRecord, ManifestContents } from '../manifest-reader';
import { ManifestTimeline } from '../timeline';
import type { ManifestBase } from './base';
import type { ManifestDocument } from './document';
import { type Fix, fixesOf } from './fixes';
import { type DocumentFolder, listingOf } from './folder';
import { comparatorOf } from './squash';
import { editsOf, isEdit, recordsOf, stateOf } from './state';

/** A problem of the edited state. */
export interface DocumentProblem {
  problem: Problem;
  /** Of which edit, counted from 0; undefined if it is of no single one. */
  edit: number | undefined;
  subject: Subject | undefined;
  /** What would mend it; to be chosen from. Worked out when it is asked for. */
  readonly fixes: readonly Fix[];
}

export interface CheckOptions {
  /** Opens every table and compares its first and last key; a live check can do without. */
  ranges: boolean;
  /** It will be saved as a new MANIFEST, and CURRENT made to name that: what CURRENT says now does not matter. */
  asNew?: boolean | undefined;
}

/**
 * Checks the edited state by itself and against its folder, as `lsm manifest --check` and the MANIFEST's view do, and
 * against the file that was read: what a lower or higher log number would do to logs.
 */
export function checkDocument(
  document: ManifestDocument,
  folder: DocumentFolder | undefined,
  { ranges, asNew = false }: CheckOptions,
): DocumentProblem[] {
  const contents = contentsOf(document);
  const { name } = document.base;
  const findings = manifestFindings(contents, name);
  const records = contents.items.filter(isRecord);
  const timeline = new ManifestTimeline(records);
  const last = records.length - 1;
  findings.push(...againstBase(document), ...tooHigh(document));
  if (!asNew) findings.push(...ownNumber(document));
  if (folder) {
    const check: DirectoryCheck = {
      env: folder.env,
      directory: folder.directory,
      manifest: name,
      lives: timeline.at(last),
      counters: timeline.countersAt(last),
      offsetOf: (edit) => records[edit]?.offset ?? 0,
    };
    for (const finding of directoryFindings(check)) {
      if (finding.subject?.kind !== 'current') findings.push(finding);
      else if (!asNew && !document.state.switchesCurrent) findings.push(strictOnCurrent(finding));
    }
    findings.push(...logFindings(document.base, document, folder));
    if (ranges) {
      const comparator = comparatorOf(document.edits);
      // What is missing or of another size is told already.
      for (const finding of rangeFindings(check, comparator, folder.codec))
        if (finding) findings.push(finding);
    }
  }
  const places = new Map(records.map(({ offset }, edit) => [offset, edit]));
  // One listing does for all of them.
  let listing: Listing | undefined;
  const listed = folder && (() => (listing ??= listingOf(folder)));
  return findings.map((finding) => ({
    problem: finding.problem,
    edit: editOf(finding, places),
    subject: finding.subject,
    get fixes() {
      return fixesOf(finding, document, findings, listed);
    },
  }));
}

/** No database comes near; above, sums wrap around. */
const MOST_NUMBER: U64 = 2n ** 63n;

/** Whether a save is safe: notes and warnings do not stand in its way. */
export function isSound(problems: readonly DocumentProblem[]): boolean {
  return problems.every(({ problem }) => problem.severity !== 'error');
}

/** The edited state as it would be read. */
export function contentsOf(document: ManifestDocument): ManifestContents {
  const { base, state, encoded } = document;
  if (encoded.bytes === base.bytes) return base.contents;
  if (encoded.bytes) return ManifestContents.read(new MemoryFile(base.name, encoded.bytes), base.name);
  const records = recordsOf(state, encoded.offsets);
  let edit = 0;
  const items = state.items.map((item) => {
    if (isEdit(item)) return records[edit++];
    const { offset, end } = item.source;
    return { offset, length: end - offset, reason: item.reason };
  });
  return ManifestContents.of(base.name, items);
}

function editOf({ problem, subject }: Finding, places: ReadonlyMap<U64, number>): number | undefined {
  if (subject && 'edit' in subject) return subject.edit;
  return problem.offset === undefined ? undefined : places.get(problem.offset);
}

/** A folder without CURRENT is no database: LevelDB does not open it. */
function strictOnCurrent({ problem, subject }: Finding): Finding {
  return { problem: problem.severity === 'warning' ? { ...problem, severity: 'error' } : problem, subject };
}

function* againstBase({ base, edits }: ManifestDocument): Generator<Finding> {
  if (!base.exists && edits.length === 0) {
    const message = 'there is no such file';
    yield {
      problem: { severity: 'error', file: base.name, code: 'missing-file', message },
      subject: { kind: 'base' },
    };
  }
  const before = collectCounters(editsOf(stateOf(base))).comparator;
  const after = collectCounters(edits).comparator;
  if (before === undefined || after === undefined || before === after) return;
  const message = `the comparator was ${before} and is ${after}: the tables are in the old one's order, and whoever opens the database with it is refused`;
  yield {
    problem: { severity: 'error', file: base.name, code: 'bad-version-edit', message },
    subject: undefined,
  };
}

/** LevelDB counts on from these, and past the end it aborts or begins again at 0. */
function* tooHigh({ base, edits }: ManifestDocument): Generator<Finding> {
  const counters = collectCounters(edits);
  for (const [what, value, most] of [
    ['next file number', counters.nextFileNumber, MOST_NUMBER],
    ['log number', counters.logNumber, MOST_NUMBER],
    ['previous log number', counters.prevLogNumber, MOST_NUMBER],
    ['last sequence', counters.lastSequence, MAX_SEQUENCE],
  ] as const) {
    if (value === undefined || value <= most) continue;
    const message = `the ${what}, ${value}, leaves no room to count on`;
    yield {
      problem: { severity: 'error', file: base.name, code: 'bad-version-edit', message },
      subject: undefined,
    };
  }
}

/** LevelDB takes the next file number for its next MANIFEST, and would write over this one. */
function* ownNumber({ base, edits }: ManifestDocument): Generator<Finding> {
  const parsed = parseFileName(base.name);
  const { nextFileNumber } = collectCounters(edits);
  if (parsed?.kind !== 'manifest' || nextFileNumber === undefined || parsed.number < nextFileNumber) return;
  const message = `the next file number, ${nextFileNumber}, is not above this MANIFEST's own, ${parsed.number}: LevelDB may write over it as it opens the database`;
  yield {
    problem: { severity: 'warning', file: base.name, code: 'counter-too-low', message },
    subject: { kind: 'counter', field: 'nextFileNumber', least: addU64(parsed.number, 1) },
  };
}

/** What becomes of logs by another log number than the one that was read. */
function* logFindings(
  base: ManifestBase,
  document: ManifestDocument,
  folder: DocumentFolder,
): Generator<Finding> {
  const before = collectCounters(editsOf(stateOf(base))).logNumber;
  const { logNumber: after, prevLogNumber = 0 } = collectCounters(document.edits);
  if (before === undefined || after === undefined || before === after) return;
  for (const { number, name } of listingOf(folder)?.logs ?? []) {
    if (number === prevLogNumber && prevLogNumber !== 0) continue;
    const isDropped = number >= before && number < after;
    const isReplayed = number < before && number >= after;
    if (!(isDropped || isReplayed) || folder.env.stat(folder.env.join(folder.directory, name)).size === 0)
      continue;
    const message = isDropped
      ? `${logFileName(number)} is below the log number, ${after}: LevelDB deletes it without replaying it`
      : `${logFileName(number)} was flushed, and is replayed again by the log number ${after}: what it holds may hide newer writes`;
    yield {
      problem: { severity: 'warning', file: base.name, code: 'stale-file', message },
      subject: { kind: 'log', number },
    };
  }
}
