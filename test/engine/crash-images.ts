import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { Random } from '../../src/engine/bytes/random';
import { Database } from '../../src/engine/db/database';
import type { Options } from '../../src/engine/db/options';
import { readFile } from '../../src/engine/env/env';
import { type FaultEnv, type PowerCut, STRICT_POWER_CUT } from '../../src/engine/env/fault';
import type { MemoryEnv } from '../../src/engine/env/memory';
import type { ManyDatabases } from '../helpers/many-databases';
import { contentsOf, type Demand, DIRECTORY, encode, readAll, requireContents, SMALL } from './crash-harness';

const RANDOM_CUTS = 1;

/** Holds what crashes leave against what must be there, in this engine and in LevelDB. */
export class CrashImages {
  private readonly peer: ManyDatabases;
  private readonly scenario: string;
  private readonly seen = new Set<string>();
  private readonly options: Options;
  private counter = 0;

  /** `options` are those that this engine opens with. */
  constructor(peer: ManyDatabases, scenario: string, options: Options = {}) {
    this.peer = peer;
    this.scenario = scenario;
    this.options = options;
  }

  /** How many images differed from all before. */
  get size(): number {
    return this.seen.size;
  }

  /** Checks what a crash of the process and power cuts leave at this moment. */
  take(env: FaultEnv, demand: Demand, moment: string): void {
    this.check(env.afterProcessCrash(), demand, demand.afterProcessCrash, `${moment}, process`);
    this.check(env.afterPowerCut(STRICT_POWER_CUT), demand, demand.afterPowerCut, `${moment}, strict`);
    for (let i = 0; i < RANDOM_CUTS; i++) {
      const seed = ++this.counter;
      this.check(env.afterPowerCut(randomCut(seed)), demand, demand.afterPowerCut, `${moment}, cut ${seed}`);
    }
  }

  check(image: MemoryEnv, demand: Demand, required: readonly string[], moment: string): void {
    const key = `${digestOfFiles(image)} ${required.length}`;
    if (this.seen.has(key)) return;
    this.seen.add(key);
    const what = `${this.scenario}: ${moment}`;
    let digest = '';
    // Before it is opened here, which changes it.
    this.peer.add(image, DIRECTORY, ({ first, again, error }) => {
      assert.equal(error, undefined, `${what}: LevelDB: ${error}`);
      assert.equal(first, digest, `${what}: LevelDB has other contents`);
      assert.equal(again, digest, `${what}: LevelDB has other contents when it opens again`);
    });
    // What recovery makes of the image must bear to be written to, in both ways.
    const options = { ...this.options, reuseLogs: this.seen.size % 2 === 0 };
    try {
      const found = writeBehind(image, options);
      requireContents(found.entries, demand, required, what);
      digest = found.digest;
      const again = readAll(image, { ...options, paranoidChecks: true }, WRITTEN_BEHIND);
      assert.ok(again.entries.has(WRITTEN_BEHIND), `${what}: what was written after recovery is lost`);
      assert.equal(again.digest, digest, `${what}: other contents when opened again`);
    } catch (error) {
      const how = options.reuseLogs ? 'with reuse_logs' : 'without reuse_logs';
      throw new Error(`${what}: ${how}: ${error instanceof Error ? error.stack : error}`);
    }
  }
}

const WRITTEN_BEHIND = 'written after recovery';

/** Recovers, reads all, and writes one more entry. */
function writeBehind(env: MemoryEnv, options: Options) {
  const database = Database.openNow(env, DIRECTORY, { ...SMALL, ...options });
  try {
    const found = contentsOf(database);
    database.put(encode(WRITTEN_BEHIND), Uint8Array.of(1), { sync: true });
    return found;
  } finally {
    database.close();
  }
}

/** A power cut that leaves a part of everything, the same for the same seed. */
export function randomCut(seed: number): PowerCut {
  const random = new Random(seed * 7919 + 1);
  // The first numbers of neighbouring seeds are neighbours.
  for (let i = 0; i < 5; i++) random.next();
  return { bytes: (limit) => random.uniform(limit), names: (limit) => random.uniform(limit) };
}

function digestOfFiles(env: MemoryEnv): string {
  const hash = createHash('sha1');
  let names: string[];
  try {
    names = env.list(DIRECTORY).map(({ name }) => name);
  } catch {
    return 'no directory';
  }
  // LevelDB's own log tells nothing that would matter.
  for (const name of names.sort()) {
    if (!name.startsWith('LOG')) hash.update(`${name}\n`).update(readFile(env, env.join(DIRECTORY, name)));
  }
  return hash.digest('hex');
}
