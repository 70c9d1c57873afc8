import type { U64 } from '../bytes/u64';
import type { VersionEdit } from './version-edit';

/** What LevelDB did when it wrote an edit, told from the edit itself and the log number before it. */
export type EditDescription =
  /** The first record of a MANIFEST that LevelDB began when it opened the database: the version as it was. */
  | { kind: 'snapshot'; files: number }
  /** The first record of a new database. */
  | { kind: 'created' }
  /** The edit with which an open ends: logs replayed into `count` tables, of which the first few are named; a new log. */
  | { kind: 'opened'; tables: U64[]; count: number; log: U64 }
  | { kind: 'flush'; log: U64; table: U64; level: number }
  | { kind: 'move'; table: U64; from: number; to: number }
  /** `inputs` are counts in `level` and in the next one; `outputs` go there too. */
  | { kind: 'compaction'; level: number; inputs: [number, number]; outputs: number }
  /** Counters alone: a memtable that was empty. */
  | { kind: 'counters' }
  /** What no LevelDB writes. */
  | { kind: 'other'; added: number; removed: number };

export type EditKind = EditDescription['kind'];

/** A description is part of a row: it names no more tables. */
const MAX_NAMED = 8;

/** Where an edit stands. */
export interface EditPlace {
  /** Whether it is the first record of its MANIFEST, or the one behind that. */
  isFirst: boolean;
  isSecond: boolean;
  /** The log number that held before it. */
  logNumber: U64;
}

/** What an edit is, by what it adds and removes (the writers are in db/db_impl.cc and db/version_set.cc). */
export function describeEdit(
  edit: VersionEdit,
  { isFirst, isSecond, logNumber }: EditPlace,
): EditDescription {
  const { newFiles, deletedFiles } = edit;
  if (isFirst && edit.comparator !== undefined) {
    if (newFiles.length === 0 && edit.nextFileNumber !== undefined) return { kind: 'created' };
    return { kind: 'snapshot', files: newFiles.length };
  }
  if (deletedFiles.length === 0) {
    const count = newFiles.length;
    const tables = newFiles.slice(0, MAX_NAMED).map(({ file }) => file.number);
    if (isSecond && edit.logNumber !== undefined && newFiles.every(({ level }) => level === 0)) {
      return { kind: 'opened', tables, count, log: edit.logNumber };
    }
    if (newFiles.length === 0) return { kind: 'counters' };
    const [{ level, file }] = newFiles;
    if (newFiles.length === 1) return { kind: 'flush', log: logNumber, table: file.number, level };
    if (edit.logNumber !== undefined) return { kind: 'opened', tables, count, log: edit.logNumber };
    return { kind: 'other', added: newFiles.length, removed: 0 };
  }
  const [removed] = deletedFiles;
  const [added] = newFiles;
  if (deletedFiles.length === 1 && newFiles.length === 1 && added.file.number === removed.number) {
    return { kind: 'move', table: removed.number, from: removed.level, to: added.level };
  }
  const level = deletedFiles.reduce((least, each) => Math.min(least, each.level), removed.level);
  const count = (at: number) => deletedFiles.filter((each) => each.level === at).length;
  const inputs: [number, number] = [count(level), count(level + 1)];
  const isCompaction =
    inputs[0] + inputs[1] === deletedFiles.length && newFiles.every((each) => each.level === level + 1);
  if (!isCompaction) return { kind: 'other', added: newFiles.length, removed: deletedFiles.length };
  return { kind: 'compaction', level, inputs, outputs: newFiles.length };
}

/** In words. */
export function editText(description: EditDescription): string {
  switch (description.kind) {
    case 'snapshot':
      return `opened: new MANIFEST with ${description.files} files`;
    case 'created':
      return 'database created';
    case 'opened':
      return description.count === 0
        ? `opened: nothing to recover, writes go to log ${description.log}`
        : `opened: recovered into ${description.count} tables (${namedTables(description)})`;
    case 'flush':
      return `flush of log ${description.log} to table ${description.table} at level ${description.level}`;
    case 'move':
      return `trivial move of ${description.table} from level ${description.from} to ${description.to}`;
    case 'compaction': {
      const { inputs, level, outputs } = description;
      return `compaction of ${inputs[0]} + ${inputs[1]} files into ${outputs} at level ${level + 1}`;
    }
    case 'counters':
      return 'counters only';
    case 'other':
      return `${description.added} files added, ${description.removed} removed`;
  }
}

function namedTables({ tables, count }: { tables: U64[]; count: number }): string {
  return `${tables.join(', ')}${count > tables.length ? ', …' : ''}`;
}
