import type { U64 } from '../../bytes/u64';
import type { ReplayState } from './state';

export type Due =
  | { why: 'memtable'; waiting: number }
  | { why: 'size'; level: number; score: number }
  | { why: 'seek'; level: number; table: U64 };

/**
 * What LevelDB's background thread would do next: a memtable that waits, the level with the highest score from 1 on, else
 * the table whose seeks are used up (DBImpl::BackgroundCompaction, VersionSet::PickCompaction). Ranges that somebody asks
 * for come between the first two, and are told by `compact-range` alone.
 */
export function dueNext({ memtable, scores, seekDue }: ReplayState): Due | undefined {
  if (memtable.waiting > 0) return { why: 'memtable', waiting: memtable.waiting };
  const score = scores ? Math.max(...scores) : 0;
  if (scores && score >= 1) return { why: 'size', level: scores.indexOf(score), score };
  return seekDue && { why: 'seek', ...seekDue };
}
