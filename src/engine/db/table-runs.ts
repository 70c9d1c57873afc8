import type { Cursor } from '../iterator/cursor';
import { LevelCursor } from '../iterator/level-cursor';
import type { InternalKeyComparator } from '../keys/internal-key';
import { findFile } from '../manifest/version';
import type { FileMetaData } from '../manifest/version-edit';
import { LsmError } from '../problem';
import type { PinnedTable, TableCache } from './table-cache';

/**
 * Cursors over tables of some levels: one for each table of level 0, one for each level below (Version::AddIterators,
 * VersionSet::MakeInputIterator). What they read stays open until `close`.
 */
export class TableRuns {
  readonly cursors: Cursor[] = [];
  private readonly tables: TableCache;
  private readonly comparator: InternalKeyComparator;
  private readonly fillCache: boolean;
  private readonly pinned = new Set<PinnedTable>();

  constructor(tables: TableCache, comparator: InternalKeyComparator, fillCache: boolean) {
    this.tables = tables;
    this.comparator = comparator;
    this.fillCache = fillCache;
  }

  add(level: number, files: readonly FileMetaData[]): void {
    if (files.length === 0) return;
    if (level === 0) this.cursors.push(...files.map((file) => this.openTable(file).cursor));
    else this.cursors.push(this.levelCursor(files));
  }

  close(): void {
    for (const pinned of this.pinned) pinned.unpin();
    this.pinned.clear();
  }

  private levelCursor(files: readonly FileMetaData[]): Cursor {
    let leave = () => {};
    return new LevelCursor(
      files.length,
      (index) => {
        const opened = this.openTable(files[index]);
        leave = opened.leave;
        return opened.cursor;
      },
      (target, start, end) => findFile(this.comparator, files, target, start, end),
      () => leave(),
    );
  }

  private openTable(file: FileMetaData): { cursor: Cursor; leave: () => void } {
    let pinned: PinnedTable;
    try {
      pinned = this.tables.pin(file);
    } catch (error) {
      if (!(error instanceof LsmError)) throw error;
      return { cursor: new FailedCursor(error), leave: () => {} };
    }
    this.pinned.add(pinned);
    const leave = () => {
      pinned.unpin();
      this.pinned.delete(pinned);
    };
    return { cursor: pinned.table.cursor({ fillCache: this.fillCache }), leave };
  }
}

/** Stands for a table that cannot be opened: a merge must end with its error rather than go on without it. */
class FailedCursor implements Cursor {
  readonly valid = false;
  readonly error: LsmError;
  readonly keyBuffer = new Uint8Array(0);
  readonly keyStart = 0;
  readonly keyEnd = 0;
  readonly valueBuffer = this.keyBuffer;
  readonly valueStart = 0;
  readonly valueEnd = 0;

  constructor(error: LsmError) {
    this.error = error;
  }

  seekToFirst(): void {}
  seekToLast(): void {}
  seek(): void {}
  next(): void {}
  prev(): void {}
}
