import { crc32c } from '../engine/bytes/crc32c';
import { parseU64, type U64 } from '../engine/bytes/u64';
import { NodeReadableEnv } from '../engine/env/node';
import { findComparator } from '../engine/keys/comparator';
import { editLines, lineCount, manifestText, versionText } from '../engine/manifest/edit-text';
import { readBase } from '../engine/manifest/editing/base';
import { checkDocument } from '../engine/manifest/editing/checks';
import { ManifestDocument } from '../engine/manifest/editing/document';
import { integerJson } from '../engine/manifest/editing/edit-json';
import type { DocumentFolder } from '../engine/manifest/editing/folder';
import { ChoiceNeeded, OperationError } from '../engine/manifest/editing/operation';
import { operationsJson, readOperations } from '../engine/manifest/editing/operation-json';
import { operationText } from '../engine/manifest/editing/operation-text';
import { checkOrder } from '../engine/manifest/editing/order-check';
import { resolveOperation } from '../engine/manifest/editing/resolve';
import { LsmError } from '../engine/problem';
import type { Page } from './api';
import type { AppliedChange, WriteOptions } from './change-api';
import { cutText, joinLines } from './cut';
import { whileHeld } from './held-job';
import type { JobOf, JobsOf } from './job';
import { keyRef } from './key-ref';
import type {
  EditDetails,
  EditFilter,
  EditRow,
  LifeDetails,
  Listed,
  LivesData,
  ManifestCalls,
  ManifestJobs,
  ManifestSummary,
} from './manifest-api';
import type {
  CheckedProblem,
  EditForm,
  EditingState,
  FormPage,
  IntegerJson,
  ManifestBackup,
  OperationJson,
  TableChoice,
  TableNote,
  TextProblem,
  VersionDifferences,
} from './manifest-edit-api';
import { ManifestFolder } from './manifest-folder';
import { isSameFile, ManifestSaving, type SavedManifest } from './manifest-saving';
import { tableChoices } from './manifest-tables';
import { changeText, checkText, operationsOf } from './manifest-text-form';
import { damageIn, ManifestView, worstOf } from './manifest-view';

/** Of an edit's fields, and of a table's stays; how many there are is told. */
const MAX_LISTED = 1000;

interface OpenManifest extends SavedManifest {
  path: string;
  name: string;
  folder: ManifestFolder;
  /** Of the file and the folder when they were read last. */
  fingerprint: string;
  view: ManifestView;
}

/** One MANIFEST, opened in the worker's thread: looked at, edited, saved. */
export class ManifestSession implements ManifestCalls {
  private readonly env = new NodeReadableEnv();
  private readonly saving = new ManifestSaving(this.env);
  private opened: OpenManifest | undefined;
  /** Operations are being done, or a save is: the document must stay what it is meanwhile. */
  private isWorking = false;

  readonly jobs: JobsOf<ManifestJobs> = {
    edit: (operations) => this.alone(this.edits(operations)),
    changeText: (text, operations) => this.changeText(text, operations),
    check: () => this.check(),
    trySave: ({ asNew }) => this.alone(this.saving.try(this.present(), this.folder() !== undefined, asNew)),
    save: (options) => this.alone(this.save(options)),
  };

  open(path: string): ManifestSummary {
    this.requireIdle();
    const { env } = this;
    const { name, directory } = env.split(path);
    const folder = new ManifestFolder(env, directory);
    const fingerprint = folder.fingerprint(name);
    const base = readBase(env, directory, name);
    // One that is not there can be rebuilt, if it is the one that is missing.
    if (!base.exists && !folder.misses(name)) env.stat(path);
    const document = new ManifestDocument(base);
    const onDisk = base.exists ? base.bytes : undefined;
    this.saving.drop();
    const view = new ManifestView(document);
    this.opened = { path, name, directory, folder, fingerprint, document, onDisk, view };
    return this.summaryOf(this.opened);
  }

  editedIn(directory: string): string {
    return new ManifestFolder(this.env, directory).edited;
  }

  refresh(): ManifestSummary {
    return this.open(this.present().path);
  }

  summary(): ManifestSummary {
    return this.summaryOf(this.present());
  }

  hasChanged(): boolean {
    const { name, folder, fingerprint } = this.present();
    return folder.fingerprint(name) !== fingerprint;
  }

  fileChanged(): boolean {
    const { path, onDisk } = this.present();
    return !isSameFile(this.env, path, onDisk);
  }

  rows(start: number, end: number, filter: EditFilter): Page<EditRow> {
    const { view } = this.present();
    const rows = view.rowsUnder(filter);
    return { total: rows.length, rows: [...rows.subarray(start, end)].map((row) => view.row(row)) };
  }

  rowOf(edit: number, filter: EditFilter): number {
    const { view } = this.present();
    let found = -1;
    for (const [i, row] of view.rowsUnder(filter).entries()) {
      if (view.editOfRow[row] < 0) continue;
      if (view.editOfRow[row] > edit) break;
      found = i;
    }
    return found;
  }

  editAt(offset: number): number {
    const { records } = this.present().view.timeline;
    const behind = records.findIndex((record) => record.offset > offset);
    return (behind < 0 ? records.length : behind) - 1;
  }

  lives(): LivesData {
    return this.present().view.lives();
  }

  edit(edit: number): EditDetails {
    const { view } = this.present();
    const record = view.record(edit);
    const { comparator, ...counters } = view.timeline.countersAt(edit);
    return {
      edit,
      offset: record.offset,
      what: view.timeline.descriptions[edit],
      lines: firstLines(editLines(record.edit)),
      totalLines: lineCount(record.edit),
      counters: { ...counters, comparator: comparator && cutText(comparator) },
    };
  }

  life(index: number): LifeDetails {
    const { view, folder } = this.present();
    const life = view.timeline.lives[index];
    if (!life) throw new LsmError('Invalid argument', 'invalid-argument', `there is no file ${index}`);
    const { file, level, added, removed } = life;
    const stays = view.timeline.lives.filter((other) => other.file.number === file.number);
    return {
      number: file.number,
      level,
      bytes: Number(file.size),
      smallest: keyRef(file.smallest),
      largest: keyRef(file.largest),
      added,
      removed,
      stays: {
        rows: stays
          .slice(0, MAX_LISTED)
          .map((stay) => ({ level: stay.level, added: stay.added, removed: stay.removed })),
        total: stays.length,
      },
      name: folder.table(file.number)?.name,
    };
  }

  lifeOf(number: U64): number {
    const numbers = this.present().view.timeline.lives.map(({ file }) => file.number);
    return numbers.lastIndexOf(number);
  }

  text(limit: number): string {
    const { contents, document } = this.present().view;
    const tail = document.state.hasTail ? contents.tail : undefined;
    return joinLines(manifestText(contents.items, tail), limit, 'MANIFEST');
  }

  versionText(edit: number, limit: number): string {
    return joinLines(versionText(this.present().view.timeline.at(edit)), limit, 'version');
  }

  editing(): EditingState {
    const { document, onDisk } = this.present();
    const { operations, isDirty, undoLabel, redoLabel, state, encoded } = document;
    return {
      operations: operations.length,
      isDirty,
      undoLabel: undoLabel && cutText(undoLabel),
      redoLabel: redoLabel && cutText(redoLabel),
      exists: onDisk !== undefined,
      hasTail: state.hasTail,
      damage: damageIn(document),
      switchesCurrent: state.switchesCurrent,
      refusal: encoded.bytes
        ? undefined
        : 'damage stands behind what was changed, and cannot be carried along: drop it first',
    };
  }

  undo(count: number): EditingState {
    return this.move(count, 'undo');
  }

  redo(count: number): EditingState {
    return this.move(count, 'redo');
  }

  script(): OperationJson[] {
    return operationsJson(this.present().document.operations);
  }

  backup(): ManifestBackup {
    const { name, onDisk, document } = this.present();
    return { version: 1, name, base: identityOf(onDisk), log: operationsJson(document.unsaved) };
  }

  restore({ name, base, log }: ManifestBackup): EditingState {
    this.requireIdle();
    const opened = this.present();
    const found = identityOf(opened.onDisk);
    if (name !== opened.name || JSON.stringify(found) !== JSON.stringify(base)) {
      const message = 'the file has changed since these edits were made';
      throw new LsmError('Invalid argument', 'moved-on', message, opened.name);
    }
    this.show(asked(opened.name, () => ManifestDocument.restore(opened.document.base, log)));
    return this.editing();
  }

  rebase(): EditingState {
    this.requireIdle();
    const opened = this.present();
    const { directory, name } = opened;
    const fingerprint = opened.folder.fingerprint(name);
    if (this.fileChanged()) {
      const base = readBase(this.env, directory, name);
      const log = operationsJson(opened.document.unsaved);
      const document = asked(name, () => ManifestDocument.restore(base, log));
      opened.onDisk = base.exists ? base.bytes : undefined;
      this.show(document);
    }
    opened.fingerprint = fingerprint;
    return this.editing();
  }

  form(edit: number, page: FormPage): EditForm {
    return this.present().view.form(edit, page);
  }

  differences(): VersionDifferences {
    return this.present().view.differences();
  }

  bytes(): Uint8Array {
    const { document, name } = this.present();
    const { bytes } = document.encoded;
    if (bytes) return bytes.slice();
    throw new LsmError('Invalid argument', 'bad-record', this.editing().refusal ?? '', name);
  }

  textOperations(text: string): OperationJson[] {
    return operationsJson(operationsOf(this.present().document, text));
  }

  checkText(text: string): TextProblem[] {
    return checkText(this.present().document, this.folder(), text);
  }

  tableNote(number: IntegerJson): TableNote {
    const value = parseU64(`${number}`);
    const { view, folder } = this.present();
    const { timeline } = view;
    const lives = timeline.at(timeline.edits - 1).filter(({ file }) => file.number === value);
    const file = value === undefined ? undefined : folder.table(value);
    return { name: file?.name, bytes: file?.bytes, levels: lives.map(({ level }) => level) };
  }

  tableChoices(of: 'version' | 'folder', digits: string): Listed<TableChoice> {
    const { view, folder } = this.present();
    const { timeline } = view;
    return tableChoices(timeline.at(timeline.edits - 1), of === 'folder' ? folder : undefined, digits);
  }

  dropSave(): void {
    if (!this.isWorking) this.saving.drop();
  }

  private *edits(json: OperationJson[]): JobOf<ReturnType<ManifestJobs['edit']>> {
    const { document, name, folder } = this.present();
    const operations = asked(name, () => readOperations(json));
    const takeBack = document.mark();
    let leftOut: ReturnType<ManifestJobs['edit']>['leftOut'] = [];
    let isDone = false;
    try {
      for (const operation of operations) {
        const steps = resolveOperation(operation, document, folder.forChecks);
        for (let done = 0; ; ) {
          const step = asked(name, () => steps.next());
          if (!step.done) {
            yield { detail: operationText(operation), done: ++done, total: 0 };
            continue;
          }
          const { value } = step;
          if (operation.op === 'rebuild') {
            leftOut = value.leftOut.map(({ number, reason }) => ({ number: integerJson(number), reason }));
          }
          asked(name, () => document.apply(value.operation));
          break;
        }
      }
      isDone = true;
    } finally {
      if (!isDone) takeBack();
    }
    this.show(document);
    const [first] = operations;
    const label = operations.length === 1 ? operationText(first) : `${operations.length} operations`;
    return { operations: operations.length, label: cutText(label), leftOut };
  }

  private *changeText(text: string, operations: OperationJson[]): JobOf<string> {
    const { document, name, folder } = this.present();
    const wanted = asked(name, () => readOperations(operations));
    const steps = changeText(document, folder.forChecks, text, wanted);
    for (let done = 0; ; ) {
      const step = asked(name, () => steps.next());
      if (step.done) return step.value;
      yield { detail: name, done: ++done, total: 0 };
    }
  }

  private *check(): JobOf<CheckedProblem[]> {
    const { document, name } = this.present();
    const { state } = document;
    const folder = this.folder();
    const isHeld = () => this.opened?.document === document && document.state === state;
    const problems = checkDocument(document, folder, { ranges: folder !== undefined });
    yield { detail: name, done: 0, total: 0 };
    if (folder) {
      let done = 0;
      const order = whileHeld(checkOrder(document, folder), isHeld);
      for (;;) {
        const step = order.next();
        if (step.done) {
          problems.push(...step.value);
          break;
        }
        yield { detail: name, done: ++done, total: 0 };
      }
    }
    return worstOf(problems);
  }

  private *save(options: { label: string } & WriteOptions): JobOf<AppliedChange | undefined> {
    const opened = this.present();
    const { account, inPlace } = yield* this.saving.save(opened, options);
    if (inPlace) {
      opened.onDisk = inPlace;
      opened.document.markSaved();
      this.show(opened.document);
    }
    opened.fingerprint = opened.folder.fingerprint(opened.name);
    return account;
  }

  private move(count: number, way: 'undo' | 'redo'): EditingState {
    this.requireIdle();
    const { document } = this.present();
    for (let i = 0; i < count; i++) document[way]();
    this.show(document);
    return this.editing();
  }

  /** Shows a state that is another one. */
  private show(document: ManifestDocument): void {
    const opened = this.present();
    opened.document = document;
    opened.view = new ManifestView(document);
    this.saving.drop();
  }

  private summaryOf(opened: OpenManifest): ManifestSummary {
    const { name, view, document, onDisk } = opened;
    const { timeline, editOfRow, comparatorName } = view;
    const kinds: ManifestSummary['kinds'] = {};
    for (const { kind } of timeline.descriptions) kinds[kind] = (kinds[kind] ?? 0) + 1;
    const damage = editOfRow.length - timeline.edits;
    if (damage > 0) kinds.damage = damage;
    return {
      name,
      bytes: document.encoded.bytes?.length ?? onDisk?.length ?? 0,
      edits: timeline.edits,
      rows: editOfRow.length,
      comparator: comparatorName && cutText(comparatorName),
      comparatorKnown: findComparator(comparatorName ?? '') !== undefined,
      current: opened.folder.isCurrent(name),
      lives: timeline.lives.length,
      kinds,
      problems: view.problems(this.folder()),
      editing: this.editing(),
    };
  }

  /** The folder, if it is a database's: a MANIFEST for itself has nothing that it could be held against. */
  private folder(): DocumentFolder | undefined {
    const { folder, document } = this.present();
    return folder.isDatabase || !document.base.exists ? folder.forChecks : undefined;
  }

  private *alone<Result>(job: JobOf<Result>): JobOf<Result> {
    this.requireIdle();
    this.isWorking = true;
    try {
      return yield* job;
    } finally {
      this.isWorking = false;
    }
  }

  private requireIdle(): void {
    if (!this.isWorking) return;
    throw new LsmError('Invalid argument', 'invalid-argument', 'the MANIFEST is being changed or saved');
  }

  private present(): OpenManifest {
    if (!this.opened) throw new LsmError('Invalid argument', 'invalid-argument', 'no MANIFEST is open');
    return this.opened;
  }
}

function identityOf(onDisk: Uint8Array | undefined): ManifestBackup['base'] {
  const bytes = onDisk ?? new Uint8Array(0);
  return { bytes: bytes.length, crc32c: crc32c(bytes, 0, bytes.length), exists: onDisk !== undefined };
}

/** An operation that cannot be done is wrong use. */
function asked<Result>(file: string, work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof OperationError)) throw error;
    const code = error instanceof ChoiceNeeded ? 'choice-needed' : 'invalid-argument';
    throw new LsmError('Invalid argument', code, cutText(error.message), file);
  }
}

function firstLines(lines: Iterable<string>): string[] {
  const shown: string[] = [];
  for (const line of lines) {
    if (shown.length === MAX_LISTED) break;
    shown.push(cutText(line));
  }
  return shown;
}
