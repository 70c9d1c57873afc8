import { WriteBatch } from '../../engine/batch/write-batch';
import type { Database } from '../../engine/db/database';
import { EnvError } from '../../engine/env/env';
import { LsmError } from '../../engine/problem';
import { eventText } from '../../engine/trace/event-text';
import type { TraceEvent } from '../../engine/trace/events';
import type { Command } from '../command';
import { ExitCode } from '../exit';
import { runJob } from '../job';
import { splitLines } from '../lines';
import { lockOptions } from '../locking';
import { type Arguments, writeOptions } from '../options';
import { oneLine } from '../output';
import { createForWriting, isNewOrEmpty, openForWriting } from '../writing';

const SOURCE = 'standard input';
/** Of keys and values in one batch, about. */
const BATCH_BYTES = 1 << 20;
const BATCH_ENTRIES = 1000;

export const load: Command = {
  name: 'load',
  arguments: 'DIR',
  summary: 'writes entries from JSON lines on standard input, as `lsm dump` prints them; DIR may be new',
  options: { ...writeOptions, ...lockOptions },
  async run(args, output) {
    const [directory] = args.positionals;
    const database = isNewOrEmpty(directory)
      ? createForWriting(args, directory)
      : openForWriting(args, directory);
    const loading = new Loading(database, args);
    try {
      for await (const lines of splitLines(process.stdin)) await runJob(loading.take(lines), describe);
      await runJob(loading.end(), describe);
    } catch (error) {
      throw loading.told(error);
    } finally {
      database.close();
    }
    const { entries, batches } = loading;
    if (output.json) output.value({ entries, batches });
    else output.line(`${entries} entries written in ${batches} batches`);
    return ExitCode.done;
  },
};

function describe(event: TraceEvent | string): string {
  return typeof event === 'string' ? event : oneLine(eventText(event));
}

/** Entries on their way into a database, in batches that are durable one after the other. */
class Loading {
  /** That are written. */
  entries = 0;
  batches = 0;
  private readonly database: Database;
  private readonly args: Arguments;
  private readonly batch = new WriteBatch();
  private count = 0;
  private bytes = 0;
  private line = 0;

  constructor(database: Database, args: Arguments) {
    this.database = database;
    this.args = args;
  }

  /** Throws an LsmError at the first line that is no entry, once all before it are written. */
  *take(lines: readonly string[]): Generator<TraceEvent | string, void> {
    for (const line of lines) {
      this.line++;
      if (line.trim() === '') continue;
      const entry = this.parse(line);
      if (typeof entry === 'string') {
        yield* this.write();
        throw new LsmError('Invalid argument', 'invalid-argument', `line ${this.line}: ${entry}`, SOURCE);
      }
      const [key, value] = entry;
      this.batch.put(key, value);
      this.count++;
      this.bytes += key.length + value.length;
      if (this.count >= BATCH_ENTRIES || this.bytes >= BATCH_BYTES) yield* this.write();
    }
  }

  *end(): Generator<TraceEvent | string, void> {
    yield* this.write();
  }

  /** A failure with the count of what was written before it. */
  told(error: unknown): unknown {
    const { entries } = this;
    const outcome = entries === 0 ? 'nothing was written' : `what was written before: ${entries} entries`;
    if (error instanceof EnvError) return new EnvError(error.code, error.path, `${error.reason}; ${outcome}`);
    if (!(error instanceof LsmError)) return error;
    const { status, code, message, file, offset } = error;
    return new LsmError(status, code, `${message}; ${outcome}`, file, offset);
  }

  private *write(): Generator<TraceEvent | string, void> {
    const { database, batch } = this;
    if (this.count === 0) return;
    database.write(batch, { sync: true });
    this.entries += this.count;
    this.batches++;
    batch.clear();
    this.count = 0;
    this.bytes = 0;
    if (database.hasWork) yield* database.settleSteps();
    if (database.failure) throw database.failure;
    yield `${this.entries} entries written`;
  }

  /** Key and value; or what is wrong. */
  private parse(line: string): [key: Uint8Array, value: Uint8Array] | string {
    let json: unknown;
    try {
      json = JSON.parse(line);
    } catch {
      return 'not JSON';
    }
    if (typeof json !== 'object' || json === null) return 'not an object {"key":...,"value":...}';
    const { key, value } = json as Record<string, unknown>;
    if (typeof key !== 'string' || typeof value !== 'string') return '"key" and "value" must be strings';
    try {
      return [this.args.bytes(key), this.args.bytes(value)];
    } catch (error) {
      return (error as Error).message;
    }
  }
}
