import { equalBytes } from '../engine/bytes/compare';
import type { U64 } from '../engine/bytes/u64';
import { bytewiseComparator, type Comparator, findComparator } from '../engine/keys/comparator';
import { checkDocument, contentsOf, type DocumentProblem } from '../engine/manifest/editing/checks';
import type { ManifestDocument } from '../engine/manifest/editing/document';
import { integerJson, keyJson } from '../engine/manifest/editing/edit-json';
import type { DocumentFolder } from '../engine/manifest/editing/folder';
import { operationsJson } from '../engine/manifest/editing/operation-json';
import { operationText } from '../engine/manifest/editing/operation-text';
import { versionOf } from '../engine/manifest/editing/squash';
import { editsOf, isEdit } from '../engine/manifest/editing/state';
import { collectCounters, isRecord, type ManifestContents } from '../engine/manifest/manifest-reader';
import { ManifestTimeline } from '../engine/manifest/timeline';
import type { FileMetaData, VersionEdit } from '../engine/manifest/version-edit';
import { LsmError, type Severity } from '../engine/problem';
import { cutText } from './cut';
import { KeyAxis } from './key-axis';
import { type EditFilter, type EditRow, type Listed, type LivesData, NEVER } from './manifest-api';
import type {
  AdditionForm,
  CheckedProblem,
  EditForm,
  FormPage,
  KeyForm,
  PlacedFile,
  VersionDifferences,
} from './manifest-edit-api';
import { moving } from './moved';

/** Of problems, and of tables in a list; how many there are is told. */
const MAX_LISTED = 1000;
const MAX_PAGE = 500;
/** A longer key is no business of a form's. */
const MAX_KEY_CHARACTERS = 2000;

/** The state of a document, as views ask for it. A new state has a new view. */
export class ManifestView {
  readonly document: ManifestDocument;
  readonly contents: ManifestContents;
  readonly timeline: ManifestTimeline;
  readonly comparator: Comparator;
  readonly comparatorName: string | undefined;
  /** For each row its record's number; -1 for damage. */
  readonly editOfRow: Int32Array;
  private readonly savedItems: ReadonlySet<object>;
  private readonly savedEdits: readonly VersionEdit[];
  private filtered: { key: string; rows: Uint32Array } | undefined;
  private savedFiles: Map<string, { level: number; file: FileMetaData }> | undefined;

  constructor(document: ManifestDocument) {
    this.document = document;
    this.contents = contentsOf(document);
    this.timeline = new ManifestTimeline(this.contents.items.filter(isRecord));
    this.comparatorName = this.timeline.records.find(
      ({ edit }) => edit.comparator !== undefined,
    )?.edit.comparator;
    this.comparator = findComparator(this.comparatorName ?? '') ?? bytewiseComparator;
    let edits = 0;
    this.editOfRow = Int32Array.from(this.contents.items, (item) => (isRecord(item) ? edits++ : -1));
    this.savedItems = new Set(document.savedState.items);
    this.savedEdits = editsOf(document.savedState);
  }

  /** Rows of the whole list that a filter lets through; the last filter's are kept. */
  rowsUnder(filter: EditFilter): Uint32Array {
    const key = JSON.stringify(filter, (_, value) => (typeof value === 'bigint' ? `${value}` : value));
    if (this.filtered?.key === key) return this.filtered.rows;
    const { editOfRow, timeline } = this;
    const kinds = filter.kinds && new Set(filter.kinds);
    const rows: number[] = [];
    for (const [row, edit] of editOfRow.entries()) {
      const kind = edit < 0 ? 'damage' : timeline.descriptions[edit].kind;
      if (kinds && !kinds.has(kind)) continue;
      if (filter.file !== undefined && !this.touches(edit, filter.file)) continue;
      rows.push(row);
    }
    this.filtered = { key, rows: Uint32Array.from(rows) };
    return this.filtered.rows;
  }

  row(row: number): EditRow {
    const { contents, editOfRow, timeline, document } = this;
    const item = contents.items[row];
    const changed = !this.savedItems.has(document.state.items[row]);
    if (!isRecord(item)) {
      const { offset, length, reason } = item;
      const what = { kind: 'damage', reason } as const;
      return { edit: undefined, offset, bytes: length, what, added: 0, removed: 0, changed };
    }
    const edit = editOfRow[row];
    const { newFiles, deletedFiles } = item.edit;
    return {
      edit,
      offset: item.offset,
      bytes: item.end - item.offset,
      what: timeline.descriptions[edit],
      added: newFiles.length,
      removed: deletedFiles.length,
      changed,
    };
  }

  lives(): LivesData {
    const { timeline, comparator } = this;
    const { lives } = timeline;
    const gone = this.goneFiles();
    const axis = new KeyAxis(
      comparator,
      [...lives, ...gone].map(({ file }) => file),
    );
    const shapes = (files: readonly { level: number; file: FileMetaData }[]) => ({
      numbers: Float64Array.from(files, ({ file }) => Number(file.number)),
      levels: Uint8Array.from(files, ({ level }) => level),
      sizes: Float64Array.from(files, ({ file }) => Number(file.size)),
      left: Float32Array.from(files, ({ file }) => axis.place(file.smallest)),
      right: Float32Array.from(files, ({ file }) => axis.place(file.largest)),
    });
    return moving({
      ...shapes(lives),
      added: Uint32Array.from(lives, ({ added }) => added),
      removed: Uint32Array.from(lives, ({ removed }) => removed ?? NEVER),
      saved: Uint8Array.from(lives, (life) => (this.isSaved(life) ? 1 : 0)),
      gone: shapes(gone),
      ticks: axis.ticks(),
    });
  }

  form(edit: number, { start, end, file }: FormPage): EditForm {
    const fields = this.record(edit).edit;
    const wanted = file === undefined ? undefined : `${file}`;
    const page = <T>(all: readonly T[], numberOf: (item: T) => U64): Listed<T> => {
      const rows = wanted === undefined ? all : all.filter((item) => `${numberOf(item)}` === wanted);
      return { rows: rows.slice(start, Math.min(end, start + MAX_PAGE)), total: rows.length };
    };
    const json = (value: U64 | undefined) => (value === undefined ? undefined : integerJson(value));
    const deletions = page(fields.deletedFiles, ({ number }) => number);
    const additions = page(fields.newFiles, (added) => added.file.number);
    return {
      edit,
      comparator: fields.comparator,
      logNumber: json(fields.logNumber),
      prevLogNumber: json(fields.prevLogNumber),
      nextFileNumber: json(fields.nextFileNumber),
      lastSequence: json(fields.lastSequence),
      compactPointers: fields.compactPointers.map(({ level, key }) => ({ level, key: keyForm(key) })),
      deletions: {
        rows: deletions.rows.map(({ level, number }) => ({ level, number: integerJson(number) })),
        total: deletions.total,
      },
      additions: { rows: additions.rows.map(additionForm), total: additions.total },
    };
  }

  differences(): VersionDifferences {
    const { timeline, document, savedEdits } = this;
    const present = timeline.at(timeline.edits - 1);
    const [added, removed, moved, changed] = [
      list<PlacedFile>(),
      list<PlacedFile>(),
      list<Moved>(),
      list<PlacedFile>(),
    ];
    const before = this.saved();
    const now = new Set(present.map(placeOf));
    const leftBehind = new Map<U64, number>();
    for (const [place, { level, file }] of before) if (!now.has(place)) leftBehind.set(file.number, level);
    const arrived = new Set<U64>();
    for (const life of present) {
      const { level, file } = life;
      if (this.isSaved(life)) continue;
      const from = leftBehind.get(file.number);
      if (before.has(placeOf(life))) push(changed, placed(life));
      else if (from === undefined) push(added, placed(life));
      else {
        push(moved, { ...placed({ level, file }), from });
        arrived.add(file.number);
      }
    }
    for (const [place, each] of before) {
      if (!now.has(place) && !arrived.has(each.file.number)) push(removed, placed(each));
    }
    const [countersBefore, countersAfter] = [savedEdits, document.edits].map((edits) =>
      collectCounters(edits),
    );
    const counters = [];
    for (const name of [
      'comparator',
      'logNumber',
      'prevLogNumber',
      'nextFileNumber',
      'lastSequence',
    ] as const) {
      const [a, b] = [countersBefore[name], countersAfter[name]];
      if (a !== b) counters.push({ name, before: fieldJson(a), after: fieldJson(b) });
    }
    const operations = list<string>();
    for (const operation of document.operations) push(operations, cutText(operationText(operation)));
    return {
      added,
      removed,
      moved,
      changed,
      counters,
      editsBefore: savedEdits.length,
      editsAfter: timeline.edits,
      operations,
    };
  }

  /** The checks that read no table. Out of a database's folder only what the MANIFEST itself says. */
  problems(folder: DocumentFolder | undefined): CheckedProblem[] {
    return worstOf(checkDocument(this.document, folder, { ranges: false }));
  }

  record(edit: number) {
    const record = this.timeline.records[edit];
    if (!record) throw new LsmError('Invalid argument', 'invalid-argument', `there is no edit ${edit}`);
    return record;
  }

  private touches(edit: number, number: U64): boolean {
    if (edit < 0) return false;
    const { newFiles, deletedFiles } = this.timeline.records[edit].edit;
    return (
      newFiles.some(({ file }) => file.number === number) ||
      deletedFiles.some((each) => each.number === number)
    );
  }

  private saved() {
    this.savedFiles ??= new Map([...versionOf(this.savedEdits).files()].map((each) => [placeOf(each), each]));
    return this.savedFiles;
  }

  private isSaved(placedFile: { level: number; file: FileMetaData }): boolean {
    if (!this.document.isDirty) return true;
    const before = this.saved().get(placeOf(placedFile))?.file;
    return before !== undefined && (before === placedFile.file || isSameFile(before, placedFile.file));
  }

  private goneFiles() {
    if (!this.document.isDirty) return [];
    const { timeline } = this;
    const present = new Set(timeline.at(timeline.edits - 1).map(placeOf));
    return [...this.saved()].filter(([place]) => !present.has(place)).map(([, each]) => each);
  }
}

function isSameFile(a: FileMetaData, b: FileMetaData): boolean {
  return a.size === b.size && equalBytes(a.smallest, b.smallest) && equalBytes(a.largest, b.largest);
}

type Moved = PlacedFile & { from: number };

function placeOf({ level, file }: { level: number; file: FileMetaData }): string {
  return `${level}/${file.number}`;
}

function placed({ level, file }: { level: number; file: FileMetaData }): PlacedFile {
  return { level, number: integerJson(file.number), size: integerJson(file.size) };
}

function fieldJson(value: U64 | string | undefined) {
  return value === undefined || typeof value === 'string' ? value : integerJson(value);
}

function list<T>(): Listed<T> {
  return { rows: [], total: 0 };
}

function push<T>(listed: Listed<T>, row: T): void {
  listed.total++;
  if (listed.rows.length < MAX_LISTED) listed.rows.push(row);
}

function additionForm({ level, file }: { level: number; file: FileMetaData }): AdditionForm {
  const { smallest, largest } = file;
  return { ...placed({ level, file }), smallest: keyForm(smallest), largest: keyForm(largest) };
}

function keyForm(key: Uint8Array): KeyForm {
  const { userKey, sequence, type } = keyJson(key);
  const isWhole = userKey.length <= MAX_KEY_CHARACTERS;
  return { userKey: cutText(userKey), sequence, type, isWhole };
}

/** As many problems as a list has room for. A table that is missing must not drown in a thousand warnings. */
export function worstOf(problems: readonly DocumentProblem[]): CheckedProblem[] {
  return worst(problems).map(checkedProblem);
}

/** As many as are listed, errors first. */
export function worst(problems: readonly DocumentProblem[]): DocumentProblem[] {
  const ranks: Record<Severity, number> = { error: 0, warning: 1, note: 2 };
  return [...problems]
    .sort((a, b) => ranks[a.problem.severity] - ranks[b.problem.severity])
    .slice(0, MAX_LISTED);
}

export function checkedProblem({ problem, edit, fixes }: DocumentProblem): CheckedProblem {
  return {
    ...problem,
    message: cutText(problem.message),
    edit,
    fixes: fixes.map(({ label, operations }) => ({
      label: cutText(label),
      operations: operationsJson(operations),
    })),
  };
}

/** Places of damage in a state. */
export function damageIn(document: ManifestDocument): number {
  return document.state.items.filter((item) => !isEdit(item)).length;
}
