// abstract-level's own test suite on the engine, as a program that prints TAP: `memory`, or `disk` and a directory.
import suite from 'abstract-level/test/index.js';
import test from 'tape';
import { MemoryEnv } from '../../src/engine/env/memory';
import { PrivateEnv } from '../helpers/private-env';
import { EngineLevel } from './adapter';

const [where, directory = '/databases'] = process.argv.slice(2);
const env = where === 'disk' ? new PrivateEnv() : new MemoryEnv();
if (where === 'memory') env.createDirectory(directory);
let databases = 0;

suite({
  test,
  factory: (options) => new EngineLevel(env, env.join(directory, String(++databases)), options),
});
