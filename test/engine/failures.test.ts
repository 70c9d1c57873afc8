// A failure at every operation on files, once or from then on, and half of what was to be written: it is reported, and
// what was acknowledged stays.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { EnvError } from '../../src/engine/env/env';
import { type Fault, FaultEnv, type FileOperation } from '../../src/engine/env/fault';
import { ManyDatabases } from '../helpers/many-databases';
import { contentsOf, requireContents, Script } from './crash-harness';
import { CrashImages } from './crash-images';
import { failureScenarios } from './crash-scenarios';

const peer = new ManyDatabases();
after(() => peer.close());

type Mode = 'once' | 'from then on' | 'short write';
const MODES: readonly Mode[] = ['once', 'from then on', 'short write'];

interface Failed {
  operation: FileOperation;
  path: string;
  whileClosing: boolean;
  whileReusing: boolean;
}

/** What may fail without a word: LevelDB's own log, what only tidies up, and the last close of files, as in LevelDB. */
function mayPass({ operation, path, whileClosing, whileReusing }: Failed, mode: Mode): boolean {
  // What cannot be written on is replaced by something new.
  if (whileReusing && mode === 'once') return true;
  // Logs are read once more, in smaller pieces.
  if (operation === 'read' && mode === 'once' && path.endsWith('.log')) return true;
  return (
    whileClosing || operation === 'remove' || operation === 'create-directory' || /\/LOG(\.old)?$/.test(path)
  );
}

for (const { name, does, countsReads, run } of failureScenarios) {
  for (const mode of MODES) {
    test(`a failure at every operation, ${mode}: ${name}`, async () => {
      const images = new CrashImages(peer, `${name}, ${mode}`);
      const sound = new FaultEnv();
      sound.countsReads = countsReads ?? false;
      const example = new Script(sound);
      run(example);
      for (const event of does) assert.ok(example.events.has(event), `${name}: no ${event}`);
      const { operations } = sound;
      assert.ok(operations > 20, `only ${operations} operations`);
      for (let n = 0; n < operations; n++) {
        const env = new FaultEnv();
        env.countsReads = countsReads ?? false;
        env.writesThrough = n % 2 === 1;
        const script = new Script(env, { keepsErrors: true });
        let failed: Failed | undefined;
        env.plan = (operation, path, number): Fault | undefined => {
          if (number < n || (number > n && mode !== 'from then on')) return undefined;
          if (mode === 'short write' && operation !== 'append') return undefined;
          failed ??= { operation, path, whileClosing: script.isClosing, whileReusing: script.isReusing };
          return mode === 'short write' ? 'short write' : 'fail';
        };
        run(script);
        if (!failed) continue;
        const what = `${name}, ${mode}: operation ${n}, ${failed.operation} of ${failed.path}`;
        if (!mayPass(failed, mode)) {
          assert.ok(script.errors.length > 0 || script.failures > 0, `${what}: nobody was told`);
        }
        for (const error of script.errors) assertReported(error, what);
        env.plan = undefined;
        const demand = script.demand();
        const { database } = script;
        if (database) {
          // Reading goes on, and sees what was acknowledged.
          requireContents(
            contentsOf(database).entries,
            demand,
            demand.afterProcessCrash,
            `${what}: still open`,
          );
        }
        images.take(env, demand, what);
        script.close();
        images.check(env.afterProcessCrash(), demand, demand.afterProcessCrash, `${what}, closed`);
        // The same process opens it again: what it finds becomes durable.
        env.restartProcess();
        const again = new Script(env);
        again.open();
        images.check(env.afterPowerCut(), demand, demand.afterProcessCrash, `${what}, opened again, strict`);
      }
      await peer.finish();
    });
  }
}

function assertReported(error: unknown, what: string): void {
  const isReport =
    error instanceof EnvError || (error instanceof Error && /injected|no database/.test(error.message));
  assert.ok(isReport, `${what}: ${error instanceof Error ? error.stack : error}`);
}
