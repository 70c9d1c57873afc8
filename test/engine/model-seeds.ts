// Random operations on a database in memory against a plain sorted map, with files that fail, crashes of the process and
// of the machine. A failure names its seed:
//
//   MODEL_SEED=123 npm test -- model          that one seed again; with MODEL_LOG=1 it tells all that happens
//   MODEL_SEEDS=1000000 npm test -- model     as many seeds from MODEL_FROM on (0 if left out)
//
// The seeds are shared out over test files, so that as many processors work on them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Reached } from './model-reached';
import { ModelRun } from './model-run';

const FROM = Number(process.env.MODEL_FROM ?? 0);
const SEEDS = Number(process.env.MODEL_SEEDS ?? 10_000);
const ONLY = process.env.MODEL_SEED === undefined ? undefined : Number(process.env.MODEL_SEED);

/** Runs every seed whose remainder by `parts` is `part`. */
export function testSeeds(part: number, parts: number): void {
  if (ONLY !== undefined) {
    if (ONLY % parts !== part) return;
    test(`a database agrees with a sorted map at seed ${ONLY}`, () => {
      new ModelRun(ONLY, new Reached(), process.env.MODEL_LOG ? console.log : undefined).run();
    });
    return;
  }
  test(`a database agrees with a sorted map, seeds ${part} of ${parts}`, (context) => {
    const reached = new Reached();
    let seeds = 0;
    for (let seed = FROM; seed < FROM + SEEDS; seed++) {
      if (seed % parts !== part) continue;
      new ModelRun(seed, reached).run();
      seeds++;
    }
    context.diagnostic(`${seeds} seeds: ${reached}`);
    // Of a few seeds nothing can be said.
    if (seeds >= 500) assert.deepEqual(reached.missing(seeds), []);
  });
}
