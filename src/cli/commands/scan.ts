import type { Inspection } from '../../engine/db/inspection';
import { digestScan, type KeyRange, type Scan, type ScanDigest } from '../../engine/db/scan';
import { digestTogether } from '../../engine/db/shared-digest';
import { scanLines, writeLines } from '../../engine/db/shared-lines';
import { TAG_BYTES } from '../../engine/keys/internal-key';
import { type Command, conclude } from '../command';
import { helpers, openOrdered } from '../database';
import { UsageError } from '../exit';
import { runInSlices, runJob } from '../job';
import type { Arguments } from '../options';
import type { Output } from '../output';
import { Progress } from '../progress';
import { internalKeyJson } from '../shapes';

export const rangeOptions = {
  from: { value: 'KEY', help: 'first key (inclusive)' },
  to: { value: 'KEY', help: 'end of the range (exclusive)' },
  prefix: { value: 'P', help: 'only keys that begin so' },
};

export function rangeOf(args: Arguments) {
  return { from: args.bytesOption('from'), to: args.bytesOption('to'), prefix: args.bytesOption('prefix') };
}

export const scan: Command = {
  name: 'scan',
  arguments: 'DIR',
  summary: 'live entries in order',
  options: {
    ...rangeOptions,
    limit: { value: 'N', help: 'at most N entries' },
    reverse: { help: 'last key first' },
    snapshot: { value: 'SEQ', help: 'as of this sequence' },
    count: { help: 'counts and a digest instead of the entries' },
    internal: { help: 'every version of every key' },
  },
  async run(args, output) {
    const [directory] = args.positionals;
    const internal = args.has('internal');
    if (internal && args.has('count'))
      throw new UsageError('--count counts live entries, not --internal ones');
    const range = rangeOf(args);
    const options = { ...range, reverse: args.has('reverse'), sequence: args.sequence('snapshot') };
    const limit = args.count('limit') ?? Number.POSITIVE_INFINITY;
    const isPlain = limit === Number.POSITIVE_INFINITY && !options.reverse && options.sequence === undefined;
    const db = openOrdered(args, directory);
    try {
      if (args.has('count')) {
        const isAll = isPlain && Object.values(range).every((key) => key === undefined);
        const together = isAll ? await runJob(digestTogether(db, helpers()), shown) : undefined;
        printDigest(together ?? digestAlone(db.scan(options), limit), output);
      } else if (internal) printVersions(db.scanInternal(options), limit, output);
      else if (isPlain) await printEntries(db, range, output);
      else for (const _ of scanLines(db.scan(options), output, (bytes) => output.raw(bytes), limit));
      return conclude(db);
    } finally {
      db.close();
    }
  },
};

const shown = (entries: number) => `${entries} entries`;

function digestAlone(live: Scan, limit: number): ScanDigest {
  const progress = new Progress();
  const digest = digestScan(
    live,
    (entries) => {
      progress.show(shown(entries));
      return false;
    },
    limit,
  );
  progress.clear();
  return digest;
}

function printDigest(digest: ScanDigest, output: Output): void {
  if (output.json) output.value(digest);
  else {
    const { entries, keyBytes, valueBytes, fnv1a64 } = digest;
    output.line(
      `${entries} entries, ${keyBytes} bytes of keys, ${valueBytes} bytes of values, digest ${fnv1a64}`,
    );
  }
}

/** Live entries of a range, one line each; also `lsm dump`. */
export async function printEntries(db: Inspection, range: KeyRange, output: Output): Promise<void> {
  const { json, hex } = output;
  await runInSlices(writeLines(db, range, { json, hex }, (bytes) => output.raw(bytes), helpers()));
}

function printVersions(all: Scan, limit: number, output: Output): void {
  const { cursor } = all;
  for (let count = 0; all.valid && count < limit; count++, all.next()) {
    if (cursor.keyEnd - cursor.keyStart < TAG_BYTES) continue;
    const {
      userKey: key,
      sequence,
      type,
    } = internalKeyJson(output, cursor.keyBuffer, cursor.keyStart, cursor.keyEnd);
    const value = output.bytes(cursor.valueBuffer, cursor.valueStart, cursor.valueEnd);
    const file = all.source().name;
    if (output.json) output.value({ key, value, sequence, type, file });
    else output.line(`${key}\t${sequence}\t${type}\t${file}\t${value}`);
  }
}
