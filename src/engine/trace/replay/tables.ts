import { Float64List, Uint32List } from '../../bytes/growable';
import type { U64 } from '../../bytes/u64';
import { type FileMetaData, LEVELS } from '../../manifest/version-edit';
import type { EventOf } from '../events';
import { makesVersion } from './state';

/** A table's stay in one level: from the version that has it first to the one that has it no more. */
export interface TableLife {
  level: number;
  file: FileMetaData;
  added: number;
  /** Index of the event that brought it. */
  addedBy: number;
  /** Undefined if it is there at the end. */
  removed: number | undefined;
  removedBy: number | undefined;
}

type VersionEvent = EventOf<'open' | 'manifest-edit' | 'manifest-end' | 'version'>;

/**
 * All versions of a trace: when each table was in each level. No version is ever built: that of an id has the lives that
 * began at or before it and had not ended by then.
 */
export class TableLives {
  /** In order of `added`. */
  readonly lives: TableLife[] = [];
  /** Of each version, seven numbers in a row. */
  private readonly fileCounts = new Uint32List();
  private readonly byteCounts = new Float64List();
  private readonly present = new Map<string, TableLife>();
  private readonly byNumber = new Map<U64, TableLife[]>();
  private readonly files = new Array<number>(LEVELS).fill(0);
  private readonly bytes = new Array<number>(LEVELS).fill(0);
  private version = 0;

  constructor() {
    this.keepShape();
  }

  /** Tells the next version. */
  add(event: VersionEvent, index: number): void {
    this.version++;
    switch (event.type) {
      case 'open':
        for (const life of [...this.present.values()]) this.end(life, index);
        break;
      case 'manifest-end':
        this.match(event.levels, index);
        break;
      default: {
        // Deletions come first: a file that is named in both is there afterwards (VersionSet::Builder::Apply).
        for (const { level, number } of event.edit.deletedFiles) {
          const life = this.present.get(placeOf(level, number));
          if (life) this.end(life, index);
        }
        for (const { level, file } of event.edit.newFiles) this.begin(level, file, index);
      }
    }
    this.keepShape();
  }

  /** The lives of a version. */
  at(versionId: number): TableLife[] {
    return this.lives.filter((life) => isAlive(life, versionId));
  }

  filesOf(versionId: number, level: number): number {
    return this.fileCounts.at(versionId * LEVELS + level);
  }

  bytesOf(versionId: number, level: number): number {
    return this.byteCounts.at(versionId * LEVELS + level);
  }

  /** All stays of a table, the oldest first. */
  of(table: U64): readonly TableLife[] {
    return this.byNumber.get(table) ?? [];
  }

  has(level: number, table: U64, versionId: number): boolean {
    return this.of(table).some((life) => life.level === level && isAlive(life, versionId));
  }

  private begin(level: number, file: FileMetaData, index: number): void {
    const place = placeOf(level, file.number);
    if (this.present.has(place)) return;
    const life: TableLife = {
      level,
      file,
      added: this.version,
      addedBy: index,
      removed: undefined,
      removedBy: undefined,
    };
    this.present.set(place, life);
    this.lives.push(life);
    const stays = this.byNumber.get(file.number);
    if (stays) stays.push(life);
    else this.byNumber.set(file.number, [life]);
    this.files[level]++;
    this.bytes[level] += Number(file.size);
  }

  private end(life: TableLife, index: number): void {
    const { level, file } = life;
    life.removed = this.version;
    life.removedBy = index;
    this.present.delete(placeOf(level, file.number));
    this.files[level]--;
    this.bytes[level] -= Number(file.size);
  }

  /** The version that recovery came to. It is that of the edits, unless the trace does not have them. */
  private match(levels: readonly (readonly FileMetaData[])[], index: number): void {
    const wanted = new Set<string>();
    for (const [level, files] of levels.entries()) {
      for (const file of files) wanted.add(placeOf(level, file.number));
    }
    for (const [place, life] of [...this.present]) if (!wanted.has(place)) this.end(life, index);
    for (const [level, files] of levels.entries()) for (const file of files) this.begin(level, file, index);
  }

  private keepShape(): void {
    for (let level = 0; level < LEVELS; level++) {
      this.fileCounts.push(this.files[level]);
      this.byteCounts.push(this.bytes[level]);
    }
  }
}

export function isAlive({ added, removed }: TableLife, versionId: number): boolean {
  return added <= versionId && (removed === undefined || removed > versionId);
}

export function isVersionEvent(event: Parameters<typeof makesVersion>[0]): event is VersionEvent {
  return makesVersion(event);
}

function placeOf(level: number, number: U64): string {
  return `${level}/${number}`;
}
