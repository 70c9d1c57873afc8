// Ten million synthetic keys that nobody stores: each is made from its number. Answers as the extension does.
import type { KeyAnchor, KeyRow, KeysPage, KeysQuery, ValueResult } from '../../webview/protocol/keys';

export const KEY_COUNT = 10_000_000;

const encoder = new TextEncoder();
const KINDS = ['profile', 'session', 'avatar', 'counter', 'note', 'blob'];

export function keyAt(index: number): Uint8Array {
  return encoder.encode(`user:${String(index).padStart(8, '0')}:${KINDS[index % KINDS.length]}`);
}

/** Every tenth key is deleted; every third has older versions. */
export function isDeleted(index: number): boolean {
  return index % 10 === 9;
}

function olderVersions(index: number): number {
  return (isDeleted(index) ? 1 : 0) + (index % 3 === 0 ? 2 : 0);
}

export function valueAt(index: number): Uint8Array {
  switch (KINDS[index % KINDS.length]) {
    case 'profile':
      return encoder.encode(
        JSON.stringify({
          id: index,
          name: `Ada ${index}`,
          tags: ['admin', 'beta'],
          address: { city: 'Turin' },
        }),
      );
    case 'session':
      return encoder.encode(`token=${(index * 2654435761).toString(36)}; expires=2031-05-04T12:00:00Z`);
    case 'avatar':
      return Uint8Array.from({ length: 300 + (index % 50) * 997 }, (_, i) => (i * 31 + index * 7) & 255);
    case 'counter':
      return Uint8Array.of(index & 255, (index >> 8) & 255, (index >> 16) & 255, index >> 24, 0, 0, 0, 1);
    case 'note':
      return Uint8Array.from(
        [...`Grüße ${index}`].flatMap((c) => [c.charCodeAt(0) & 255, c.charCodeAt(0) >> 8]),
      );
    default:
      return Uint8Array.of(0x82, 0xa2, 0x69, 0x64, index & 127, 0xa2, 0x6f, 0x6b, 0xc3);
  }
}

function rowsOf(index: number, versions: 'live' | 'all'): KeyRow[] {
  const key = keyAt(index);
  const newest = 90_000_000 + index;
  const row = (age: number, type: 'value' | 'deletion'): KeyRow => {
    const value = type === 'value' ? valueAt(index + age * KINDS.length) : new Uint8Array();
    return {
      key,
      preview: value.slice(0, 256),
      valueBytes: value.length,
      sequence: String(newest - age * 1_000_000),
      type,
      hidden: age > 0,
      file: versions === 'all' ? `${String(412 - age * 37).padStart(6, '0')}.ldb` : undefined,
    };
  };
  if (versions === 'live') return isDeleted(index) ? [] : [row(0, 'value')];
  const rows = [row(0, isDeleted(index) ? 'deletion' : 'value')];
  for (let age = 1; age <= olderVersions(index); age++) rows.push(row(age, 'value'));
  return rows;
}

export function fakePage(
  query: KeysQuery,
  anchor: KeyAnchor,
  direction: 'forward' | 'backward',
  count: number,
): KeysPage {
  const { prefix, from, to, versions } = query;
  const low = Math.max(prefix ? lowerBound(prefix) : 0, from ? lowerBound(from) : 0);
  const high = Math.min(
    prefix ? lowerBound(Uint8Array.of(...prefix, 255, 255)) : KEY_COUNT,
    to ? lowerBound(to) : KEY_COUNT,
  );
  const at = Math.min(high, Math.max(low, place(anchor, low, high)));
  const forward = anchor.at === 'first' || (anchor.at !== 'last' && direction === 'forward');
  const rows: KeyRow[] = [];
  let index = at;
  if (forward) {
    for (; index < high && rows.length < count; index++) rows.push(...rowsOf(index, versions));
  } else {
    while (index > low && rows.length < count) rows.unshift(...rowsOf(--index, versions));
  }
  const first = forward ? at : index;
  return {
    rows,
    atStart: first <= low,
    atEnd: (forward ? index : at) >= high,
    position: first / KEY_COUNT,
    estimatedTotal: KEY_COUNT,
    problems: [],
  };
}

export function fakeValue(key: Uint8Array, sequence: string | undefined): ValueResult {
  const index = lowerBound(key);
  const row = rowsOf(index, 'all').find((r) => sequence === undefined || r.sequence === sequence);
  if (row === undefined || compare(row.key, key) !== 0 || row.type === 'deletion') {
    return { found: false, value: new Uint8Array(), valueBytes: 0, sequence: undefined, source: undefined };
  }
  const age = (90_000_000 + index - Number(row.sequence)) / 1_000_000;
  const value = valueAt(index + age * KINDS.length);
  return { found: true, value, valueBytes: value.length, sequence: row.sequence, source: row.file };
}

function place(anchor: KeyAnchor, low: number, high: number): number {
  if (anchor.at === 'first') return low;
  if (anchor.at === 'last') return high;
  if (anchor.at === 'fraction') return Math.floor(anchor.fraction * KEY_COUNT);
  const index = lowerBound(anchor.key);
  return anchor.after && index < KEY_COUNT && compare(keyAt(index), anchor.key) === 0 ? index + 1 : index;
}

function lowerBound(key: Uint8Array): number {
  let low = 0;
  let high = KEY_COUNT;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compare(keyAt(middle), key) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

function compare(a: Uint8Array, b: Uint8Array): number {
  for (let i = 0; i < Math.min(a.length, b.length); i++) if (a[i] !== b[i]) return a[i]! - b[i]!;
  return a.length - b.length;
}
