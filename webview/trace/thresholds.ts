// What a what-if may change, LevelDB's own numbers, and what of a WhatIf differs from them. No DOM.

import type { WhatIf } from '../protocol/trace';
import type { CompactionLimits, TracedOptions } from '../protocol/trace-event';
import { t } from '../ui/text';

export type ThresholdId = 'level0Files' | 'level1Bytes' | 'maxFileBytes' | 'writeBufferSize';

/** A number that a slider and a field set. Bytes are set in KB (of 1024). */
export interface Threshold {
  id: ThresholdId;
  isBytes: boolean;
  least: number;
  most: number;
  /** LevelDB's default (db/dbformat.h, include/leveldb/options.h). */
  own: number;
}

const KB = 1024;
const GB = 1 << 30;

export const THRESHOLDS: readonly Threshold[] = [
  // From 12 files on writes would wait for a compaction that never comes.
  { id: 'level0Files', isBytes: false, least: 1, most: 12, own: 4 },
  { id: 'level1Bytes', isBytes: true, least: 64 * KB, most: GB, own: 10 * 1024 * KB },
  { id: 'maxFileBytes', isBytes: true, least: 64 * KB, most: GB, own: 2 * 1024 * KB },
  { id: 'writeBufferSize', isBytes: true, least: 64 * KB, most: GB, own: 4 * 1024 * KB },
];

export function thresholdTitle(id: ThresholdId): string {
  const titles: Record<ThresholdId, string> = {
    level0Files: t('Level 0 is due at'),
    level1Bytes: t('Level 1 holds'),
    maxFileBytes: t('File size'),
    writeBufferSize: t('Write buffer'),
  };
  return titles[id];
}

export function thresholdNote(id: ThresholdId): string {
  const notes: Record<ThresholdId, string> = {
    level0Files: t('its score is files / this'),
    level1Bytes: t('each further level ten times as much; a score is bytes / this'),
    maxFileBytes: t('max_file_size: outputs end here; LevelDB takes no less than 1 MB'),
    writeBufferSize: t('write_buffer_size: above it the memtable is flushed'),
  };
  return notes[id];
}

/** What the trace was recorded with; LevelDB's own where nothing tells. */
export function presentValue(
  { id, own }: Threshold,
  { limits, writeBufferSize }: WhatIf,
  options: TracedOptions | undefined,
): number {
  if (id === 'writeBufferSize') return writeBufferSize ?? options?.writeBufferSize ?? own;
  return limits?.[id] ?? options?.limits[id] ?? own;
}

/** The numbers that a slider goes through: files one by one, bytes in quarters of each power of two. */
export function stopsOf({ isBytes, least, most }: Threshold): number[] {
  if (!isBytes) return Array.from({ length: most - least + 1 }, (_, i) => least + i);
  const stops: number[] = [];
  for (let power = least; power < most; power *= 2) {
    for (const quarter of [1, 1.25, 1.5, 1.75]) stops.push(power * quarter);
  }
  return [...stops, most];
}

/** The place of the stop that is nearest. */
export function nearestStop(stops: readonly number[], value: number): number {
  let nearest = 0;
  for (const [i, stop] of stops.entries()) {
    if (Math.abs(stop - value) < Math.abs(stops[nearest]! - value)) nearest = i;
  }
  return nearest;
}

/** A whole number of files, or of KB, as it is typed: in files or bytes, or what is wrong with it. */
export function parseThreshold(
  { isBytes, least, most }: Threshold,
  text: string,
): { value: number } | { error: string } {
  const unit = isBytes ? KB : 1;
  const typed = text.replace(/[,\s]/g, '');
  const value = Number(typed) * unit;
  if (!/^\d+$/.test(typed) || value < least || value > most) {
    return { error: t('A whole number from {0} to {1}.', least / unit, most / unit) };
  }
  return { value };
}

/** As it stands in the field. */
export function fieldText({ isBytes }: Threshold, value: number): string {
  return `${isBytes ? Math.round(value / KB) : value}`;
}

export interface WhatIfChoice {
  values: Record<ThresholdId, number>;
  paranoid: boolean;
  isByEntries: boolean;
}

/** What is other than LevelDB has it. Limits that this page does not show stay as they were asked for. */
export function whatIfOf({ values, paranoid, isByEntries }: WhatIfChoice, before: WhatIf): WhatIf {
  const limits: Partial<CompactionLimits> = { ...before.limits };
  const whatIf: WhatIf = {};
  for (const { id, own } of THRESHOLDS) {
    const value = values[id];
    if (id === 'writeBufferSize') {
      if (value !== own) whatIf.writeBufferSize = value;
    } else if (value === own) delete limits[id];
    else limits[id] = value;
  }
  if (Object.keys(limits).length > 0) whatIf.limits = limits;
  if (paranoid) whatIf.paranoid = true;
  if (isByEntries) whatIf.grain = 'entries';
  return whatIf;
}

export function choiceOf(whatIf: WhatIf, options: TracedOptions | undefined): WhatIfChoice {
  const values = Object.fromEntries(
    THRESHOLDS.map((threshold) => [threshold.id, presentValue(threshold, whatIf, options)]),
  ) as Record<ThresholdId, number>;
  return {
    values,
    paranoid: whatIf.paranoid ?? options?.paranoidChecks ?? false,
    isByEntries: whatIf.grain === 'entries',
  };
}
