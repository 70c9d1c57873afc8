import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** What is passed on to LevelDB. LevelDB clips them: write buffer from 64 KiB, block from 1 KiB, file from 1 MiB. */
export interface PeerOptions {
  createIfMissing?: boolean;
  errorIfExists?: boolean;
  writeBufferSize?: number;
  /** Snappy; on unless false. */
  compression?: boolean;
  maxFileSize?: number;
  blockSize?: number;
  blockRestartInterval?: number;
}

/** Without a value: a deletion. */
export type PeerOperation = readonly [key: Uint8Array, value?: Uint8Array];

export interface PeerRange {
  gt?: Uint8Array;
  gte?: Uint8Array;
  lt?: Uint8Array;
  lte?: Uint8Array;
  reverse?: boolean;
  limit?: number;
  /** A snapshot's id. */
  snapshot?: number;
}

export interface PeerDigest {
  entries: number;
  keyBytes: number;
  valueBytes: number;
  fnv1a64: string;
}

export type PeerEntry = [key: Uint8Array, value: Uint8Array];

/** Operations that the child makes up by itself: the same ones for the same numbers. */
export interface Workload {
  seed: number;
  operations: number;
  /** Keys are `workloadKey(0)` to `workloadKey(keys - 1)`: all in a row, or at random. */
  keys: number;
  order: 'sequential' | 'random';
  /** Values have 0 to twice as many bytes. */
  valueBytes: number;
  deletePercent?: number;
  /** Operations in one write batch. */
  perBatch?: number;
}

export function workloadKey(number: number): Uint8Array {
  return new TextEncoder().encode(`key${String(number).padStart(8, '0')}`);
}

/** Numbers from 0 to `limit - 1`, the same ones for the same seed (mulberry32). */
export function randomNumbers(seed: number): (limit: number) => number {
  let state = seed;
  return (limit) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000) * limit);
  };
}

/** What the child does. All operations are counted: each takes one sequence number. */
export interface PeerCalls {
  open(directory: string, options: PeerOptions): void;
  /** The count of operations up to now. */
  write(operations: PeerOperation[]): number;
  writeEach(batches: PeerOperation[][]): number;
  fill(workload: Workload): number;
  snapshot(): { id: number; operations: number };
  release(id: number): void;
  digest(range: PeerRange): PeerDigest;
  entries(range: PeerRange): PeerEntry[];
  getMany(keys: Uint8Array[], snapshot?: number): (Uint8Array | undefined)[];
  compactRange(from: Uint8Array, to: Uint8Array): void;
  property(name: string): string;
  /** RepairDB, of a directory that is not open. */
  repair(directory: string): void;
  close(): void;
}

export interface PeerRequest {
  id: number;
  method: keyof PeerCalls;
  arguments: unknown[];
}

export interface PeerReply {
  id: number;
  result?: unknown;
  error?: string;
}

/** C++ LevelDB 1.20 in a process of its own, which ends with this one. */
export class Peer {
  private readonly child: ChildProcess;
  private readonly waiting = new Map<
    number,
    { resolve: (value: never) => void; reject: (error: Error) => void }
  >();
  private requests = 0;

  private constructor(child: ChildProcess) {
    this.child = child;
    child.on('message', ({ id, result, error }: PeerReply) => {
      const waiter = this.waiting.get(id);
      this.waiting.delete(id);
      if (error === undefined) waiter?.resolve(result as never);
      else waiter?.reject(new Error(error));
    });
    child.on('exit', (code, signal) => {
      for (const { reject } of this.waiting.values())
        reject(new Error(`LevelDB's process ended: ${signal ?? code}`));
      this.waiting.clear();
    });
  }

  /** A process that has no database open. */
  static start(): Peer {
    return new Peer(forkTestChild('helpers/leveldb.child.mjs'));
  }

  static async open(directory: string, options: PeerOptions = {}): Promise<Peer> {
    const peer = Peer.start();
    try {
      await peer.openDatabase(directory, options);
    } catch (error) {
      await peer.kill();
      throw error;
    }
    return peer;
  }

  /** One at a time. */
  openDatabase(directory: string, options: PeerOptions = {}): Promise<void> {
    return this.call('open', directory, options);
  }

  closeDatabase(): Promise<void> {
    return this.call('close');
  }

  /** LevelDB's own repair of a directory that nobody has open. */
  repair(directory: string): Promise<void> {
    return this.call('repair', directory);
  }

  get pid(): number | undefined {
    return this.child.pid;
  }

  put(key: Uint8Array, value: Uint8Array): Promise<number> {
    return this.write([[key, value]]);
  }

  del(key: Uint8Array): Promise<number> {
    return this.write([[key]]);
  }

  /** One atomic batch. */
  write(operations: PeerOperation[]): Promise<number> {
    return this.call('write', operations);
  }

  /** One batch after the other. */
  writeEach(batches: PeerOperation[][]): Promise<number> {
    return this.call('writeEach', batches);
  }

  fill(workload: Workload): Promise<number> {
    return this.call('fill', workload);
  }

  snapshot(): Promise<{ id: number; operations: number }> {
    return this.call('snapshot');
  }

  release(snapshot: number): Promise<void> {
    return this.call('release', snapshot);
  }

  digest(range: PeerRange = {}): Promise<PeerDigest> {
    return this.call('digest', range);
  }

  entries(range: PeerRange = {}): Promise<PeerEntry[]> {
    return this.call('entries', range);
  }

  getMany(keys: Uint8Array[], snapshot?: number): Promise<(Uint8Array | undefined)[]> {
    return this.call('getMany', keys, snapshot);
  }

  compactRange(from: Uint8Array, to: Uint8Array): Promise<void> {
    return this.call('compactRange', from, to);
  }

  property(name: string): Promise<string> {
    return this.call('property', name);
  }

  /** Closes the database and ends the process. */
  async close(): Promise<void> {
    await this.closeDatabase();
    const exit = once(this.child, 'exit');
    this.child.disconnect();
    await exit;
  }

  /** Ends the process as a crash would. */
  kill(): Promise<void> {
    return killChild(this.child);
  }

  private call<K extends keyof PeerCalls>(
    method: K,
    ...args: Parameters<PeerCalls[K]>
  ): Promise<ReturnType<PeerCalls[K]>> {
    const id = ++this.requests;
    const request: PeerRequest = { id, method, arguments: args };
    return new Promise((resolve, reject) => {
      this.waiting.set(id, { resolve, reject });
      this.child.send(request, (error) => error && reject(error));
    });
  }
}

/** Starts a `*.child.ts` of the tests; `bundle` is its path under dist/test. With `pipe` its output can be read. */
export function forkTestChild(
  bundle: string,
  args: string[] = [],
  output: 'inherit' | 'pipe' = 'inherit',
): ChildProcess {
  // Of the runner's environment the child would only learn that it were a test of its own.
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  const silent = output === 'pipe';
  return fork(childBundle(bundle), args, { serialization: 'advanced', execArgv: [], env, silent });
}

export async function killChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, 'exit');
  child.kill('SIGKILL');
  await exit;
}

/** The child stands beside this bundle's tree, or in the project's. */
function childBundle(path: string): string {
  const tried: string[] = [];
  for (let folder = dirname(fileURLToPath(import.meta.url)); ; folder = dirname(folder)) {
    tried.push(join(folder, path), join(folder, 'dist', 'test', path));
    if (folder === dirname(folder)) break;
  }
  tried.push(join(process.cwd(), 'dist', 'test', path));
  const found = tried.find((candidate) => existsSync(candidate));
  if (found === undefined) throw new Error(`${path} is not built: run node esbuild.mjs --tests`);
  return found;
}
