import { sequenceAt, TAG_BYTES, typeAt } from '../keys/internal-key';
import type { LookupEvent } from './lookup-events';

/** A step of a get for people, in one or several lines. `shown` gives the text of a user key. */
export function lookupText(event: LookupEvent, shown: (userKey: Uint8Array) => string): string {
  switch (event.step) {
    case 'memtable':
      return `memtable of ${event.file} (${event.entries} entries): ${answer(event)}`;
    case 'skipped':
      return `level ${event.level}  ${event.file}: not opened, ${event.reason}`;
    case 'level':
      return `level ${event.level}: ${event.reason} (${event.files} tables)`;
    case 'seek-charge':
      return `seek charged to ${event.file} in level ${event.level}: the first of several tables asked (${event.allowedSeeks} allowed)`;
    case 'table':
      return [`level ${event.level}  ${event.file}: ${answer(event)}`, ...wayIn(event, shown)].join('\n    ');
  }
}

function answer({ result, sequence }: Extract<LookupEvent, { step: 'memtable' | 'table' }>): string {
  return sequence === undefined ? result : `${result} at sequence ${sequence}`;
}

/** How the table was asked: one line for each place in it. */
function wayIn(
  { indexKey, filter, falsePositive, block, comparisons, bytesRead }: Extract<LookupEvent, { step: 'table' }>,
  shown: (userKey: Uint8Array) => string,
): string[] {
  const lines = [indexKey ? `index entry ${keyText(indexKey, shown)}` : 'no index entry at or after the key'];
  if (filter) {
    const says = filter.mayMatch ? 'maybe' : 'no';
    lines.push(`filter ${filter.index} says ${says}${falsePositive ? ' (false positive)' : ''}`);
  } else if (indexKey) {
    lines.push('no filter');
  }
  if (block) {
    const { offset, size, restartPoint } = block;
    const restart = restartPoint === undefined ? '' : `, restart point ${restartPoint}`;
    lines.push(`block at ${offset}, ${size} bytes${restart}`);
  }
  lines.push(`${comparisons} keys compared`, `${bytesRead} bytes read`);
  return lines;
}

/** `"key" @ 12`, and what it is if no value. */
function keyText(key: Uint8Array, shown: (userKey: Uint8Array) => string): string {
  if (key.length < TAG_BYTES) return `"${shown(key)}"`;
  const type = typeAt(key, key.length);
  const kind = type === 1 ? '' : ` (${type === 0 ? 'deletion' : type})`;
  return `"${shown(key.subarray(0, key.length - TAG_BYTES))}" @ ${sequenceAt(key, key.length)}${kind}`;
}
