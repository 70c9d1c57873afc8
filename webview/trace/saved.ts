import type { LandmarkKind } from '../protocol/trace-event';
import type { Speed } from './player';

export type TraceTab = 'now' | 'events' | 'table' | 'what-if' | 'compare';

/** What the page remembers over hide and reload. */
export interface SavedTrace {
  run: number;
  at: number;
  tab: TraceTab;
  speed: Speed;
  kinds: LandmarkKind[];
  /** The selected table, or -1. */
  table: number;
  /** Whether only its events are listed. */
  onlyTable: boolean;
  /** The picture's share of the width. */
  share: number;
}

export const LANDMARK_KINDS: readonly LandmarkKind[] = [
  'decision',
  'flush',
  'compaction',
  'edit',
  'log',
  'fault',
  'output',
  'stall',
  'error',
];

export const INITIAL: SavedTrace = {
  run: 0,
  at: 0,
  tab: 'now',
  speed: 4,
  kinds: ['decision', 'flush', 'compaction', 'log', 'fault', 'stall', 'error'],
  table: -1,
  onlyTable: false,
  share: 0.5,
};
