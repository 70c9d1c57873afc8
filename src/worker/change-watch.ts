import type { TraceEvent } from '../engine/trace/events';
import type { JobProgress } from './api';
import type { CompactionChange, RecoveryChange } from './change-api';

/** Of lists that are normally short. */
export const MAX_LISTED = 1000;

/** Listens to a dry run: what it came to, and how far it is. */
export class ChangeWatch {
  readonly compactions: CompactionChange[] = [];
  compactionsTotal = 0;
  readonly recovery: RecoveryChange = {
    logsReplayed: 0,
    operations: 0,
    tables: [],
    bytesDropped: 0,
    faults: [],
  };
  /** Of the MANIFEST that was there. */
  edits = 0;
  readonly replayed = new Set<string>();
  bytesRead = 0;
  bytesWritten = 0;
  entriesKept = 0;
  shadowed = 0;
  deletions = 0;
  progress: JobProgress = { detail: '', done: 0, total: 0 };
  private current: CompactionChange | undefined;
  private isOpen = false;

  readonly listen = (event: TraceEvent): void => {
    if (this.isOpen) this.compacting(event);
    else this.opening(event);
  };

  private opening(event: TraceEvent): void {
    const { recovery } = this;
    switch (event.type) {
      case 'manifest-end':
        this.edits = event.edits;
        break;
      case 'log-begin':
        this.replayed.add(event.file);
        this.progress = { detail: event.file, done: 0, total: event.bytes };
        break;
      case 'log-batch':
        recovery.operations += event.count;
        this.progress.done = event.offset;
        break;
      case 'log-batch-fault':
        recovery.operations += event.kept;
        this.fault(`${event.file} @ ${event.offset}: ${event.reason}`);
        break;
      case 'log-dropped':
        recovery.bytesDropped += event.bytes;
        this.fault(`${event.file} @ ${event.offset}: ${event.reason}`);
        break;
      case 'log-unreadable':
        this.fault(`${event.file}: ${event.message}`);
        break;
      case 'log-end':
        recovery.logsReplayed++;
        break;
      case 'flush-end':
        if (event.file && recovery.tables.length < MAX_LISTED) {
          const { number, size } = event.file;
          recovery.tables.push({ number, bytes: Number(size), level: event.level });
        }
        break;
      case 'open-end':
        this.isOpen = true;
        break;
    }
  }

  private compacting(event: TraceEvent): void {
    const { current } = this;
    switch (event.type) {
      case 'pick': {
        const [own, next] = event.inputs.map(({ length }) => length);
        const { reason, level } = event;
        this.current = { ...NOTHING, reason, level, inputs: [own, next] };
        break;
      }
      case 'compaction-progress':
        this.progress = {
          detail: current ? `${current.level} → ${current.level + 1}` : '',
          done: event.bytesRead,
          total: event.bytesTotal,
        };
        break;
      case 'move':
        if (current) this.end({ ...current, moved: true, outputs: 1 });
        break;
      case 'output-end':
        if (current) current.outputs++;
        break;
      case 'compaction-end': {
        if (!current) break;
        const { bytesRead, bytesWritten, entriesKept, shadowed, deletions } = event;
        this.end({ ...current, bytesRead, bytesWritten, entriesKept, shadowed, deletions });
        break;
      }
    }
  }

  private end(compaction: CompactionChange): void {
    this.current = undefined;
    this.compactionsTotal++;
    if (this.compactions.length < MAX_LISTED) this.compactions.push(compaction);
    this.bytesRead += compaction.bytesRead;
    this.bytesWritten += compaction.bytesWritten;
    this.entriesKept += compaction.entriesKept;
    this.shadowed += compaction.shadowed;
    this.deletions += compaction.deletions;
  }

  private fault(text: string): void {
    if (this.recovery.faults.length < MAX_LISTED) this.recovery.faults.push(text);
  }
}

const NOTHING = {
  outputs: 0,
  moved: false,
  bytesRead: 0,
  bytesWritten: 0,
  entriesKept: 0,
  shadowed: 0,
  deletions: 0,
};
