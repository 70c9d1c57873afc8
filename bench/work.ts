// What the sides of the benchmark are asked to do, and what they answer.

export type WorkName =
  | 'nothing'
  | 'digest'
  | 'digest-together'
  | 'scan-buffers'
  | 'scan-strings'
  | 'scan'
  | 'verify'
  | 'checksums'
  | 'dump'
  | 'get'
  | 'get-again'
  | 'get-sync'
  | 'get-sync-again'
  | 'seek'
  | 'open'
  | 'open-listed'
  | 'open-log'
  | 'tree'
  | 'tree-listed'
  | 'worker-tree'
  | 'activate'
  | 'go-to-keys'
  | 'browse'
  | 'log'
  | 'fill-sequential'
  | 'fill-random'
  | 'compact'
  | 'recover';

export interface WorkRequest {
  work: WorkName;
  /** A folder that the side may change. */
  directory: string;
  entries: number;
  gets: number;
  /** 0 for LevelDB's default of 8 MiB. */
  cacheBytes: number;
}

export interface WorkResult {
  /** Of the timed part. */
  milliseconds: number;
  /** Milliseconds that the processor worked for it, in all threads, where that is known. */
  processor?: number;
  /** What was counted, so that the sides can be seen to do the same; -1 if nothing that can be compared. */
  count: number;
  /** Resident memory at its highest, in MB; -1 if it is not known. */
  memory: number;
  /** What is counted rather than timed, where the row has a goal for it. */
  measure?: number;
  /** What was found, where it says more than a count. */
  text?: string;
}

export type Timed = Omit<WorkResult, 'memory'>;
export type Works = Partial<Record<WorkName, (request: WorkRequest) => Timed | Promise<Timed>>>;

/** Serves one request from the parent and ends. */
export function serve(works: Works): void {
  process.once('message', async (request: WorkRequest) => {
    const work = works[request.work];
    if (!work) throw new Error(`no work ${request.work}`);
    const timed = await work(request);
    const memory = Math.round(process.resourceUsage().maxRSS / 1024);
    const result: WorkResult = { ...timed, memory };
    process.send?.(result, () => process.exit(0));
  });
}

/** Runs `body`, which gives a count, and times it. */
export async function timed(body: () => number | Promise<number>): Promise<Timed> {
  const before = process.cpuUsage();
  const started = performance.now();
  const count = await body();
  const milliseconds = performance.now() - started;
  const { user, system } = process.cpuUsage(before);
  return { milliseconds, processor: (user + system) / 1000, count };
}
