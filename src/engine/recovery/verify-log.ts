import { BatchReader } from '../batch/batch-reader';
import { addU64, maxU64, type U64 } from '../bytes/u64';
import type { RandomAccessFile } from '../env/env';
import { LogReader } from '../log/reader';
import { tornTailProblem } from '../log/torn-tail';
import type { ProblemCode, ProblemSink, Severity } from '../problem';

export interface LogCounts {
  /** Sound records. */
  records: number;
  operations: number;
  /** The least sequence that has not been given away up to the log's end; undefined if that is not known. */
  nextSequence: U64 | undefined;
}

/**
 * Verifies a write-ahead log: every record's checksum, every batch's form, and that sequences go up without a gap from
 * `nextSequence` on. `isLast` tells whether a torn tail is what a crash leaves.
 */
export function verifyLogRecords(
  file: RandomAccessFile,
  name: string,
  isLast: boolean,
  nextSequence: U64 | undefined,
  sink: ProblemSink,
): LogCounts {
  const counts: LogCounts = { records: 0, operations: 0, nextSequence };
  const report = (severity: Severity, code: ProblemCode, message: string, offset: number, length: number) =>
    sink({ severity, file: name, offset, length, code, message });
  const reader = new LogReader(file, {
    inPieces: true,
    reporter: {
      corruption: (length, reason, offset) =>
        report(
          'error',
          reason === 'checksum mismatch' ? 'checksum-mismatch' : 'bad-record',
          reason,
          offset,
          length,
        ),
    },
  });
  const batch = new BatchReader();
  let expected: U64 = 0;
  /** All up to `next` are given away. */
  const passTo = (next: U64) => {
    expected = next;
    counts.nextSequence = maxU64(counts.nextSequence ?? 0, next);
  };
  const checkSequence = (sequence: U64, count: number, offset: number, length: number) => {
    if (sequence < expected) {
      const message = `sequence ${sequence} again: the batch before it ends at ${expected} - 1`;
      report('warning', 'sequence', message, offset, length);
    }
    if (counts.nextSequence !== undefined && sequence > counts.nextSequence) {
      const message = `no batch has the sequences from ${counts.nextSequence} up to ${sequence} - 1: writes are missing before this one`;
      report('warning', 'sequence', message, offset, length);
    }
    passTo(addU64(sequence, count));
  };
  for (;;) {
    const pieces = reader.nextBatches();
    if (pieces) {
      counts.records += pieces.batchesEnd - pieces.batchesFrom;
      counts.operations += pieces.operations;
      const { batchesFrom, batchesEnd } = pieces;
      // Of those that follow each other the first and the last tell of all.
      const step = pieces.isInSequence ? Math.max(1, batchesEnd - batchesFrom - 1) : 1;
      for (let i = batchesFrom; i < batchesEnd; i += step) {
        const sequence = pieces.sequence(i);
        if (i > batchesFrom && step > 1) passTo(sequence);

        const offset = reader.fileOffset(pieces.headerOffset(i));
        checkSequence(sequence, pieces.count(i), offset, pieces.end(i) - pieces.headerOffset(i));
      }
      continue;
    }
    if (!reader.next()) break;
    const { recordOffset: offset, recordEnd } = reader;
    const length = recordEnd - offset;
    counts.records++;
    if (!batch.reset(reader.record)) {
      report('error', 'bad-write-batch', 'log record too small', offset, length);
      continue;
    }
    while (batch.next()) counts.operations++;
    if (batch.error) report('error', 'bad-write-batch', batch.error, offset, length);
    checkSequence(batch.sequence, batch.count, offset, length);
  }
  const { tornTail, tornTailKind } = reader;
  if (tornTail) sink(tornTailProblem(name, tornTail, tornTailKind, isLast));
  return counts;
}
