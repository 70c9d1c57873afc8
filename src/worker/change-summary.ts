import type { DryRun } from '../engine/db/dry-run';
import { EnvError, type ReadableEnv } from '../engine/env/env';
import { type FileKind, parseFileName } from '../engine/manifest/file-names';
import type { Version } from '../engine/manifest/version';
import { type FileMetaData, LEVELS } from '../engine/manifest/version-edit';
import type {
  ChangedLevels,
  ChangedTable,
  ChangeRequest,
  ChangeSummary,
  ChosenWays,
  Counted,
  FileChange,
  LevelChange,
  LostHistory,
} from './change-api';
import { type ChangeWatch, MAX_LISTED } from './change-watch';
import type { ChangeEnd } from './change-work';
import { KeyAxis } from './key-axis';
import { keyRef } from './key-ref';

/** What a dry run came to, for people. `base` is what it was made from. */
export function summaryOf(
  base: ReadableEnv,
  dryRun: DryRun,
  request: ChangeRequest,
  chosen: ChosenWays,
  watch: ChangeWatch,
  { version, lastSequence, operations, repair }: ChangeEnd,
): ChangeSummary {
  const { versionBefore } = dryRun;
  const files = fileChanges(base, dryRun, version);
  const { bytesRead, bytesWritten, entriesKept, compactions, compactionsTotal, recovery } = watch;
  return {
    request,
    directory: dryRun.directory,
    levels: levelChanges(versionBefore, version),
    files: files.slice(0, MAX_LISTED),
    created: counted(files, 'created'),
    replaced: counted(files, 'replaced'),
    deleted: counted(files, 'deleted'),
    bytesRead,
    bytesWritten,
    entriesKept,
    compactions,
    compactionsTotal,
    recovery,
    history: lostHistory(dryRun, files, watch),
    ways: dryRun.ways,
    chosen,
    comparator: dryRun.comparator.name,
    operations,
    lastSequence,
    repair,
  };
}

function levelChanges(before: Version, after: Version): LevelChange[] {
  return Array.from({ length: LEVELS }, (_, level) => ({
    level,
    filesBefore: before.levels[level].length,
    filesAfter: after.levels[level].length,
    bytesBefore: before.levelBytes(level),
    bytesAfter: after.levelBytes(level),
  }));
}

function fileChanges(base: ReadableEnv, dryRun: DryRun, after: Version): FileChange[] {
  const { versionBefore, env, directory } = dryRun;
  const levelsBefore = levelsOf(versionBefore);
  const levelsAfter = levelsOf(after);
  const changes = dryRun.changes();
  const rows = (fate: FileChange['fate']) =>
    changes[fate].map((name): FileChange => {
      const parsed = parseFileName(name);
      const path = env.join(directory, name);
      const levels = fate === 'deleted' ? levelsBefore : levelsAfter;
      return {
        name,
        kind: kindOf(parsed?.kind),
        fate,
        bytesBefore: fate === 'created' ? undefined : sizeOf(base, path),
        bytesAfter: fate === 'deleted' ? undefined : sizeOf(env, path),
        level: parsed?.kind === 'table' ? levels.get(parsed.number) : undefined,
      };
    });
  return [...rows('created'), ...rows('replaced'), ...rows('deleted')];
}

function kindOf(kind: FileKind | undefined): FileChange['kind'] {
  return kind === 'table' || kind === 'log' || kind === 'manifest' || kind === 'current' ? kind : 'other';
}

function levelsOf(version: Version): Map<number | bigint, number> {
  return new Map([...version.files()].map(({ level, file }) => [file.number, level]));
}

/** Undefined if it went away meanwhile, or cannot be asked. */
function sizeOf(env: ReadableEnv, path: string): number | undefined {
  try {
    return env.stat(path).size;
  } catch (error) {
    if (error instanceof EnvError) return undefined;
    throw error;
  }
}

function counted(files: readonly FileChange[], fate: FileChange['fate']): Counted {
  const those = files.filter((file) => file.fate === fate);
  const bytes = those.reduce((sum, { bytesBefore, bytesAfter }) => sum + (bytesAfter ?? bytesBefore ?? 0), 0);
  return { files: those.length, bytes };
}

function lostHistory(dryRun: DryRun, files: readonly FileChange[], watch: ChangeWatch): LostHistory {
  const { manifest } = dryRun.fingerprint;
  const isObsolete = ({ fate, kind, name, level }: FileChange) =>
    fate === 'deleted' &&
    ((kind === 'table' && level === undefined) ||
      (kind === 'log' && !watch.replayed.has(name)) ||
      (kind === 'manifest' && name !== manifest));
  const obsolete = files.filter(isObsolete);
  return {
    shadowed: watch.shadowed,
    deletions: watch.deletions,
    obsolete: obsolete.slice(0, MAX_LISTED).map(({ name }) => name),
    obsoleteBytes: obsolete.reduce((sum, { bytesBefore }) => sum + (bytesBefore ?? 0), 0),
    edits: files.some(({ fate, name }) => fate === 'deleted' && name === manifest) ? watch.edits : 0,
  };
}

interface Placed {
  level: number;
  file: FileMetaData;
  fate: 0 | 1 | 2;
}

/** The tables of both versions on one axis. */
export class LevelPictures {
  private readonly tables: Placed[];
  private readonly axis: KeyAxis;

  constructor({ versionBefore, comparator }: DryRun, after: Version) {
    const key = (level: number, { number }: FileMetaData) => `${level} ${number}`;
    const before = new Set([...versionBefore.files()].map(({ level, file }) => key(level, file)));
    const behind = new Set([...after.files()].map(({ level, file }) => key(level, file)));
    this.tables = [
      ...[...versionBefore.files()].map(({ level, file }): Placed => {
        return { level, file, fate: behind.has(key(level, file)) ? 0 : 2 };
      }),
      ...[...after.files()]
        .filter(({ level, file }) => !before.has(key(level, file)))
        .map(({ level, file }): Placed => ({ level, file, fate: 1 })),
    ];
    this.axis = new KeyAxis(
      comparator,
      this.tables.map(({ file }) => file),
    );
  }

  levels(): ChangedLevels {
    const { tables, axis } = this;
    return {
      numbers: Float64Array.from(tables, ({ file }) => Number(file.number)),
      sizes: Float64Array.from(tables, ({ file }) => Number(file.size)),
      levels: Uint8Array.from(tables, ({ level }) => level),
      left: Float32Array.from(tables, ({ file }) => axis.place(file.smallest)),
      right: Float32Array.from(tables, ({ file }) => axis.place(file.largest)),
      fates: Uint8Array.from(tables, ({ fate }) => fate),
      ticks: axis.ticks(),
    };
  }

  /** Undefined for an index that there is not. */
  table(index: number): ChangedTable | undefined {
    const placed = this.tables[index];
    if (!placed) return undefined;
    const { number, size, smallest, largest } = placed.file;
    return {
      number,
      level: placed.level,
      bytes: Number(size),
      smallest: keyRef(smallest),
      largest: keyRef(largest),
    };
  }
}
