import type { Cursor } from '../iterator/cursor';
import { LevelCursor } from '../iterator/level-cursor';
import type { InternalKeyComparator } from '../keys/internal-key';
import { findFile } from '../manifest/version';
import type { FileMetaData } from '../manifest/version-edit';
import { LsmError } from '../problem';
import type { BlockHandle } from '../table/format';
import type { PinnedTable, TableCache } from './table-cache';

/** `run` is an index of `cursors`. */
type BlockListener = (run: number, level: number, file: FileMetaData, handle: BlockHandle) => void;

/**
 * Cursors over tables of some levels: one for each table of level 0, one for each level below (Version::AddIterators,
 * VersionSet::MakeInputIterator). What they read stays open until `close`.
 */
export class TableRuns {
  readonly cursors: Cursor[] = [];
  private readonly tables: TableCache;
  private readonly comparator: InternalKeyComparator;
  private readonly fillCache: boolean;
  private readonly onBlock: BlockListener | undefined;
  private readonly pinned = new Set<PinnedTable>();

  /** `onBlock` is told of each block that is read. */
  constructor(
    tables: TableCache,
    comparator: InternalKeyComparator,
    fillCache: boolean,
    onBlock?: BlockListener,
  ) {
    this.onBlock = onBlock;
    this.tables = tables;
    this.comparator = comparator;
    this.fillCache = fillCache;
  }

  add(level: number, files: readonly FileMetaData[]): void {
    if (files.length === 0) return;
    if (level > 0) this.cursors.push(this.levelCursor(files, level));
    else for (const file of files) this.cursors.push(this.openTable(file, level, this.cursors.length).cursor);
  }

  close(): void {
    for (const pinned of this.pinned) pinned.unpin();
    this.pinned.clear();
  }

  private levelCursor(files: readonly FileMetaData[], level: number): Cursor {
    let leave = () => {};
    const run = this.cursors.length;
    return new LevelCursor(
      files.length,
      (index) => {
        const opened = this.openTable(files[index], level, run);
        leave = opened.leave;
        return opened.cursor;
      },
      (target, start, end) => findFile(this.comparator, files, target, start, end),
      () => leave(),
    );
  }

  private openTable(file: FileMetaData, level: number, run: number): { cursor: Cursor; leave: () => void } {
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
    const { fillCache, onBlock } = this;
    const listener = onBlock && ((handle: BlockHandle) => onBlock(run, level, file, handle));
    return { cursor: pinned.table.cursor({ fillCache, onBlock: listener }), leave };
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
