import { BatchReader } from '../batch/batch-reader';
import { joined } from '../bytes/copy';
import { type RandomAccessFile, readRange } from '../env/env';
import type { OverlayEnv } from '../env/overlay';
import { HEADER_SIZE, RecordType } from '../log/format';
import { LogReader } from '../log/reader';
import { LogWriter } from '../log/writer';
import { surveyLog } from './log-survey';
import type { SoundRecord } from './sound-records';

/** A whole record that recovery does not read: where it begins, and its batch. */
export interface SalvagedRecord {
  offset: number;
  contents: Uint8Array;
}

/**
 * The batches of a log that have a right checksum and that recovery passes by: behind damage in a block, and behind what
 * it takes for the end. Of the first thousand sound records.
 */
export function* salvagedRecords(file: RandomAccessFile): Generator<number, SalvagedRecord[]> {
  const { sound } = yield* surveyLog(file);
  return [...wholeRecords(file, sound.rows)];
}

/** Records in one piece, and those whose pieces follow on one another. */
export function* wholeRecords(
  file: RandomAccessFile,
  records: readonly SoundRecord[],
): Generator<SalvagedRecord> {
  let pieces: SoundRecord[] = [];
  const batch = new BatchReader();
  for (const record of [...records].sort((a, b) => a.offset - b.offset)) {
    const { type, offset } = record;
    const before = pieces.at(-1);
    const isNext = before !== undefined && isBehind(before, offset);
    if (type === RecordType.full || type === RecordType.first) pieces = [record];
    else if (isNext) pieces.push(record);
    else pieces = [];
    if (pieces.length === 0 || (type !== RecordType.full && type !== RecordType.last)) continue;
    const parts = pieces.map((piece) => readRange(file, piece.offset + HEADER_SIZE, piece.length));
    const contents = parts.length === 1 ? parts[0] : joined(parts);
    if (batch.reset(contents)) yield { offset: pieces[0].offset, contents };
    pieces = [];
  }
}

/** Whether a record follows at once: only a block's trailer may lie between. */
function isBehind({ offset, length }: SoundRecord, next: number): boolean {
  const gap = next - (offset + HEADER_SIZE + length);
  return gap >= 0 && gap < HEADER_SIZE;
}

/**
 * Writes a log anew that has what recovery reads of it and what was salvaged, in ascending order of its places: a log that
 * fills several memtables must not have old batches behind new ones. `leftOut`: where records begin that are not to be in it.
 */
export function writeSalvaged(
  env: OverlayEnv,
  path: string,
  salvaged: readonly SalvagedRecord[],
  leftOut: ReadonlySet<number> = new Set(),
): void {
  const temporary = `${path}.salvaged`;
  const file = env.open(path);
  try {
    const target = env.create(temporary);
    const writer = new LogWriter((bytes) => target.append(bytes));
    const reader = new LogReader(file, { reporter: { corruption: () => {} } });
    const batch = new BatchReader();
    let at = 0;
    while (reader.next()) {
      if (!batch.reset(reader.record) || leftOut.has(reader.recordOffset)) continue;
      while (at < salvaged.length && salvaged[at].offset < reader.recordOffset) {
        writer.addRecord(salvaged[at++].contents);
      }
      writer.addRecord(reader.record);
    }
    for (const { contents } of salvaged.slice(at)) writer.addRecord(contents);
    target.close();
  } finally {
    file.close();
  }
  env.rename(temporary, path);
}
