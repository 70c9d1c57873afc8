import type { U64 } from '../bytes/u64';
import type { FileMetaData } from '../manifest/version-edit';
import type { ArenaMemTable } from '../memtable/arena-memtable';
import type { FlushLevelReason, TraceEvent } from '../trace/events';
import { type DatabaseCore, statusText } from './core';

/** Where a flushed table goes, and why no deeper. */
export interface FlushLevel {
  level: number;
  why: FlushLevelReason;
}

/** A flush from when its table has a number: what LOG, the statistics and traces are told of it. */
export class FlushAccount {
  /** The table's number. Nobody removes its file before `written`. */
  readonly table: U64;
  private readonly core: DatabaseCore;
  private readonly started: number;

  constructor(core: DatabaseCore) {
    this.core = core;
    this.started = core.options.now();
    this.table = core.versions.newFileNumber();
    core.pendingOutputs.add(this.table);
  }

  /** `log` is the name of the log that has the memtable's writes. */
  begin(memtable: ArenaMemTable, log: string, during: 'writing' | 'recovery'): TraceEvent {
    const { table } = this;
    const { entries, memoryUsage } = memtable;
    this.core.infoLog.line(`Level-0 table #${table}: started`);
    return { type: 'flush-begin', table, log, entries, memoryUsage, during };
  }

  /** The table is there, or there is none: the memtable was empty, or `error` came in between. */
  written(file: FileMetaData | undefined, error?: unknown): void {
    const { core, table } = this;
    const status = error === undefined ? 'OK' : statusText(error);
    core.infoLog.line(`Level-0 table #${table}: ${file ? file.size : 0} bytes ${status}`);
    core.pendingOutputs.delete(table);
  }

  end(file: FileMetaData | undefined, { level, why }: FlushLevel): TraceEvent {
    const { core, table, started } = this;
    const bytes = file ? Number(file.size) : 0;
    const stats = core.stats[level];
    stats.milliseconds += core.options.now() - started;
    stats.bytesWritten += bytes;
    return { type: 'flush-end', table, bytes, level, file, why };
  }
}
