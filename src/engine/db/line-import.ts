import { WriteBatch } from '../batch/write-batch';
import type { TraceEvent } from '../trace/events';
import type { Database } from './database';
import { JsonLines, type LineOperation } from './json-lines';

/** Of keys and values in one batch, about. */
const BATCH_BYTES = 1 << 20;
const BATCH_OPERATIONS = 1000;

/** Steps of an import: events of the work that its writes make, and after each batch how many operations are written. */
export type ImportSteps = Generator<TraceEvent | number, void>;

/**
 * JSON lines on their way into a database, in batches that are durable one after the other. The first line that is none
 * throws an LsmError, once all before it are written.
 */
export class LineImport {
  /** Operations that are written. */
  operations = 0;
  batches = 0;
  private readonly database: Database;
  private readonly lines: JsonLines;
  private readonly batch = new WriteBatch();
  private bytes = 0;

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
    yield* this.write();
    yield* this.settle(true);
  }

  private *add(operations: Generator<LineOperation>): ImportSteps {
    const { batch } = this;
    for (;;) {
      let next: IteratorResult<LineOperation>;
      try {
        next = operations.next();
      } catch (error) {
        yield* this.write();
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

  private *write(): ImportSteps {
    const { database, batch } = this;
    if (batch.count === 0) return;
    database.write(batch, { sync: true });
    this.operations += batch.count;
    this.batches++;
    batch.clear();
    this.bytes = 0;
    yield this.operations;
    yield* this.settle(false);
  }

  private *settle(waits: boolean): ImportSteps {
    const { database } = this;
    if (database.hasWork) yield* database.settleSteps({ waits });
    if (database.failure) throw database.failure;
  }
}
