import type { LandmarkKind } from '../protocol/trace-event';
import type { Speed } from '../trace/player';
import { LANDMARK_KINDS } from '../trace/saved';

export type PlaygroundTab = 'lesson' | 'numbers' | 'details' | 'events' | 'workload' | 'options';

/** What the page remembers over hide and reload. */
export interface SavedPlayground {
  tab: PlaygroundTab;
  /** Operations of a step. */
  operations: number;
  /** What a power cut leaves. */
  keep: 'synced' | 'part';
  stepped: boolean;
  paranoid: boolean;
  /** Of playing the history. */
  speed: Speed;
  kinds: LandmarkKind[];
  /** The selected table, or -1. */
  table: number;
  /** The picture's share of the width. */
  share: number;
}

export const INITIAL: SavedPlayground = {
  tab: 'numbers',
  operations: 1,
  keep: 'synced',
  stepped: true,
  paranoid: false,
  speed: 4,
  kinds: LANDMARK_KINDS.filter((kind) => kind !== 'edit' && kind !== 'output'),
  table: -1,
  share: 0.55,
};
