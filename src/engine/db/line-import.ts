import { WriteBatch } from '../batch/write-batch';
import type { TraceEvent } from '../trace/events';
import type { BulkLoad } from './bulk-load';
import type { Database } from './database';
import { JsonLines, type LineOperation } from './json-lines';

/** Of keys and values in one batch, about. */
const BATCH_BYTES = 1 << 20;
const BATCH_OPERATIONS = 1000;
/** Of keys and values that are written before a load in bulk is tried, about a memtable: less stays in the log. */
const BYTES_BEFORE_BULK = 4 << 20;
/** Of keys and values in one load in bulk: what an import that is killed has lost at most. */
const BULK_BYTES = 32 << 20;

/** Steps of an import: events of the work that its writes make, and after each batch how many operations are written. */
export type ImportSteps = Generator<TraceEvent | number, void>;

/**
 * JSON lines on their way into a database, in batches that are durable one after the other. The first line that is none
 * throws an LsmError, once all before it are written. A longer import goes straight into tables as long as its keys
 * ascend where the database has none, and many batches become durable together.
 */
export class LineImport {
  /** Operations that are written. */
  operations = 0;
  batches = 0;
  private readonly database: Database;
  private readonly lines: JsonLines;
  private readonly batch = new WriteBatch();
  private bytes = 0;
  /** Of what went into the database by its log. */
  private bytesWritten = 0;
  private load: BulkLoad | undefined;
  /** Batches in it, and bytes of their keys and values. */
  private loaded = 0;
  private bytesLoaded = 0;
  /** No more loads in bulk: an entry was out of order, or among others. */
  private isUnordered = false;

  constructor(database: Database, source: string, bytesOf: (text: string) => Uint8Array) {
    this.database = database;
    this.lines = new JsonLines(source, bytesOf);
  }

  /** The lines that end in a chunk, which may be overwritten afterwards. */
  take(chunk: Uint8Array): ImportSteps {
    return this.add(this.lines.take(chunk));
  }

  /** The rest, and all that is due by it. */
  *end(): ImportSteps {
    yield* this.add(this.lines.end());
    yield* this.writeAll();
    yield* this.settle(true);
  }

  private *add(operations: Generator<LineOperation>): ImportSteps {
    const { batch } = this;
    for (;;) {
      let next: IteratorResult<LineOperation>;
      try {
        next = operations.next();
      } catch (error) {
        yield* this.writeAll();
        throw error;
      }
      if (next.done) return;
      const [key, value] = next.value;
      if (value) batch.put(key, value);
      else batch.delete(key);
      this.bytes += key.length + (value?.length ?? 0);
      if (batch.count >= BATCH_OPERATIONS || this.bytes >= BATCH_BYTES) yield* this.write();
    }
  }

  private *writeAll(): ImportSteps {
    yield* this.write();
    yield* this.endLoad();
  }

  private *write(): ImportSteps {
    const { batch } = this;
    if (batch.count === 0) return;
    if (!(yield* this.writeInBulk())) yield* this.writeToLog();
    batch.clear();
    this.bytes = 0;
  }

  private *writeToLog(): ImportSteps {
    const { database, batch } = this;
    database.write(batch, { sync: true });
    this.bytesWritten += this.bytes;
    yield* this.written(batch.count, 1);
  }

  /** False if the batch has to be written by the log. */
  private *writeInBulk(): Generator<TraceEvent | number, boolean> {
    const { database, batch } = this;
    if (this.isUnordered || this.bytesWritten < BYTES_BEFORE_BULK) return false;
    this.load ??= yield* database.bulkLoad();
    const { load } = this;
    if (!load.add(batch)) {
      this.isUnordered = true;
      yield* this.endLoad();
      return false;
    }
    this.loaded++;
    this.bytesLoaded += this.bytes;
    if (this.bytesLoaded >= BULK_BYTES) yield* this.endLoad();
    else yield this.operations;
    return true;
  }

  private *endLoad(): ImportSteps {
    const { load, loaded } = this;
    if (!load) return;
    this.load = undefined;
    this.loaded = this.bytesLoaded = 0;
    yield* load.finish();
    yield* this.written(load.entries, loaded);
  }

  private *written(operations: number, batches: number): ImportSteps {
    this.operations += operations;
    this.batches += batches;
    yield this.operations;
    yield* this.settle(false);
  }

  private *settle(waits: boolean): ImportSteps {
    const { database } = this;
    if (database.hasWork) yield* database.settleSteps({ waits });
    if (database.failure) throw database.failure;
  }
}
