import { MAX_SEQUENCE } from '../../engine/keys/internal-key';
import type { LookupEvent } from '../../engine/trace/lookup-events';
import { type Command, conclude } from '../command';
import { openOrdered } from '../database';
import { ExitCode } from '../exit';
import { type Output, writeError } from '../output';
import { internalKeyJson, internalKeyText } from '../shapes';

export const get: Command = {
  name: 'get',
  arguments: 'DIR KEY',
  summary: 'the value of a key, as LevelDB would answer',
  options: {
    snapshot: { value: 'SEQ', help: 'as of this sequence' },
    explain: { help: 'tell where it was looked for, and what each place said' },
  },
  run(args, output) {
    const [directory, keyText] = args.positionals;
    const key = args.bytes(keyText);
    const sequence = args.sequence('snapshot') ?? MAX_SEQUENCE;
    const db = openOrdered(args, directory);
    const events: LookupEvent[] = [];
    const explain = args.has('explain');
    const tell = (event: LookupEvent) => {
      if (output.json) events.push(event);
      else output.line(eventText(output, event));
    };
    try {
      const { found, value, sequence: at, source } = db.get(key, sequence, explain ? tell : undefined);
      if (output.json) {
        output.value({
          found,
          value: value ? output.bytes(value) : null,
          sequence: at ?? null,
          source: source?.name ?? null,
          ...(explain ? { trace: events.map((event) => eventJson(output, event)) } : {}),
        });
      } else {
        if (value) {
          if (args.has('hex')) output.line(output.bytes(value));
          else {
            output.raw(value);
            output.raw(NEWLINE);
          }
        } else {
          const why = source ? `deleted at sequence ${at} (${source.name})` : 'not found';
          writeError(`lsm: ${directory}: ${keyText}: ${why}`);
        }
      }
      return conclude(db, found ? ExitCode.done : ExitCode.notFound);
    } finally {
      db.close();
    }
  },
};

const NEWLINE = new Uint8Array([0x0a]);

function eventJson(output: Output, event: LookupEvent) {
  if (event.step !== 'table' || !event.indexKey) return event;
  return { ...event, indexKey: internalKeyJson(output, event.indexKey) };
}

function eventText(output: Output, event: LookupEvent): string {
  switch (event.step) {
    case 'memtable':
      return `memtable of ${event.file} (${event.entries} entries): ${answer(event.result, event.sequence)}`;
    case 'skipped':
      return `level ${event.level}  ${event.file}: not opened, ${event.reason}`;
    case 'level':
      return `level ${event.level}: ${event.reason} (${event.files} tables)`;
    case 'seek-charge':
      return `seek charged to ${event.file} in level ${event.level}: the first of several tables asked (${event.allowedSeeks} allowed)`;
    case 'table': {
      const parts = [`level ${event.level}  ${event.file}: ${answer(event.result, event.sequence)}`];
      if (event.indexKey) parts.push(`index entry ${internalKeyText(output, event.indexKey)}`);
      if (event.filter) {
        const { index, mayMatch } = event.filter;
        parts.push(
          `filter ${index} says ${mayMatch ? 'maybe' : 'no'}${event.falsePositive ? ' (false positive)' : ''}`,
        );
      }
      if (event.block) {
        const { offset, size, restartPoint } = event.block;
        const restart = restartPoint === undefined ? '' : `, restart point ${restartPoint}`;
        parts.push(`block at ${offset}, ${size} bytes${restart}`);
      }
      parts.push(`${event.comparisons} keys compared`);
      return parts.join('\n    ');
    }
  }
}

function answer(result: string, sequence: unknown): string {
  return sequence === undefined ? result : `${result} at sequence ${sequence}`;
}
