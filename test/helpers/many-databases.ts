import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ReadableEnv, readFile } from '../../src/engine/env/env';
import { forkTestChild, killChild } from './leveldb';

/** What C++ LevelDB finds in a directory, and when it opens it once more: digests. */
export interface PeerContents {
  first?: string;
  again?: string;
  error?: string;
}

/** In memory where there is such a place: LevelDB syncs much, and nothing here has to last. */
const ROOM = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();
const PER_MESSAGE = 40;

/** Puts databases into directories and has C++ LevelDB open them, many at a time, while the test goes on. */
export class ManyDatabases {
  private readonly folder = mkdtempSync(join(ROOM, 'lsm-many-'));
  private readonly child: ChildProcess = forkTestChild('helpers/many-databases.child.mjs');
  private readonly ended = once(this.child, 'exit').then(([code, signal]) => {
    throw new Error(`LevelDB's process ended: ${signal ?? code}`);
  });
  private readonly judges: ((contents: PeerContents) => void)[] = [];
  private directories: string[] = [];
  private answers: Promise<void> = Promise.resolve();
  private count = 0;

  constructor() {
    this.ended.catch(() => {});
  }

  /** Of all directories up to now. */
  get total(): number {
    return this.count;
  }

  /** Writes the files of `directory`; `judge` is called with what LevelDB finds, before `finish` returns. */
  add(env: ReadableEnv, directory: string, judge: (contents: PeerContents) => void): void {
    const target = join(this.folder, String(++this.count));
    mkdirSync(target);
    for (const { name } of list(env, directory)) {
      writeFileSync(join(target, name), readFile(env, env.join(directory, name)));
    }
    this.directories.push(target);
    this.judges.push(judge);
    if (this.directories.length === PER_MESSAGE) this.send();
  }

  /** Waits until LevelDB has opened everything. Throws what a judge throws. */
  async finish(): Promise<void> {
    this.send();
    const { answers } = this;
    this.answers = Promise.resolve();
    await answers;
  }

  async close(): Promise<void> {
    await this.answers.catch(() => {});
    await killChild(this.child);
    rmSync(this.folder, { recursive: true });
  }

  private send(): void {
    const { directories } = this;
    const judges = this.judges.splice(0);
    this.directories = [];
    if (directories.length === 0) return;
    this.answers = this.answers.then(async () => {
      const answered = once(this.child, 'message');
      this.child.send(directories);
      const [results] = (await Promise.race([answered, this.ended])) as [PeerContents[]];
      for (const [i, result] of results.entries()) judges[i](result);
      for (const directory of directories) rmSync(directory, { recursive: true });
    });
    // It is awaited in `finish`.
    this.answers.catch(() => {});
  }
}

function list(env: ReadableEnv, directory: string) {
  try {
    return env.list(directory);
  } catch {
    // A crash may have come before the directory was made.
    return [];
  }
}
