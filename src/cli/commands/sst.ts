import { copyOf } from '../../engine/bytes/copy';
import { humanBytes } from '../../engine/bytes/human';
import { comparatorAround } from '../../engine/db/file-context';
import type { RandomAccessFile } from '../../engine/env/env';
import { nodeInflate } from '../../engine/env/node';
import { InternalKeyComparator, TAG_BYTES, typeAt } from '../../engine/keys/internal-key';
import { LsmError, type Problem, type ProblemSink } from '../../engine/problem';
import { verifyTable } from '../../engine/recovery/verify-table';
import type { Footer } from '../../engine/table/format';
import { describeTableFile, type TableRegion } from '../../engine/table/layout';
import { Table } from '../../engine/table/table';
import { type Command, hasErrors, reportListed, reportProblems } from '../command';
import { env } from '../database';
import { ExitCode } from '../exit';
import type { Arguments } from '../options';
import { table as columns, type Output } from '../output';
import { internalKeyJson, internalKeyText, problemsJson, problemText } from '../shapes';

export const sst: Command = {
  name: 'sst',
  arguments: 'FILE',
  summary: 'properties, layout and entries of a table',
  options: {
    blocks: { help: 'list the blocks (text; JSON always does)' },
    entries: { help: 'list the entries instead' },
    verify: { help: 'verify checksums, structure, order and filter' },
  },
  run(args, output) {
    const [path] = args.positionals;
    const file = env.open(path);
    try {
      return new TableCommand(args, output, path, file).run();
    } finally {
      file.close();
    }
  },
};

class TableCommand {
  private readonly args: Arguments;
  private readonly output: Output;
  private readonly file: RandomAccessFile;
  private readonly name: string;
  private readonly comparator: InternalKeyComparator;
  private readonly orderKnown: boolean;
  private readonly codec = { inflate: nodeInflate };
  private readonly problems: Problem[] = [];
  private readonly sink: ProblemSink;

  constructor(args: Arguments, output: Output, path: string, file: RandomAccessFile) {
    this.args = args;
    this.output = output;
    this.file = file;
    this.name = env.split(path).name;
    const { comparator, known } = comparatorAround(env, path, args.comparator());
    this.comparator = new InternalKeyComparator(comparator);
    this.orderKnown = known;
    const seen = new Set<string>();
    this.sink = (problem) => {
      const identity = `${problem.offset} ${problem.code}`;
      if (!seen.has(identity)) this.problems.push(problem);
      seen.add(identity);
    };
  }

  run(): ExitCode {
    if (this.args.has('entries')) {
      this.printEntries();
      reportProblems(this.problems);
    } else {
      this.printProperties();
      reportListed(this.output, this.problems);
    }
    return hasErrors(this.problems) ? ExitCode.damaged : ExitCode.done;
  }

  /** Throws an LsmError if footer or index are damaged. */
  private open(): Table {
    const { name, comparator, codec, sink } = this;
    return Table.open(this.file, { name, comparator, codec, sink });
  }

  /** Undefined if footer or index are damaged; that is a problem then. */
  private tryOpen(): Table | undefined {
    const { name, sink } = this;
    try {
      return this.open();
    } catch (error) {
      if (!(error instanceof LsmError)) throw error;
      const place = error.offset === undefined ? {} : { offset: error.offset };
      const code = error.code as Problem['code'];
      sink({ severity: 'error', file: name, ...place, code, message: error.message });
      return undefined;
    }
  }

  private printEntries(): void {
    const { output } = this;
    const cursor = this.open().cursor({ fillCache: false });
    for (cursor.seekToFirst(); cursor.valid; cursor.next()) {
      const { keyBuffer, keyStart, keyEnd, valueBuffer, valueStart, valueEnd } = cursor;
      const { userKey: key, sequence, type } = internalKeyJson(output, keyBuffer, keyStart, keyEnd);
      const value = output.bytes(valueBuffer, valueStart, valueEnd);
      if (output.json) output.value({ key, sequence, type, value });
      else output.line(`${key}\t${sequence}\t${type}\t${value}`);
    }
  }

  private printProperties(): void {
    const { name, codec, comparator, orderKnown, sink, output } = this;
    const table = this.tryOpen();
    const size = this.file.size();
    const properties = table ? summarize(table) : undefined;
    const blocks = [...describeTableFile(this.file, size, { name, codec }, sink)];
    if (this.args.has('verify')) {
      const lastSequence = undefined;
      verifyTable(this.file, {
        name,
        comparator,
        orderKnown,
        codec,
        lastSequence,
        checksumsOnly: false,
        sink,
      });
    }
    if (output.json) {
      const { smallest, largest } = properties ?? {};
      output.value({
        file: name,
        size,
        entryCount: properties?.entries ?? null,
        deletions: properties?.deletions ?? null,
        smallest: smallest ? internalKeyJson(output, smallest) : null,
        largest: largest ? internalKeyJson(output, largest) : null,
        footer: table ? footerJson(table.footer) : null,
        blocks: blocks.map(blockJson),
        ok: !hasErrors(this.problems),
        problems: problemsJson(this.problems),
      });
      return;
    }
    this.printText(size, table, properties, blocks);
  }

  private printText(
    size: number,
    table: Table | undefined,
    properties: Summary | undefined,
    blocks: TableRegion[],
  ): void {
    const { output } = this;
    output.line(`table ${this.name}, ${humanBytes(size)}`);
    if (table && properties) {
      const { entries, deletions, keyBytes, valueBytes, smallest, largest } = properties;
      output.line(`  entries     ${entries}, ${deletions} of them deletions`);
      output.line(`  raw         ${humanBytes(keyBytes)} of keys, ${humanBytes(valueBytes)} of values`);
      if (smallest) output.line(`  smallest    ${internalKeyText(output, smallest)}`);
      if (largest) output.line(`  largest     ${internalKeyText(output, largest)}`);
      const names = table.metaindex.map((entry) => entry.name).join(', ') || 'none';
      output.line(`  meta blocks ${names}`);
    }
    const data = blocks.filter(({ kind }) => kind === 'data');
    const compressions = [...new Set(data.map(({ compression }) => compression ?? 'unreadable'))].join(', ');
    output.line(`  data blocks ${data.length}${data.length > 0 ? ` (${compressions})` : ''}`);
    if (this.args.has('blocks')) {
      const rows = [['kind', 'offset', 'size', 'raw', 'compression', 'checksum', 'entries']];
      for (const block of blocks) {
        const { kind, offset, size: stored, rawSize, compression, crcOk, entries } = block;
        const checksum = crcOk === undefined ? '' : crcOk ? 'ok' : 'WRONG';
        rows.push([
          kind,
          `${offset}`,
          `${stored}`,
          `${rawSize ?? ''}`,
          compression ?? '',
          checksum,
          `${entries ?? ''}`,
        ]);
      }
      for (const row of columns(rows, [1, 2, 3, 6])) output.line(row);
    }
    for (const problem of this.problems) output.line(problemText(problem));
    if (this.args.has('verify') && !hasErrors(this.problems)) output.line('verified: no damage found');
  }
}

interface Summary {
  entries: number;
  deletions: number;
  keyBytes: number;
  valueBytes: number;
  smallest: Uint8Array | undefined;
  largest: Uint8Array | undefined;
}

/** Counts over the readable entries. Smallest and largest are the first and the last of them. */
function summarize(table: Table): Summary {
  const summary: Summary = {
    entries: 0,
    deletions: 0,
    keyBytes: 0,
    valueBytes: 0,
    smallest: undefined,
    largest: undefined,
  };
  const cursor = table.cursor({ fillCache: false });
  for (cursor.seekToFirst(); cursor.valid; cursor.next()) {
    const { keyBuffer, keyStart, keyEnd } = cursor;
    summary.entries++;
    summary.smallest ??= copyOf(keyBuffer, keyStart, keyEnd);
    if (keyEnd - keyStart < TAG_BYTES) continue;
    if (typeAt(keyBuffer, keyEnd) === 0) summary.deletions++;
    summary.keyBytes += keyEnd - keyStart - TAG_BYTES;
    summary.valueBytes += cursor.valueEnd - cursor.valueStart;
  }
  cursor.seekToLast();
  if (cursor.valid) summary.largest = copyOf(cursor.keyBuffer, cursor.keyStart, cursor.keyEnd);
  return summary;
}

function footerJson({ metaindex, index }: Footer) {
  return { metaindex, index, magic: 'db4775248b80fb57' };
}

function blockJson({ kind, name, offset, size, rawSize, compression, crcOk, entries }: TableRegion) {
  return {
    kind,
    ...(name === undefined ? {} : { name }),
    offset,
    size,
    rawSize: rawSize ?? null,
    compression: compression ?? null,
    crcOk: crcOk ?? null,
    entries: entries ?? null,
  };
}
