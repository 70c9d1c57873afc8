import type { Random } from '../bytes/random';
import type { Cursor } from '../iterator/cursor';
import { TAG_BYTES, typeAt, ValueType } from '../keys/internal-key';
import type { LiveVersion } from '../manifest/live-version';
import { findFile } from '../manifest/version';
import { LEVELS } from '../manifest/version-edit';
import type { DatabaseCore } from './core';
import type { TableAtLevel } from './lookup';

/** An iterator samples about one entry in so many bytes (db/dbformat.h, kReadBytesPeriod). */
const READ_BYTES_PERIOD = 1048576;

/** Charges a seek to a table of a version; true if the table is to be compacted for it from now on. */
export function chargeSeek(
  core: DatabaseCore,
  live: LiveVersion,
  target: TableAtLevel,
  by: 'get' | 'sample',
): boolean {
  const { left, due } = live.chargeSeek(target);
  core.tell({ type: 'seek-charge', table: target.file.number, level: target.level, left, by });
  // A version that has passed is not compacted any more.
  return due && live === core.versions.current;
}

/** Charges seeks for what an iterator reads (DBIter::ParseKey, Version::RecordReadSample). */
export class ReadSampler {
  private readonly core: DatabaseCore;
  private readonly random: Random;
  private readonly onDue: () => void;
  private left: number;

  /** `onDue` is called when a table's seeks are used up. */
  constructor(core: DatabaseCore, random: Random, onDue: () => void) {
    this.core = core;
    this.random = random;
    this.onDue = onDue;
    this.left = this.period();
  }

  count({ keyBuffer, keyStart, keyEnd, valueStart, valueEnd }: Cursor): void {
    const bytes = keyEnd - keyStart + valueEnd - valueStart;
    while (this.left < bytes) {
      this.left += this.period();
      if (this.sample(keyBuffer, keyStart, keyEnd)) this.onDue();
    }
    this.left -= bytes;
  }

  private period(): number {
    return this.random.uniform(2 * READ_BYTES_PERIOD);
  }

  /** The first of two tables that may hold the key pays. */
  private sample(key: Uint8Array, start: number, end: number): boolean {
    if (end - start < TAG_BYTES || typeAt(key, end) > ValueType.value) return false;
    const live = this.core.versions.current;
    const { version } = live;
    const userKey = key.subarray(start, end - TAG_BYTES);
    const found: TableAtLevel[] = [];
    for (const file of version.level0NewestFirst()) {
      if (version.covers(file, userKey)) found.push({ level: 0, file });
    }
    for (let level = 1; level < LEVELS && found.length < 2; level++) {
      const files = version.levels[level];
      const file = files[findFile(version.comparator, files, key, start, end)];
      if (file && version.covers(file, userKey)) found.push({ level, file });
    }
    return found.length >= 2 && chargeSeek(this.core, live, found[0], 'sample');
  }
}
