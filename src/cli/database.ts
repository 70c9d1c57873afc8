import { join } from 'node:path';
import { Inspection } from '../engine/db/inspection';
import { NodeReadableEnv, nodeInflate } from '../engine/env/node';
import type { NodeWritableEnv } from '../engine/env/node-writable';
import { bytewiseComparator } from '../engine/keys/comparator';
import { LsmError } from '../engine/problem';
import { BackgroundWorker } from '../worker/background-worker';
import { HelperThreads } from '../worker/helper-threads';
import type { Arguments } from './options';

export const env = new NodeReadableEnv();

/** Threads for a long job; their bundle stands beside ours. */
export function helpers(): HelperThreads {
  return new HelperThreads(join(__dirname, 'helper.js'));
}

/** A thread for what a database does in the background while much is written. */
export function backgroundWorker(files: NodeWritableEnv): BackgroundWorker {
  return new BackgroundWorker(join(__dirname, 'helper.js'), files);
}

/** Opens a database folder for looking, with the comparator that was asked for. */
export function openDatabase(args: Arguments, directory: string): Inspection {
  const comparator = args.comparator();
  const db = Inspection.open(env, directory, { comparator, inflate: nodeInflate });
  const { comparatorName, comparatorNameKnown } = db.versions;
  if (comparator && comparatorNameKnown && comparator.name !== comparatorName) {
    db.close();
    const message = `${comparatorName} does not match existing comparator : ${comparator.name}`;
    throw new LsmError('Invalid argument', 'invalid-argument', message, directory);
  }
  return db;
}

/** openDatabase for commands that depend on the order of keys: it must be known or chosen. */
export function openOrdered(args: Arguments, directory: string): Inspection {
  const db = openDatabase(args, directory);
  const { comparatorName, comparatorKnown } = db.versions;
  if (!comparatorKnown && args.comparator() === undefined) {
    db.close();
    const message =
      `the comparator "${comparatorName}" is not known; ` +
      `--comparator ${bytewiseComparator.name} looks at the database in bytewise order`;
    throw new LsmError('Invalid argument', 'unknown-comparator', message, directory);
  }
  return db;
}
