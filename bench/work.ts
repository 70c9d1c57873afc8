// What both sides of the benchmark are asked to do.

export type WorkName =
  | 'scan'
  | 'scan-strings'
  | 'get'
  | 'get-awaited'
  | 'open'
  | 'open-log'
  | 'log'
  | 'fill-sequential'
  | 'fill-random'
  | 'compact'
  | 'recover';

/** Puts in one batch of the works that fill. */
export const FILL_BATCH = 1000;

export interface WorkRequest {
  work: WorkName;
  /** A folder that the side may change. */
  directory: string;
  entries: number;
  gets: number;
}

/** Milliseconds of the timed part, and what was counted, so that both sides can be seen to do the same. */
export interface WorkResult {
  milliseconds: number;
  count: number;
  /** Resident memory at its highest, in MB. */
  memory: number;
}

export type Side = (request: WorkRequest) => Promise<{ milliseconds: number; count: number }>;

/** Serves one request from the parent and ends. */
export function serve(sides: Partial<Record<WorkName, Side>>): void {
  process.once('message', async (request: WorkRequest) => {
    const side = sides[request.work];
    if (!side) throw new Error(`no work ${request.work}`);
    const { milliseconds, count } = await side(request);
    const memory = Math.round(process.resourceUsage().maxRSS / 1024);
    const result: WorkResult = { milliseconds, count, memory };
    process.send?.(result, () => process.exit(0));
  });
}

/** Runs `body` and times it. */
export async function timed(
  body: () => number | Promise<number>,
): Promise<{ milliseconds: number; count: number }> {
  const started = performance.now();
  const count = await body();
  return { milliseconds: performance.now() - started, count };
}

export function keyOf(index: number): string {
  return `user${String(index).padStart(10, '0')}`;
}

/** The keys of a benchmark of gets: the same random order for both sides. */
export function* randomKeys(entries: number, count: number): Generator<string> {
  let state = 12345;
  for (let i = 0; i < count; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    yield keyOf(Math.floor((state / 2 ** 32) * entries));
  }
}

/** What the works that fill write, in batches, made before the time begins; random keys repeat. */
export function fillBatches(work: WorkName, entries: number): [key: string, value: string][][] {
  const keys =
    work === 'fill-random'
      ? [...randomKeys(entries, entries)]
      : Array.from({ length: entries }, (_, i) => keyOf(i));
  const batches: [string, string][][] = [];
  for (let i = 0; i < keys.length; i += FILL_BATCH) {
    batches.push(keys.slice(i, i + FILL_BATCH).map((key, n) => [key, valueText(i + n, 0)]));
  }
  return batches;
}

/** JSON of about 100 bytes that Snappy halves. */
export function valueText(index: number, round: number): string {
  const pad = (index * 2654435761 + round) % 2 ** 32;
  return JSON.stringify({ id: index, name: `name-${index % 997}`, round, pad: pad.toString(36).repeat(6) });
}
