import { BatchReader } from '../../batch/batch-reader';
import { addU64, type U64, u64FromBigInt } from '../../bytes/u64';
import type { DryRun } from '../../db/dry-run';
import type { EnvError } from '../../env/env';
import type { OverlayEnv } from '../../env/overlay';
import { MAX_SEQUENCE } from '../../keys/internal-key';
import { HEADER_SIZE } from '../../log/format';
import { type LogSurvey, surveyLog } from '../log-survey';
import { type SalvagedRecord, wholeRecords, writeSalvaged } from '../salvage';
import { progress, type RepairSteps } from './progress';
import { type LenientRead, readLeniently } from './read-leniently';

/** Sequences that are missing between batches that are not: both ends are included. */
export interface MissingSequences {
  from: U64;
  to: U64;
}

/** What becomes of a log in which something is wrong. */
export interface LogRepair {
  name: string;
  number: U64;
  size: number;
  /** What recovery would leave out, and why first. */
  bytesDropped: number;
  reason: string;
  /** Batches that recovery reads, and what comes back besides. */
  batchesRead: number;
  batchesSaved: number;
  operationsSaved: number;
  /** Records with a right checksum that are no batches, or whose sequences do not fit in their place. */
  batchesRefused: number;
  /** Of the file, that nothing can be read of. */
  bytesLost: number;
  /** Of all gaps between batches; at most MAX_GAPS are listed. */
  sequencesMissing: U64;
  missing: MissingSequences[];
  /** Of what is read now; undefined if that is nothing. */
  firstSequence: U64 | undefined;
  lastSequence: U64 | undefined;
  /** Whether something is lost before the first batch or behind the last one: how much it held cannot be told. */
  lostAtStart: boolean;
  lostAtEnd: boolean;
}

const MAX_GAPS = 1000;
/** Such bytes are no record. Zeros would be: reading passes by the rest of a block and says nothing. */
const NO_RECORD = 0xff;
/** Fewer bytes at the end of a block are no record. */
const BLOCK_TRAILER = HEADER_SIZE - 1;
/** No operation of a batch takes fewer bytes. */
const LEAST_OPERATION = 2;

/**
 * Looks through a log; where recovery would pass by batches with a right checksum, it is written anew in the dry run's
 * overlay with them in their places. Undefined if nothing is wrong with it. Throws EnvError.
 */
export function* repairLog(
  { env, directory }: DryRun,
  name: string,
  number: U64,
): RepairSteps<LogRepair | undefined> {
  const path = env.join(directory, name);
  const failure = withoutUnreadable(env, path);
  const file = env.open(path);
  let salvaged: SalvagedRecord[];
  let survey: LogSurvey;
  let size: number;
  try {
    size = file.size();
    const steps = surveyLog(file, Number.POSITIVE_INFINITY);
    let step = steps.next();
    for (; !step.done; step = steps.next()) yield progress(`${name}: ${Math.floor(100 * step.value)} %`);
    survey = step.value;
    salvaged = [...wholeRecords(file, survey.sound.rows)];
  } finally {
    file.close();
  }
  const { lenient, batches } = survey;
  const fault = lenient.drops.rows[0] ?? survey.paranoid.failure;
  if (!fault && lenient.stop.why !== 'damaged tail') return undefined;
  const repair: LogRepair = {
    name,
    number,
    size,
    bytesDropped: lenient.drops.rows.reduce((sum, { bytes }) => sum + bytes, 0),
    reason: failure?.reason ?? fault?.reason ?? lenient.stop.message ?? 'damage',
    batchesRead: batches.length,
    batchesSaved: 0,
    operationsSaved: 0,
    batchesRefused: 0,
    bytesLost: 0,
    sequencesMissing: 0,
    missing: [],
    firstSequence: undefined,
    lastSequence: undefined,
    lostAtStart: false,
    lostAtEnd: false,
  };
  if (lenient.stop.why === 'damaged tail') repair.bytesDropped += size - lenient.stop.offset;
  const noBatches = recordsThatAreNone(survey);
  repair.batchesRefused = noBatches.size;
  const { kept, start, end } = fitting(survey, salvaged, noBatches, repair);
  const lastDrop = lenient.drops.rows.at(-1);
  repair.lostAtStart = start > 0;
  repair.lostAtEnd =
    (lastDrop !== undefined && lastDrop.offset + lastDrop.bytes > end + BLOCK_TRAILER) ||
    (lenient.stop.why === 'damaged tail' && size > end);
  const saved = kept.reduce((sum, { contents }) => sum + contents.length, 0);
  repair.bytesLost = Math.max(0, repair.bytesDropped - saved);
  if (kept.length > 0 || noBatches.size > 0) writeSalvaged(env, path, kept, noBatches);
  return repair;
}

/**
 * Puts a copy in the place of a log that the disk does not give all of: recovery fails at what cannot be read, and goes on
 * behind what no checksum fits.
 */
function withoutUnreadable(env: OverlayEnv, path: string): EnvError | undefined {
  const file = env.open(path);
  let read: LenientRead;
  try {
    read = readLeniently(file, file.size(), NO_RECORD);
  } finally {
    file.close();
  }
  const { bytes, failure } = read;
  if (!failure) return undefined;
  const copy = env.create(path);
  copy.append(bytes);
  copy.close();
  return failure;
}

/**
 * Where records begin that recovery takes for batches and that are none: without a sound operation, or of sequences that
 * no key can have. Replayed, they would leave such a last sequence to go on from.
 */
function recordsThatAreNone({ batches, operations }: LogSurvey): Set<number> {
  const offsets = new Set<number>();
  for (let i = 0; i < batches.length; i++) {
    const end = i + 1 < batches.length ? batches.firstOperations.at(i + 1) : operations;
    const isEmpty = batches.faults.at(i) !== undefined && end === batches.firstOperations.at(i);
    const last = BigInt(batches.sequences[i]) + BigInt(batches.counts.at(i));
    if (isEmpty || last > MAX_SEQUENCE) offsets.add(batches.offsets.at(i));
  }
  return offsets;
}

/** Those records whose sequences lie between those of their neighbours, and what is missing then. */
function fitting(
  { batches }: LogSurvey,
  salvaged: readonly SalvagedRecord[],
  noBatches: ReadonlySet<number>,
  repair: LogRepair,
): { kept: SalvagedRecord[]; start: number; end: number } {
  const kept: SalvagedRecord[] = [];
  const batch = new BatchReader();
  let next: U64 | undefined;
  /** Where the first record begins and the last one ends that is taken. */
  let start: number | undefined;
  let end = 0;
  let read = 0;
  const pass = (sequence: U64, count: number, offset: number, recordEnd: number) => {
    start ??= offset;
    repair.firstSequence ??= sequence;
    if (count > 0) repair.lastSequence = addU64(sequence, count - 1);
    if (next !== undefined && sequence > next) addGap(repair, next, sequence);
    const after = addU64(sequence, count);
    if (next === undefined || after > next) next = after;
    end = recordEnd;
  };
  const readUpTo = (offset: number) => {
    for (; read < batches.length && batches.offsets.at(read) < offset; read++) {
      if (noBatches.has(batches.offsets.at(read))) continue;
      pass(batches.sequences[read], batches.counts.at(read), batches.offsets.at(read), batches.ends.at(read));
    }
  };
  for (const record of salvaged) {
    readUpTo(record.offset);
    batch.reset(record.contents);
    const { sequence, count } = batch;
    let operations = 0;
    while (batch.next()) operations++;
    let behind = read;
    while (behind < batches.length && noBatches.has(batches.offsets.at(behind))) behind++;
    const following = behind < batches.length ? batches.sequences[behind] : undefined;
    const most = (record.offset - end) / LEAST_OPERATION;
    const fits =
      !batch.error &&
      (next === undefined || (sequence >= next && BigInt(sequence) - BigInt(next) <= most)) &&
      (following === undefined || addU64(sequence, count) <= following);
    if (!fits) {
      repair.batchesRefused++;
      continue;
    }
    kept.push(record);
    repair.batchesSaved++;
    repair.operationsSaved += operations;
    pass(sequence, count, record.offset, record.offset + HEADER_SIZE + record.contents.length);
  }
  readUpTo(Number.POSITIVE_INFINITY);
  return { kept, start: start ?? repair.size, end };
}

function addGap(repair: LogRepair, from: U64, found: U64): void {
  const to = u64FromBigInt(BigInt(found) - 1n);
  repair.sequencesMissing = addU64(repair.sequencesMissing, Number(BigInt(found) - BigInt(from)));
  if (repair.missing.length < MAX_GAPS) repair.missing.push({ from, to });
}
