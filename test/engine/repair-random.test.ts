// Random damage, many kinds at once: a repair ends, throws nothing but errors that are told, and what it calls repaired is
// read by LevelDB as it says, with nothing that was never written.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { EnvError } from '../../src/engine/env/env';
import { LsmError } from '../../src/engine/problem';
import { randomNumbers } from '../helpers/leveldb';
import { ManyDatabases } from '../helpers/many-databases';
import {
  contentsIn,
  DIRECTORY,
  filesOf,
  isToldAsLost,
  knownDatabase,
  memoryOf,
  repairAndApply,
} from './repair-harness';

const peers = new ManyDatabases();
after(() => peers.close());

const ROUNDS = Number(process.env.LSM_REPAIR_ROUNDS ?? 300);

for (const compression of ['none', 'snappy'] as const) {
  const known = knownDatabase(compression);
  test(`random damage, ${compression}`, async (t) => {
    const pick = randomNumbers(Number(process.env.LSM_REPAIR_SEED ?? 11) + compression.length);
    const outcomes = { repaired: 0, refused: 0, unharmed: 0, failed: 0, thrown: 0, told: 0 };
    for (let round = 0; round < ROUNDS; round++) {
      const files = new Map(known.files);
      const done: string[] = [];
      for (let n = 1 + pick(4); n > 0; n--) {
        const names = [...files.keys()];
        const name = names[pick(names.length)];
        const bytes = files.get(name)!.slice();
        const kind = pick(10);
        if (kind === 0) files.delete(name);
        else if (kind === 1) files.set(name, bytes.slice(0, pick(bytes.length + 1)));
        else if (kind === 2) {
          const from = pick(bytes.length + 1);
          bytes.fill(pick(2) * 255, from, from + pick(5000));
          files.set(name, bytes);
        } else if (kind === 3) {
          const other = files.get(names[pick(names.length)])!;
          files.set(name, other.slice());
        } else if (kind === 4) {
          const from = pick(bytes.length + 1);
          for (let i = from; i < Math.min(bytes.length, from + 600); i++) bytes[i] = pick(256);
          files.set(name, bytes);
        } else if (bytes.length > 0) {
          bytes[pick(bytes.length)] ^= 1 << pick(8);
          files.set(name, bytes);
        }
        done.push(`${kind} of ${name}`);
      }
      const what = `round ${round}: ${done.join(', ')}`;
      const env = memoryOf(files);
      let repair: ReturnType<typeof repairAndApply>;
      try {
        repair = repairAndApply(env);
      } catch (error) {
        assert.ok(
          error instanceof LsmError || error instanceof EnvError,
          `${what}: ${error} ${(error as Error).stack}`,
        );
        outcomes.thrown++;
        if (process.env.LSM_REPAIR_ROUNDS) t.diagnostic(`${what}: ${(error as Error).message}`);
        continue;
      }
      if (repair.refusal) {
        outcomes.refused++;
        continue;
      }
      if (!repair.result?.ok) {
        assert.ok(repair.result?.error, what);
        outcomes.failed++;
        continue;
      }
      const { action, rejected } = repair.manifest;
      // Where a MANIFEST is lost nobody knows all that was there.
      const isKnownWhole =
        action === 'kept' && rejected.length === 0 && !done.some((each) => /^3|MANIFEST/.test(each));
      const logTouched = done.some((each) => each.endsWith('.log'));
      if (repair.isNeeded) outcomes.repaired++;
      else outcomes.unharmed++;
      const found = contentsIn(memoryOf(filesOf(env)), [...known.versions.keys()], what);
      assert.equal(found.entries.size, repair.result.digest?.entries, what);
      for (const [key, value] of found.entries) {
        const text = new TextDecoder().decode(value);
        const isKnown = known.versions.get(key)?.some((version) => version.value === text);
        assert.ok(isKnown, `${what}: ${key} never was ${text.slice(0, 40)}`);
      }
      for (const [key, versions] of isKnownWhole ? known.versions : []) {
        const { value, sequence } = versions.at(-1)!;
        const read = found.entries.get(key);
        if ((read && new TextDecoder().decode(read)) === value) continue;
        // The end of a log can be lost without a trace.
        if (logTouched && sequence >= known.firstInLog) continue;
        assert.ok(isToldAsLost(repair, key, versions.at(-1)!), `${what}: nothing tells of ${key}`);
        outcomes.told++;
      }
      peers.add(memoryOf(filesOf(env)), DIRECTORY, ({ first, error }) => {
        assert.equal(error, undefined, `${what}: LevelDB: ${error}`);
        assert.equal(first, found.digest, `${what}: LevelDB reads something else`);
      });
    }
    await peers.finish();
    t.diagnostic(JSON.stringify(outcomes));
    assert.ok(outcomes.repaired > ROUNDS / 2, JSON.stringify(outcomes));
  });
}
