import type { U64 } from '../engine/bytes/u64';
import type { CompactionReason } from '../engine/compaction/compaction';
import type { TraceEvent } from '../engine/trace/events';

/** One compaction as it is told: counts of entries, numbers of tables. */
export interface CompactionRow {
  reason: CompactionReason;
  level: number;
  inputs: [U64[], U64[]];
  /** Of the next level. A table that moved keeps its number. */
  outputs: U64[];
  moved: boolean;
  bytesRead: number;
  bytesWritten: number;
  entriesKept: number;
  entriesDropped: number;
}

/** Gathers from the events what a run came to. */
export class CompactionSummary {
  readonly compactions: CompactionRow[] = [];
  /** What opening did before anything was compacted. */
  readonly recovered = { logsReplayed: 0, tables: [] as { number: U64; level: number; size: U64 }[] };
  private current: CompactionRow | undefined;
  private isOpen = false;

  readonly listen = (event: TraceEvent): void => {
    const { current } = this;
    switch (event.type) {
      case 'log-end':
        this.recovered.logsReplayed++;
        break;
      case 'flush-end':
        if (!this.isOpen && event.file) {
          const { number, size } = event.file;
          this.recovered.tables.push({ number, level: event.level, size });
        }
        break;
      case 'open-end':
        this.isOpen = true;
        break;
      case 'pick':
        this.begin(event);
        break;
      case 'move':
        if (!current) break;
        current.moved = true;
        current.outputs.push(event.file.number);
        this.compactions.push(current);
        break;
      case 'output-end':
        current?.outputs.push(event.table);
        break;
      case 'compaction-end':
        if (!current) break;
        current.bytesRead = event.bytesRead;
        current.bytesWritten = event.bytesWritten;
        current.entriesKept = event.entriesKept;
        current.entriesDropped = event.shadowed + event.deletions;
        this.compactions.push(current);
        break;
    }
  };

  /** Sums over all compactions: what passes through two of them counts twice, as the work does. */
  totals() {
    const sum = (value: (row: CompactionRow) => number) =>
      this.compactions.reduce((total, row) => total + value(row), 0);
    return {
      bytesRead: sum((row) => row.bytesRead),
      bytesWritten: sum((row) => row.bytesWritten),
      entriesKept: sum((row) => row.entriesKept),
      entriesDropped: sum((row) => row.entriesDropped),
    };
  }

  private begin({ reason, level, inputs }: Extract<TraceEvent, { type: 'pick' }>): void {
    const [own, next] = inputs.map((files) => files.map(({ number }) => number));
    this.current = {
      reason,
      level,
      inputs: [own, next],
      outputs: [],
      moved: false,
      bytesRead: 0,
      bytesWritten: 0,
      entriesKept: 0,
      entriesDropped: 0,
    };
  }
}
