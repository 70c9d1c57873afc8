import { Random } from '../bytes/random';
import type { U64 } from '../bytes/u64';
import type { Cursor } from '../iterator/cursor';
import { MergingCursor } from '../iterator/merging-cursor';
import { UserCursor } from '../iterator/user-cursor';
import { LEVELS } from '../manifest/version-edit';
import type { LsmError } from '../problem';
import type { DatabaseCore } from './core';
import { ReadSampler } from './seek-charges';
import { TableRuns } from './table-runs';

/**
 * What a reader of a database sees at one moment, as a cursor over user keys (DBImpl::NewIterator). It keeps its version
 * and the files of it until `close`. It passes by damage and tells the first in `error`.
 */
export class DatabaseIterator {
  readonly cursor: Cursor;
  /** All versions of the keys, internal keys, as the merge has them. For tests and for tools. */
  readonly internal: Cursor;
  private readonly runs: TableRuns;
  private readonly release: () => void;
  private isClosed = false;

  /** `due` is called when what was read makes a compaction due. */
  constructor(
    core: DatabaseCore,
    sequence: U64,
    seed: number,
    fillCache: boolean,
    { due, closed }: { due: () => void; closed: () => void },
  ) {
    const { comparator } = core;
    const held = core.versions.current;
    held.hold();
    this.release = () => {
      held.release();
      closed();
    };
    this.runs = new TableRuns(core.tables, comparator, fillCache);
    for (let level = 0; level < LEVELS; level++) this.runs.add(level, held.version.levels[level]);
    const memtables = [...core.full.map(({ memtable }) => memtable), core.memtable].reverse();
    this.internal = new MergingCursor(comparator, [
      ...memtables.map((memtable) => memtable.cursor()),
      ...this.runs.cursors,
    ]);
    const sampler = new ReadSampler(core, new Random(seed), due);
    this.cursor = new UserCursor(comparator.user, this.internal, sequence, undefined, (inner) =>
      sampler.count(inner),
    );
  }

  get error(): LsmError | undefined {
    return this.cursor.error;
  }

  /** Lets the version and its files go. Idempotent. */
  close(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.runs.close();
    this.release();
  }
}
