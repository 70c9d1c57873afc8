// Random operations on a database in memory against a plain sorted map, with files that fail, crashes of the process and
// of the machine. A failure names its seed:
//
//   MODEL_SEED=123 npm test -- model          that one seed again; with MODEL_LOG=1 it tells all that happens
//   MODEL_SEEDS=1000000 npm test -- model     as many seeds from MODEL_FROM on (0 if left out)
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Reached } from './model-reached';
import { ModelRun } from './model-run';

const SEEDS = Number(process.env.MODEL_SEEDS ?? 10_000);
const FROM = Number(process.env.MODEL_FROM ?? 0);

if (process.env.MODEL_SEED !== undefined) {
  test(`the model agrees at seed ${process.env.MODEL_SEED}`, () => {
    const log = process.env.MODEL_LOG ? console.log : undefined;
    new ModelRun(Number(process.env.MODEL_SEED), new Reached(), log).run();
  });
} else {
  test(`a database agrees with a sorted map over ${SEEDS} seeds`, (context) => {
    const reached = new Reached();
    for (let seed = FROM; seed < FROM + SEEDS; seed++) new ModelRun(seed, reached).run();
    context.diagnostic(`${reached}`);
    assert.deepEqual(reached.missing(SEEDS), []);
  });
}
