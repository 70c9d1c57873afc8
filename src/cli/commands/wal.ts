import type { BatchReader } from '../../engine/batch/batch-reader';
import type { RandomAccessFile } from '../../engine/env/env';
import { PhysicalRecordScanner } from '../../engine/log/physical';
import { logEntries } from '../../engine/recovery/log-entries';
import type { Command } from '../command';
import { messageLine } from '../command';
import { env } from '../database';
import { ExitCode } from '../exit';
import { type Output, writeError } from '../output';
import { typeName } from '../shapes';

export const wal: Command = {
  name: 'wal',
  arguments: 'FILE',
  summary: 'the batches of a write-ahead log; damage in its place',
  options: { records: { help: 'physical records instead of batches' } },
  run(args, output) {
    const [path] = args.positionals;
    const file = env.open(path);
    try {
      const damage = new DamageLines(output, env.split(path).name);
      if (args.has('records')) printRecords(file, output, damage);
      else printBatches(file, output, damage);
      return damage.count > 0 ? ExitCode.damaged : ExitCode.done;
    } finally {
      file.close();
    }
  },
};

/** Prints damage among the lines of a stream, and on standard error. */
class DamageLines {
  count = 0;
  private readonly output: Output;
  private readonly name: string;

  constructor(output: Output, name: string) {
    this.output = output;
    this.name = name;
  }

  print(offset: number, length: number, reason: string): void {
    this.count++;
    this.line(offset, length, reason);
    writeError(messageLine(this.name, offset, `${reason} (${length} bytes)`));
  }

  /** What a crash leaves at the end: shown, but no damage. */
  printTorn(offset: number, length: number): void {
    this.line(offset, length, 'torn tail');
  }

  private line(offset: number, length: number, reason: string): void {
    if (this.output.json) this.output.value({ damage: { offset, length, reason } });
    else this.output.line(`${offset}\t${reason === 'torn tail' ? '' : 'DAMAGE: '}${reason}, ${length} bytes`);
  }
}

function printBatches(file: RandomAccessFile, output: Output, damage: DamageLines): void {
  for (const entry of logEntries(file)) {
    if (entry.kind === 'damage') damage.print(entry.offset, entry.length, entry.reason);
    else if (entry.kind === 'torn') damage.printTorn(entry.offset, entry.length);
    else printBatch(entry.offset, entry.batch, output);
  }
}

function printBatch(offset: number, batch: BatchReader, output: Output): void {
  const { contents, sequence, count } = batch;
  const ops = [];
  while (batch.next()) {
    const type = typeName(batch.type);
    const key = output.bytes(contents, batch.keyStart, batch.keyEnd);
    const value = type === 'value' ? { value: output.bytes(contents, batch.valueStart, batch.valueEnd) } : {};
    ops.push({ type, key, ...value });
  }
  if (output.json) output.value({ offset, sequence, count, ops });
  else {
    output.line(`${offset}\tsequence ${sequence}\t${count} operations`);
    for (const op of ops)
      output.line(op.value === undefined ? `\tdelete ${op.key}` : `\tput ${op.key}\t${op.value}`);
  }
}

const RECORD_TYPES = ['zero', 'full', 'first', 'middle', 'last'];

function printRecords(file: RandomAccessFile, output: Output, damage: DamageLines): void {
  const scanner = new PhysicalRecordScanner(file);
  while (scanner.next()) {
    const { kind, offset, length, crcOk, size } = scanner;
    const type = RECORD_TYPES[scanner.type] ?? `unknown (${scanner.type})`;
    if (kind === 'record') {
      if (output.json) output.value({ offset, length, type, crcOk });
      else output.line(`${offset}\t${length}\t${type}\t${crcOk ? 'ok' : 'WRONG CHECKSUM'}`);
    } else if (kind === 'damage' && scanner.damage) {
      damage.print(scanner.damage.offset, scanner.damage.length, scanner.damage.reason);
    } else if (kind === 'torn') damage.printTorn(offset, size);
    // Trailers and preallocated zeros hold no record.
  }
}
