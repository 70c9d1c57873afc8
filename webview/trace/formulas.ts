// Numbers of a frame in words, and how they are computed. No DOM.

import type { CompactionLimits, U64 } from '../protocol/trace-event';
import type { LevelFrame, WorkFrame } from '../protocol/trace-frame';
import { escapeBytes } from '../ui/bytes';
import { byteSize, count, plural } from '../ui/text';

/** Of a key that is shown in a line. */
const SHOWN_KEY_BYTES = 48;

/** Of numbers of 64 bits, too; numbers of files and sequences stand without groups, as in file names. */
export function numberText(value: U64): string {
  return `${value}`;
}

/** A ratio with two digits behind the point, or as many as it takes not to say 0 of what is more, or 1 of what is less. */
export function ratioText(value: number): string {
  if (value < 0.01) return `${Number(value.toPrecision(1))}`;
  let digits = 2;
  while (value < 1 && Number(value.toFixed(digits)) >= 1 && digits < 9) digits++;
  return value.toFixed(digits);
}

/** What a level's score is of: `value` / `limit` (VersionSet::Finalize). Undefined for the last level, and before `open`. */
export function scoreOf({ by, files, bytes, limit }: LevelFrame): number | undefined {
  if (by === undefined || limit === undefined) return undefined;
  return (by === 'files' ? files : bytes) / limit;
}

/** `5 files / 4 = 1.25`; without the result before the engine has computed it. */
export function scoreFormula(level: LevelFrame): string | undefined {
  const score = scoreOf(level);
  if (score === undefined) return undefined;
  const { by, files, bytes, limit } = level;
  const [value, most] =
    by === 'files'
      ? [plural(files, '1 file', '{0} files'), count(limit!)]
      : [byteSize(bytes), byteSize(limit!)];
  const parts = `${value} / ${most}`;
  return level.score === undefined ? parts : `${parts} = ${ratioText(score)}`;
}

/** Bytes that came in, by which the write amplification divides. */
export function cameIn({ amplifiedBy, userBytes, flushedBytes }: WorkFrame): number {
  return amplifiedBy === 'user bytes' ? userBytes : amplifiedBy === 'flushed bytes' ? flushedBytes : 0;
}

/** `(1.2 MB + 3.4 MB) / 2.0 MB = 2.30`: written by flushes and by compactions, for what came in. */
export function amplificationFormula(work: WorkFrame): string | undefined {
  const { writeAmplification, flushedBytes, compactionBytesWritten } = work;
  if (writeAmplification === undefined) return undefined;
  const written = `${byteSize(flushedBytes)} + ${byteSize(compactionBytesWritten)}`;
  return `(${written}) / ${byteSize(cameIn(work))} = ${writeAmplification.toFixed(2)}`;
}

/** Bytes of all inputs above which they are not expanded: 25 files of the greatest size (ExpandedCompactionByteSizeLimit). */
export function expansionLimit({ maxFileBytes }: CompactionLimits): number {
  return 25 * maxFileBytes;
}

/** Seeks that a table may cost before it is due: one for each 16 KiB, at least 100 (VersionSet::Builder::Apply). */
export function allowedSeeks(bytes: number): number {
  return Math.max(100, Math.floor(bytes / 16384));
}

/** A user key in quotes, cut where it is long. */
export function keyText(key: Uint8Array): string {
  const shown = escapeBytes(key.subarray(0, SHOWN_KEY_BYTES));
  return key.length > SHOWN_KEY_BYTES ? `"${shown}…"` : `"${shown}"`;
}

/** What a file of the folder is, by its name (db/filename.cc). */
export function kindOfFile(name: string): 'current' | 'manifest' | 'log' | 'table' | 'other' {
  if (name === 'CURRENT') return 'current';
  if (/^MANIFEST-\d+$/.test(name)) return 'manifest';
  if (/^\d+\.log$/.test(name)) return 'log';
  return /^\d+\.(ldb|sst)$/.test(name) ? 'table' : 'other';
}
