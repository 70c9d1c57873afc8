// A crash at every operation on files: what is left opens in LevelDB and here, with what has to be there.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { FaultEnv } from '../../src/engine/env/fault';
import { ManyDatabases } from '../helpers/many-databases';
import { Script } from './crash-harness';
import { CrashImages } from './crash-images';
import { scenarios } from './crash-scenarios';

const peer = new ManyDatabases();
after(() => peer.close());

for (const { name, does, writesThrough = false, run } of scenarios) {
  test(`a crash at every operation: ${name}`, async (t) => {
    const env = new FaultEnv();
    env.writesThrough = writesThrough;
    const script = new Script(env);
    const images = new CrashImages(peer, name);
    env.plan = (operation, path, number) => {
      // Nothing comes of the operation at which the machine stops: this is what it leaves.
      images.take(env, script.demand(), `operation ${number}, ${operation} of ${path}`);
      return undefined;
    };
    run(script);
    env.plan = undefined;
    images.take(env, script.demand(), 'after the last operation');
    for (const event of does) assert.ok(script.events.has(event), `${name}: no ${event}`);
    assert.ok(env.operations > 20, `only ${env.operations} operations`);
    await peer.finish();
    t.diagnostic(`${env.operations} operations, ${images.size} images`);
  });
}
