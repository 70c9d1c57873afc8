import type { U64 } from '../engine/bytes/u64';
import { manifestIn } from '../engine/db/table-history';
import { EnvError } from '../engine/env/env';
import { NodeReadableEnv, nodeInflate } from '../engine/env/node';
import { bytewiseComparator, type Comparator, findComparator } from '../engine/keys/comparator';
import { checkManifest } from '../engine/manifest/check';
import { checkDirectory, checkRanges, type DirectoryCheck } from '../engine/manifest/check-directory';
import { editLines, lineCount, manifestText, versionText } from '../engine/manifest/edit-text';
import { oldTableFileName, tableFileName } from '../engine/manifest/file-names';
import { isRecord, ManifestContents, type ManifestItem } from '../engine/manifest/manifest-reader';
import { ManifestTimeline } from '../engine/manifest/timeline';
import { LsmError, type Problem, type Severity } from '../engine/problem';
import type { Page } from './api';
import { whileHeld } from './held-job';
import type { JobOf, JobsOf } from './job';
import { KeyAxis } from './key-axis';
import { keyRef } from './key-ref';
import {
  type EditDetails,
  type EditFilter,
  type EditRow,
  type LifeDetails,
  type LivesData,
  type ManifestCalls,
  type ManifestJobs,
  type ManifestSummary,
  NEVER,
} from './manifest-api';
import { fileFingerprint } from './surroundings';

const MAX_PROBLEMS = 1000;
/** Of an edit's fields, and of a table's stays; how many there are is told. */
const MAX_LISTED = 1000;
/** Of a line, a message or a name: keys and names can be as long as the file. */
const MAX_CHARACTERS = 2000;

interface OpenManifest {
  path: string;
  name: string;
  directory: string;
  bytes: number;
  /** Of the file and the folder when it was opened. */
  fingerprint: string;
  contents: ManifestContents;
  timeline: ManifestTimeline;
  comparator: Comparator;
  comparatorName: string | undefined;
  /** For each row its record's number; -1 for damage. */
  editOfRow: Int32Array;
}

/** One MANIFEST, opened in the worker's thread. */
export class ManifestSession implements ManifestCalls {
  private readonly env = new NodeReadableEnv();
  private opened: OpenManifest | undefined;
  private filtered: { key: string; rows: Uint32Array } | undefined;

  open(path: string): ManifestSummary {
    const { env } = this;
    const { name, directory } = env.split(path);
    const fingerprint = this.fingerprint(path);
    const file = env.open(path);
    let contents: ManifestContents;
    let bytes: number;
    try {
      bytes = file.size();
      contents = ManifestContents.read(file, name);
    } finally {
      file.close();
    }
    const timeline = new ManifestTimeline(contents.items.filter(isRecord));
    const comparatorName = timeline.records.find(({ edit }) => edit.comparator !== undefined)?.edit
      .comparator;
    let edits = 0;
    this.filtered = undefined;
    this.opened = {
      path,
      name,
      directory,
      bytes,
      fingerprint,
      contents,
      timeline,
      comparator: findComparator(comparatorName ?? '') ?? bytewiseComparator,
      comparatorName,
      editOfRow: Int32Array.from(contents.items, (item) => (isRecord(item) ? edits++ : -1)),
    };
    return this.summary(this.opened);
  }

  refresh(): ManifestSummary {
    return this.open(this.present().path);
  }

  hasChanged(): boolean {
    const { path, fingerprint } = this.present();
    return this.fingerprint(path) !== fingerprint;
  }

  rows(start: number, end: number, filter: EditFilter): Page<EditRow> {
    const rows = this.rowsUnder(filter);
    return { total: rows.length, rows: [...rows.subarray(start, end)].map((row) => this.editRow(row)) };
  }

  rowOf(edit: number, filter: EditFilter): number {
    const { editOfRow } = this.present();
    let found = -1;
    for (const [i, row] of this.rowsUnder(filter).entries()) {
      if (editOfRow[row] < 0) continue;
      if (editOfRow[row] > edit) break;
      found = i;
    }
    return found;
  }

  editAt(offset: number): number {
    const { records } = this.present().timeline;
    const behind = records.findIndex((record) => record.offset > offset);
    return (behind < 0 ? records.length : behind) - 1;
  }

  lives(): LivesData {
    const { timeline, comparator } = this.present();
    const { lives } = timeline;
    const axis = new KeyAxis(
      comparator,
      lives.map(({ file }) => file),
    );
    return {
      numbers: Float64Array.from(lives, ({ file }) => Number(file.number)),
      levels: Uint8Array.from(lives, ({ level }) => level),
      sizes: Float64Array.from(lives, ({ file }) => Number(file.size)),
      left: Float32Array.from(lives, ({ file }) => axis.place(file.smallest)),
      right: Float32Array.from(lives, ({ file }) => axis.place(file.largest)),
      added: Uint32Array.from(lives, ({ added }) => added),
      removed: Uint32Array.from(lives, ({ removed }) => removed ?? NEVER),
      ticks: axis.ticks(),
    };
  }

  edit(edit: number): EditDetails {
    const { timeline } = this.present();
    const record = timeline.records[edit];
    if (!record) throw new LsmError('Invalid argument', 'invalid-argument', `there is no edit ${edit}`);
    const { comparator, ...counters } = timeline.countersAt(edit);
    return {
      edit,
      offset: record.offset,
      what: timeline.descriptions[edit],
      lines: firstLines(editLines(record.edit)),
      totalLines: lineCount(record.edit),
      counters: { ...counters, comparator: comparator && cutText(comparator) },
    };
  }

  life(index: number): LifeDetails {
    const { timeline, directory } = this.present();
    const life = timeline.lives[index];
    if (!life) throw new LsmError('Invalid argument', 'invalid-argument', `there is no file ${index}`);
    const { file, level, added, removed } = life;
    const stays = timeline.lives.filter((other) => other.file.number === file.number);
    const { env } = this;
    const name = [tableFileName(file.number), oldTableFileName(file.number)].find((each) => {
      try {
        env.stat(env.join(directory, each));
        return true;
      } catch (error) {
        if (error instanceof EnvError) return false;
        throw error;
      }
    });
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
      name,
    };
  }

  lifeOf(number: U64): number {
    const numbers = this.present().timeline.lives.map(({ file }) => file.number);
    return numbers.lastIndexOf(number);
  }

  text(limit: number): string {
    const { items, tail } = this.present().contents;
    return joined(manifestText(items, tail), limit, 'MANIFEST');
  }

  versionText(edit: number, limit: number): string {
    return joined(versionText(this.present().timeline.at(edit)), limit, 'version');
  }

  readonly jobs: JobsOf<ManifestJobs> = { check: () => this.check() };

  private *check(): JobOf<Problem[]> {
    const opened = this.present();
    const problems = this.problems(opened);
    const check = this.directoryCheck(opened);
    const ranges = checkRanges(check, opened.comparator, { inflate: nodeInflate });
    let done = 0;
    for (const found of whileHeld(ranges, () => this.opened === opened)) {
      if (found) problems.push(found);
      yield { detail: opened.name, done: ++done, total: check.lives.length };
    }
    return worstOf(problems);
  }

  /** The checks go by which files there are, and by CURRENT: they count, too. */
  private fingerprint(path: string): string {
    const { env } = this;
    return `${fileFingerprint(env, path)}\n${this.folderFingerprint(env.split(path).directory)}`;
  }

  private folderFingerprint(directory: string): string {
    const { env } = this;
    try {
      const names = env.list(directory).map(({ name }) => name);
      const current = names.includes('CURRENT') ? env.stat(env.join(directory, 'CURRENT')) : undefined;
      return `${current?.size} ${current?.modified}\n${names.sort().join('\n')}`;
    } catch (error) {
      if (error instanceof EnvError) return '';
      throw error;
    }
  }

  private summary(opened: OpenManifest): ManifestSummary {
    const { name, bytes, timeline, editOfRow, comparatorName } = opened;
    const kinds: ManifestSummary['kinds'] = {};
    for (const { kind } of timeline.descriptions) kinds[kind] = (kinds[kind] ?? 0) + 1;
    const damage = editOfRow.length - timeline.edits;
    if (damage > 0) kinds.damage = damage;
    return {
      name,
      bytes,
      edits: timeline.edits,
      rows: editOfRow.length,
      comparator: comparatorName && cutText(comparatorName),
      comparatorKnown: findComparator(comparatorName ?? '') !== undefined,
      current: this.isCurrent(opened),
      lives: timeline.lives.length,
      kinds,
      problems: worstOf(this.problems(opened)),
    };
  }

  private isCurrent({ directory, name }: OpenManifest): boolean | undefined {
    const { env } = this;
    try {
      env.stat(env.join(directory, 'CURRENT'));
      return manifestIn(env, directory) === name;
    } catch (error) {
      if (error instanceof EnvError) return undefined;
      throw error;
    }
  }

  /** The checks that read no table. Out of a database's folder only what the MANIFEST itself says. */
  private problems(opened: OpenManifest): Problem[] {
    const { contents, name } = opened;
    const problems = checkManifest(contents, name);
    if (this.isCurrent(opened) === undefined) return problems;
    for (const problem of checkDirectory(this.directoryCheck(opened))) problems.push(problem);
    return problems;
  }

  private directoryCheck({ directory, name, timeline }: OpenManifest): DirectoryCheck {
    const last = timeline.edits - 1;
    return {
      env: this.env,
      directory,
      manifest: name,
      lives: timeline.at(last),
      counters: timeline.countersAt(last),
      offsetOf: (edit) => timeline.records[edit].offset,
    };
  }

  /** Rows of the whole list that a filter lets through; the last filter's are kept. */
  private rowsUnder(filter: EditFilter): Uint32Array {
    const key = JSON.stringify(filter, (_, value) => (typeof value === 'bigint' ? `${value}` : value));
    if (this.filtered?.key === key) return this.filtered.rows;
    const { editOfRow, timeline } = this.present();
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

  private touches(edit: number, number: U64): boolean {
    if (edit < 0) return false;
    const { newFiles, deletedFiles } = this.present().timeline.records[edit].edit;
    return (
      newFiles.some(({ file }) => file.number === number) ||
      deletedFiles.some((each) => each.number === number)
    );
  }

  private editRow(row: number): EditRow {
    const { contents, editOfRow, timeline } = this.present();
    const item: ManifestItem = contents.items[row];
    if (!isRecord(item)) {
      const { offset, length, reason } = item;
      return {
        edit: undefined,
        offset,
        bytes: length,
        what: { kind: 'damage', reason },
        added: 0,
        removed: 0,
      };
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
    };
  }

  private present(): OpenManifest {
    if (!this.opened) throw new LsmError('Invalid argument', 'invalid-argument', 'no MANIFEST is open');
    return this.opened;
  }
}

/** As many problems as a list has room for. A table that is missing must not drown in a thousand warnings. */
function worstOf(problems: readonly Problem[]): Problem[] {
  const ranks: Record<Severity, number> = { error: 0, warning: 1, note: 2 };
  return [...problems]
    .sort((a, b) => ranks[a.severity] - ranks[b.severity])
    .slice(0, MAX_PROBLEMS)
    .map((problem) => ({ ...problem, message: cutText(problem.message) }));
}

function cutText(text: string): string {
  return text.length > MAX_CHARACTERS ? `${text.slice(0, MAX_CHARACTERS)}…` : text;
}

function firstLines(lines: Iterable<string>): string[] {
  const shown: string[] = [];
  for (const line of lines) {
    if (shown.length === MAX_LISTED) break;
    shown.push(cutText(line));
  }
  return shown;
}

/** Lines as a text of at most `limit` characters; where it was cut, a last line says so. */
function joined(lines: Iterable<string>, limit: number, what: string): string {
  const parts: string[] = [];
  let length = 0;
  for (const line of lines) {
    length += line.length + 1;
    if (length > limit) {
      parts.push(`… cut: the ${what} goes on`);
      break;
    }
    parts.push(line);
  }
  return `${parts.join('\n')}\n`;
}
