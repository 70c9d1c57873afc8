// Crashes while a database recovers from a crash, again and again.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { Random } from '../../src/engine/bytes/random';
import { FaultEnv, STRICT_POWER_CUT } from '../../src/engine/env/fault';
import { ManyDatabases } from '../helpers/many-databases';
import { type Demand, Script } from './crash-harness';
import { CrashImages, randomCut } from './crash-images';
import { scenarios } from './crash-scenarios';

const peer = new ManyDatabases();
after(() => peer.close());

const CHAINS = 40;
const CRASHES = 5;

function crashAt(operation: number) {
  return (_operation: unknown, _path: string, number: number) => (number === operation ? 'crash' : undefined);
}

function operationsOf(run: (script: Script) => void): number {
  const env = new FaultEnv();
  run(new Script(env));
  return env.operations;
}

for (const { name, run } of scenarios) {
  test(`crashes of crashes: ${name}`, async () => {
    const operations = operationsOf(run);
    assert.ok(operations > 20, `only ${operations} operations`);
    const images = new CrashImages(peer, name);
    for (let chain = 0; chain < CHAINS; chain++) {
      const random = new Random(chain * 1009 + 17);
      for (let i = 0; i < 5; i++) random.next();
      const first = random.uniform(operations);
      const env = new FaultEnv(crashAt(first));
      env.writesThrough = chain % 2 === 0;
      const script = new Script(env, { keepsErrors: true });
      run(script);
      let story = `chain ${chain}, operation ${first}`;
      // What the machine lost is lost; what of it is left at some time has to stay from then on.
      let required = script.demand().afterProcessCrash;
      const demand: Demand = script.demand();
      for (let crash = 0; crash < CRASHES; crash++) {
        const how = random.uniform(3);
        if (how === 0) {
          env.restartProcess();
          story += ', process';
        } else {
          const seed = random.next();
          env.powerCut(how === 1 ? STRICT_POWER_CUT : randomCut(seed));
          required = demand.afterPowerCut;
          story += how === 1 ? ', strict' : `, cut ${seed}`;
        }
        const at = random.uniform(24);
        env.operations = 0;
        env.plan = crashAt(at);
        const again = new Script(env, { keepsErrors: true });
        again.open({ reuseLogs: random.oneIn(2) });
        // Without it, recovery came to its end and the process is killed there.
        if (env.isOff) story += ` at ${at}`;
        env.plan = undefined;
      }
      images.check(env.afterProcessCrash(), demand, required, `${story}, process`);
      images.check(env.afterPowerCut(), demand, demand.afterPowerCut, `${story}, strict`);
    }
    assert.ok(images.size > CHAINS / 3, `only ${images.size} images`);
    await peer.finish();
  });
}
