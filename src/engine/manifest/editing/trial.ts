import type { KeyCounts } from '../../db/diff';
import type { DryRun } from '../../db/dry-run';
import type { Options } from '../../db/options';
import { EnvError } from '../../env/env';
import { OverlayEnv } from '../../env/overlay';
import { LsmError } from '../../problem';
import type { Steps } from '../../trace/events';
import { oldTableFileName, tableFileName } from '../file-names';
import { checkDocument, type DocumentProblem, isSound } from './checks';
import type { ManifestDocument } from './document';
import type { DocumentFolder } from './folder';
import { checkOrder } from './order-check';
import { performSave, planSave, type SavePlan } from './save';
import { versionOf } from './squash';
import { editsOf, stateOf } from './state';
import { compareOpenings, type Opening, tryOpen } from './try-open';

/** What saving a document would come to. */
export interface Trial {
  /** Of all checks, those that read every table too. */
  problems: DocumentProblem[];
  /** Undefined if the state cannot be written at all; `refusal` says why. */
  plan: SavePlan | undefined;
  refusal: string | undefined;
  opening: Opening | undefined;
  /** How keys read differently; undefined where the database cannot be opened before or after. */
  keys: KeyCounts | undefined;
  /** The first of the keys that do. */
  changes: { change: 'lost' | 'came' | 'changed'; key: Uint8Array }[];
  /** Whether the checks find no error and LevelDB would open the database. */
  isSound: boolean;
  /** Files that the next opening deletes or writes over, or that are named no more: a backup is to keep them. */
  keep: string[];
}

export interface TrialOptions {
  asNew: boolean;
  /** How many of the keys that read differently are named. */
  shownKeys: number;
}

/**
 * Checks a document, saves it on the dry run's overlay, and opens both the database as it is and the one that comes of
 * it as LevelDB would. What is saved stays in the dry run, to be applied.
 */
export function* tryDocument(
  dryRun: DryRun,
  options: Options,
  document: ManifestDocument,
  { asNew, shownKeys }: TrialOptions,
): Steps<Trial> {
  const { directory, env } = dryRun;
  const folder: DocumentFolder = { env, directory, codec: options.codec ?? {} };
  const problems = [
    ...checkDocument(document, folder, { ranges: true, asNew }),
    ...finish(checkOrder(document, folder)),
  ];
  const trial = planned(document, folder, problems, asNew);
  if (!trial.plan) return trial;
  const after = new OverlayEnv(env);
  try {
    performSave(after, directory, trial.plan);
    trial.opening = yield* tryOpen(after, directory, options);
    trial.keys = yield* compareOpenings(env, after, directory, options, (change, key) => {
      if (trial.changes.length < shownKeys) trial.changes.push({ change, key });
    });
  } finally {
    after.dispose();
  }
  trial.isSound = isSound(problems) && trial.opening.failure === undefined;
  trial.keep = keptFiles(dryRun, document, trial.opening);
  performSave(env, directory, trial.plan);
  return trial;
}

/** Checks a document that lies in no database's folder: nothing can be opened. */
export function tryAlone(document: ManifestDocument, folder: DocumentFolder): Trial {
  const problems = checkDocument(document, undefined, { ranges: false });
  const trial = planned(document, folder, problems, false);
  trial.isSound = trial.plan !== undefined && isSound(problems);
  return trial;
}

function planned(
  document: ManifestDocument,
  folder: DocumentFolder,
  problems: DocumentProblem[],
  asNew: boolean,
): Trial {
  const trial: Trial = {
    problems,
    plan: undefined,
    refusal: undefined,
    opening: undefined,
    keys: undefined,
    changes: [],
    isSound: false,
    keep: [],
  };
  try {
    trial.plan = planSave(document, folder, asNew);
  } catch (error) {
    if (!(error instanceof LsmError)) throw error;
    trial.refusal = error.message;
  }
  return trial;
}

function keptFiles({ env, directory }: DryRun, document: ManifestDocument, opening: Opening): string[] {
  const names = new Set(opening.failure === undefined ? [...opening.deleted, ...opening.replaced] : []);
  const named = new Set([...versionOf(document.edits).files()].map(({ file }) => file.number));
  for (const { file } of versionOf(editsOf(stateOf(document.base))).files()) {
    if (named.has(file.number)) continue;
    for (const name of [tableFileName(file.number), oldTableFileName(file.number)]) names.add(name);
  }
  return [...names].filter((name) => isThere(env, env.join(directory, name))).sort();
}

function isThere(env: OverlayEnv, path: string): boolean {
  try {
    env.stat(path);
    return true;
  } catch (error) {
    if (error instanceof EnvError) return false;
    throw error;
  }
}

function finish<Result>(steps: Generator<void, Result>): Result {
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value as Result;
  }
}
