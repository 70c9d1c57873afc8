import { WriteBatch } from '../engine/batch/write-batch';
import { Database } from '../engine/db/database';
import { MemoryEnv } from '../engine/env/memory';
import { LsmError } from '../engine/problem';
import { bloomFilterPolicy } from '../engine/table/bloom';
import type { TraceEvent } from '../engine/trace/events';
import { BackgroundSlices } from './background-slices';
import type { JobsOf } from './job';
import type {
  ScratchCalls,
  ScratchJobs,
  ScratchOperation,
  ScratchOptions,
  ScratchState,
} from './scratch-api';

/** What has happened and was not taken is kept up to here; then the oldest goes. */
const MAX_EVENTS = 1_000_000;

/** A database in memory that is written to, in the worker's thread. */
export class ScratchSession implements ScratchCalls {
  readonly jobs: JobsOf<ScratchJobs> = {};
  private database: Database | undefined;
  private slices: BackgroundSlices | undefined;
  private events: TraceEvent[] = [];

  open({ bloomBits, ...options }: ScratchOptions): ScratchState {
    this.close();
    const filterPolicy = bloomBits ? bloomFilterPolicy(bloomBits) : undefined;
    this.database = Database.openNow(new MemoryEnv(), '/scratch', {
      ...options,
      filterPolicy,
      createIfMissing: true,
      background: 'stepped',
      trace: (event) => this.keep(event),
    });
    this.slices = new BackgroundSlices(this.database);
    return this.state();
  }

  write(batches: ScratchOperation[][]): ScratchState {
    const database = this.present();
    for (const operations of batches) {
      const batch = new WriteBatch();
      for (const [key, value] of operations) {
        if (value) batch.put(key, value);
        else batch.delete(key);
      }
      database.write(batch);
    }
    this.slices?.wake();
    return this.state();
  }

  get(key: Uint8Array): Uint8Array | undefined {
    const { value } = this.present().get(key);
    this.slices?.wake();
    return value;
  }

  state(): ScratchState {
    const { lastSequence, version, hasWork } = this.present();
    return { lastSequence, files: version.levels.map((files) => files.length), hasWork };
  }

  takeTrace(): TraceEvent[] {
    const { events } = this;
    this.events = [];
    return events;
  }

  setRunning(isRunning: boolean): void {
    if (isRunning) this.slices?.resume();
    else this.slices?.stop();
  }

  step(): TraceEvent | undefined {
    return this.present().step();
  }

  close(): void {
    this.slices?.stop();
    this.database?.close();
    this.slices = undefined;
    this.database = undefined;
    this.events = [];
  }

  private keep(event: TraceEvent): void {
    this.events.push(event);
    if (this.events.length > 2 * MAX_EVENTS) this.events = this.events.slice(-MAX_EVENTS);
  }

  private present(): Database {
    if (!this.database) throw new LsmError('Invalid argument', 'invalid-argument', 'no database is open');
    return this.database;
  }
}
