import type { BlockCounts } from '../iterator/kernel-run';
import type { FileMetaData } from '../manifest/version-edit';
import { BLOCK_TRAILER_SIZE, type BlockHandle } from '../table/format';
import type { DropReason, KeepReason, TraceEvent } from '../trace/events';

type BlockEnd = Extract<TraceEvent, { type: 'input-block-end' }>;

/** The data blocks that a compaction reads: of each run the one it is in, and what became of the block's entries. */
export class InputBlocks {
  bytesRead = 0;
  private readonly events: TraceEvent[] | undefined;
  /** By run; undefined before its first block and behind its last one. */
  private readonly open: (BlockEnd | undefined)[] = [];

  /** Blocks that are read and left are told to `events`; without it no more is known of them than their bytes. */
  constructor(events: TraceEvent[] | undefined) {
    this.events = events;
  }

  /** A run comes to a block, and has left the one before. */
  readonly begin = (run: number, level: number, file: FileMetaData, { offset, size }: BlockHandle): void => {
    this.end(run);
    const table = file.number;
    const bytes = size + BLOCK_TRAILER_SIZE;
    this.bytesRead += bytes;
    if (!this.events) return;
    this.events.push({ type: 'input-block', table, level, offset, bytes });
    this.open[run] = {
      type: 'input-block-end',
      table,
      level,
      offset,
      entries: 0,
      kept: 0,
      shadowed: 0,
      deletions: 0,
    };
  };

  /** The block that a run's current entry is in. */
  of(run: number): BlockEnd | undefined {
    return this.open[run];
  }

  count(run: number, keep: boolean, why: KeepReason | DropReason): void {
    const block = this.open[run];
    if (!block) return;
    block.entries++;
    if (keep) block.kept++;
    else if (why === 'shadowed') block.shadowed++;
    else block.deletions++;
  }

  /** The same for several entries. */
  add(run: number, { kept, shadowed, deletions }: BlockCounts): void {
    const block = this.open[run];
    if (!block) return;
    block.entries += kept + shadowed + deletions;
    block.kept += kept;
    block.shadowed += shadowed;
    block.deletions += deletions;
  }

  /** A run has left its block. */
  end(run: number): void {
    const block = this.open[run];
    if (!block) return;
    this.open[run] = undefined;
    this.events?.push(block);
  }
}
