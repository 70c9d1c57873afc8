import { LineImport } from '../../engine/db/line-import';
import { EnvError } from '../../engine/env/env';
import { LsmError } from '../../engine/problem';
import { eventText } from '../../engine/trace/event-text';
import type { TraceEvent } from '../../engine/trace/events';
import type { Command } from '../command';
import { ExitCode } from '../exit';
import { runJob } from '../job';
import { lockOptions } from '../locking';
import { writeOptions } from '../options';
import { oneLine } from '../output';
import { createForWriting, isNewOrEmpty, openForWriting } from '../writing';

const SOURCE = 'standard input';

export const load: Command = {
  name: 'load',
  arguments: 'DIR',
  summary:
    'writes entries from JSON lines on standard input, as `lsm dump` prints them; a null value deletes; DIR may be new',
  options: { ...writeOptions, ...lockOptions },
  async run(args, output) {
    const [directory] = args.positionals;
    const database = isNewOrEmpty(directory)
      ? createForWriting(args, directory)
      : openForWriting(args, directory, { isLong: true });
    const lines = new LineImport(database, SOURCE, (text) => args.bytes(text));
    try {
      for await (const chunk of process.stdin) await runJob(lines.take(chunk), describe);
      await runJob(lines.end(), describe);
    } catch (error) {
      throw told(error, lines.operations);
    } finally {
      database.close();
    }
    const { operations, batches } = lines;
    if (output.json) output.value({ entries: operations, batches });
    else output.line(`${operations} entries written in ${batches} batches`);
    return ExitCode.done;
  },
};

function describe(event: TraceEvent | number): string {
  return typeof event === 'number' ? `${event} entries written` : oneLine(eventText(event));
}

/** A failure with the count of what was written before it. */
function told(error: unknown, entries: number): unknown {
  const outcome = entries === 0 ? 'nothing was written' : `what was written before: ${entries} entries`;
  if (error instanceof EnvError) return new EnvError(error.code, error.path, `${error.reason}; ${outcome}`);
  if (!(error instanceof LsmError)) return error;
  const { status, code, message, file, offset } = error;
  return new LsmError(status, code, `${message}; ${outcome}`, file, offset);
}
