import { BatchReader } from '../batch/batch-reader';
import { addU64, maxU64, type U64 } from '../bytes/u64';
import type { RandomAccessFile } from '../env/env';
import type { InternalKeyComparator } from '../keys/internal-key';
import { LogReader } from '../log/reader';
import { tornTailProblem } from '../log/torn-tail';
import type { Problem, ProblemCode } from '../problem';
import { MemTable } from './memtable';

/** A write-ahead log read into memory. */
export interface ReplayedLog {
  memtable: MemTable;
  /** The greatest sequence that its batches claim; 0 if it holds none. */
  lastSequence: U64;
  batches: number;
  /** Damage, as LevelDB meets it without paranoid_checks: it drops the bytes and goes on. */
  problems: Problem[];
}

/**
 * Rebuilds the memtable that a log stands for (DBImpl::RecoverLogFile, without flushing). Every record's checksum
 * is verified. `name` goes into problems; `isLast` tells whether a torn tail is what a crash leaves.
 */
export function replayLog(
  file: RandomAccessFile,
  name: string,
  comparator: InternalKeyComparator,
  isLast = true,
): ReplayedLog {
  const problems: Problem[] = [];
  const damage = (code: ProblemCode, message: string, offset: number, length: number) =>
    problems.push({ severity: 'error', file: name, offset, length, code, message });
  const reader = new LogReader(file, {
    inPieces: true,
    reporter: {
      corruption: (length, reason, offset) =>
        damage(reason === 'checksum mismatch' ? 'checksum-mismatch' : 'bad-record', reason, offset, length),
    },
  });
  const batch = new BatchReader();
  const memtable = new MemTable(comparator, file.size());
  let lastSequence: U64 = 0;
  let batches = 0;
  for (;;) {
    const pieces = reader.nextBatches();
    if (pieces) {
      pieces.addTo(memtable, pieces.batchesFrom, Number.POSITIVE_INFINITY);
      batches += pieces.batchesEnd - pieces.batchesFrom;
      lastSequence = maxU64(lastSequence, pieces.lastSequence());
      continue;
    }
    if (!reader.next()) break;
    const { record, recordOffset: offset, recordEnd } = reader;
    if (!batch.reset(record)) {
      damage('bad-write-batch', 'log record too small', offset, recordEnd - offset);
      continue;
    }
    batches++;
    while (batch.next()) {
      memtable.add(
        addU64(batch.sequence, batch.opIndex),
        batch.type,
        record,
        batch.keyStart,
        batch.keyEnd,
        batch.valueStart,
        batch.valueEnd,
      );
    }
    if (batch.error) damage('bad-write-batch', batch.error, offset, recordEnd - offset);
    if (batch.count > 0) lastSequence = maxU64(lastSequence, addU64(batch.sequence, batch.count - 1));
  }
  const { tornTail, tornTailKind } = reader;
  if (tornTail) problems.push(tornTailProblem(name, tornTail, tornTailKind, isLast));
  return { memtable, lastSequence, batches, problems };
}
