// The keys and values that are written: peer-cpp/keys.h has the same.

/** Puts in one batch of the works that fill. */
export const FILL_BATCH = 1000;

export function keyOf(index: number): string {
  return `user${String(index).padStart(10, '0')}`;
}

/** The keys of a benchmark of gets: the same random order for every side. */
export function* randomKeys(entries: number, count: number): Generator<string> {
  let state = 12345;
  for (let i = 0; i < count; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    yield keyOf(Math.floor((state / 2 ** 32) * entries));
  }
}

/** What the works that fill write, made before the time begins; random keys repeat. */
export function fillBatches(isRandom: boolean, entries: number): [key: string, value: string][][] {
  const keys = isRandom
    ? [...randomKeys(entries, entries)]
    : Array.from({ length: entries }, (_, i) => keyOf(i));
  const batches: [string, string][][] = [];
  for (let i = 0; i < keys.length; i += FILL_BATCH) {
    batches.push(keys.slice(i, i + FILL_BATCH).map((key, n) => [key, smallValue(i + n, 0)]));
  }
  return batches;
}

/** JSON of about 100 bytes that Snappy halves. */
export function smallValue(index: number, round: number): string {
  const pad = (index * 2654435761 + round) % 2 ** 32;
  return JSON.stringify({ id: index, name: `name-${index % 997}`, round, pad: pad.toString(36).repeat(6) });
}

/** JSON of about 240 bytes, of which a third is random. */
export function jsonValue(index: number, round: number): string {
  const random = (salt: number) => ((index + salt) * 2654435761 + round) % 2 ** 32;
  return JSON.stringify({
    id: index,
    email: `${random(1).toString(36)}.${random(2).toString(36)}@example.com`,
    name: `name-${index % 997}`,
    city: ['Berlin', 'Shanghai', 'Lagos', 'Lima', 'Oslo'][index % 5],
    round,
    tags: [random(3).toString(16), random(4).toString(16), random(5).toString(16)],
    updated: new Date(1.6e12 + random(6)).toISOString(),
    active: index % 3 === 0,
    note: 'the quick brown fox jumps over the dog',
  });
}
