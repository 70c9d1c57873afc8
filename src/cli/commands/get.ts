import { MAX_SEQUENCE } from '../../engine/keys/internal-key';
import type { LookupEvent } from '../../engine/trace/lookup-events';
import { lookupText } from '../../engine/trace/lookup-text';
import { type Command, conclude } from '../command';
import { openOrdered } from '../database';
import { ExitCode } from '../exit';
import { type Output, writeError } from '../output';
import { internalKeyJson } from '../shapes';

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
      else output.line(lookupText(event, (userKey) => output.bytes(userKey)));
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
