// Jobs that several threads have a part in, run step by step; and who read what.

import { setImmediate } from 'node:timers/promises';
import { Inspection } from '../../src/engine/db/inspection';
import { RowRing } from '../../src/engine/db/row-ring';
import { Scan } from '../../src/engine/db/scan';
import { NodeReadableEnv, nodeInflate } from '../../src/engine/env/node';

/** Pieces that came from helpers, and batches that one thread read; for tests to set back. */
export const counts = { pieces: 0, batches: 0 };

const { take } = RowRing.prototype;
RowRing.prototype.take = function () {
  counts.pieces++;
  take.apply(this);
};

const { readBatch } = Scan.prototype;
Scan.prototype.readBatch = function (batch) {
  counts.batches++;
  return readBatch.call(this, batch);
};

const env = new NodeReadableEnv();

export function open(directory: string): Inspection {
  return Inspection.open(env, directory, { inflate: nodeInflate });
}

/** What a job comes to. `onStep` is called between two steps. */
export async function resultOf<Result>(
  job: Generator<unknown, Result>,
  onStep?: (step: number) => unknown,
): Promise<Result> {
  for (let step = 0; ; step++) {
    const next = job.next();
    if (next.done) return next.value;
    await onStep?.(step);
    // Helpers are heard.
    await setImmediate();
  }
}
