import type { TraceEvent } from '../engine/trace/events';
import { Replay } from '../engine/trace/replay/replay';
import type { LeftOut } from './trace-api';

export interface RecordLimits {
  events: number;
  /** Estimated bytes of memory. */
  bytes: number;
}

export const RECORD_LIMITS: RecordLimits = { events: 2_000_000, bytes: 512 << 20 };

/** From these shares of a limit on, single entries and then single blocks are left out. */
const ENTRIES_SHARE = 0.8;
const BLOCKS_SHARE = 0.95;

const ENTRY_TYPES = new Set<TraceEvent['type']>(['entry-kept', 'entry-dropped', 'write']);
const BLOCK_TYPES = new Set<TraceEvent['type']>([
  'input-block',
  'input-block-end',
  'output-block',
  'log-batch',
  'flush-progress',
  'compaction-progress',
]);

/** Takes a trace as it happens, in bounded memory: it goes on in coarser grain, and ends where nothing is left. */
export class TraceRecorder {
  readonly replay = new Replay();
  readonly leftOut: LeftOut[] = [];
  private readonly limits: RecordLimits;
  private bytes = 0;

  constructor(limits: RecordLimits = RECORD_LIMITS) {
    this.limits = limits;
  }

  readonly listen = (event: TraceEvent): void => {
    const without = this.refused(event);
    if (without) {
      this.leave(without);
      return;
    }
    this.bytes += memoryOf(event);
    this.replay.append(event);
  };

  /** How much of its limits is used up: 1 is all. */
  get share(): number {
    const { limits, replay, bytes } = this;
    return Math.max(replay.length / limits.events, bytes / limits.bytes);
  }

  private refused({ type }: TraceEvent): LeftOut['without'] | undefined {
    const { share } = this;
    // What ended it is told all the same.
    if (share >= 1 && type !== 'error') return 'everything';
    if (share >= BLOCKS_SHARE && BLOCK_TYPES.has(type)) return 'blocks';
    if (share >= ENTRIES_SHARE && ENTRY_TYPES.has(type)) return 'entries';
    return undefined;
  }

  private leave(without: LeftOut['without']): void {
    const found = this.leftOut.find((each) => each.without === without);
    if (found) found.events++;
    else this.leftOut.push({ without, from: this.replay.length, events: 1 });
  }
}

const EVENT_BYTES = 200;
const KEY_BYTES = 120;
const FILE_BYTES = 8;
const NEW_FILE_BYTES = 500;

/** About how much memory an event takes. Files of a version are those of the edits. */
export function memoryOf(event: TraceEvent): number {
  switch (event.type) {
    case 'entry-kept':
    case 'entry-dropped':
      return EVENT_BYTES + KEY_BYTES + event.key.length;
    case 'manifest-edit':
    case 'version': {
      const { newFiles, deletedFiles } = event.edit;
      const keys = newFiles.reduce((sum, { file }) => sum + file.smallest.length + file.largest.length, 0);
      const files = event.type === 'version' ? event.levels.reduce((sum, level) => sum + level.length, 0) : 0;
      return (
        EVENT_BYTES + keys + NEW_FILE_BYTES * (newFiles.length + deletedFiles.length) + FILE_BYTES * files
      );
    }
    case 'pick':
      return (
        EVENT_BYTES +
        FILE_BYTES * 3 * (event.inputs[0].length + event.inputs[1].length + event.grandparents.length)
      );
    default:
      return EVENT_BYTES;
  }
}
