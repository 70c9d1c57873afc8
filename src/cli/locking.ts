import type { EnvError } from '../engine/env/env';
import { NodeWritableEnv } from '../engine/env/node-writable';
import { messageLine } from './command';
import type { Arguments, OptionSpecs } from './options';
import { writeError } from './output';

export const lockOptions: OptionSpecs = {
  'without-lock': {
    help: 'go on where nothing can hold the lock (python3 and perl can): then no other program may open DIR meanwhile',
  },
};

/** What to write to a database with: its lock is held as was asked for, and what it leaves open is told. */
export function writableEnv(args: Arguments): NodeWritableEnv {
  return new NodeWritableEnv({
    withoutLock: args.has('without-lock'),
    onGap(path, keepsOut) {
      const message =
        keepsOut === 'nobody'
          ? 'written without a lock: no other program may open the database meanwhile'
          : 'the lock keeps out LevelDB, but not goleveldb, which locks otherwise';
      writeError(messageLine(path, undefined, message));
    },
  });
}

/** A failure, with what can be done where nothing can hold a lock. */
export function withLockAdvice(error: EnvError): string {
  return error.code === 'unsupported' ? `${error.reason}; --without-lock goes on without one` : error.reason;
}
