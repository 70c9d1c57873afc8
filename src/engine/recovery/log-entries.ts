import { BatchReader } from '../batch/batch-reader';
import type { RandomAccessFile } from '../env/env';
import { LogReader } from '../log/reader';

/** What a log holds, in order: batches, and damage in its place. */
export type LogEntry =
  /** Valid until the next entry. Walk its operations to their end: a fault in them is told afterwards. */
  | { kind: 'batch'; offset: number; batch: BatchReader }
  | { kind: 'damage'; offset: number; length: number; reason: string }
  /** What a crash leaves at the end. */
  | { kind: 'torn'; offset: number; length: number };

/** Reads a log as recovery does without paranoid_checks (DBImpl::RecoverLogFile), and tells what it passes by. */
export function* logEntries(file: RandomAccessFile): Generator<LogEntry> {
  const damage: LogEntry[] = [];
  const reader = new LogReader(file, {
    reporter: {
      corruption: (length, reason, offset) => damage.push({ kind: 'damage', offset, length, reason }),
    },
  });
  const batch = new BatchReader();
  for (;;) {
    const more = reader.next();
    yield* damage.splice(0);
    if (!more) break;
    const { record, recordOffset: offset, recordEnd } = reader;
    const length = recordEnd - offset;
    if (!batch.reset(record)) {
      yield { kind: 'damage', offset, length, reason: 'log record too small' };
      continue;
    }
    yield { kind: 'batch', offset, batch };
    if (batch.error) yield { kind: 'damage', offset, length, reason: batch.error };
  }
  const { tornTail, tornTailKind } = reader;
  if (!tornTail) return;
  const { offset, length } = tornTail;
  if (tornTailKind === 'torn') yield { kind: 'torn', offset, length };
  else yield { kind: 'damage', offset, length, reason: 'bad record length' };
}
