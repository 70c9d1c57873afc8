import { resolve } from 'node:path';
import { equalBytes } from '../engine/bytes/compare';
import { escapeBytes } from '../engine/bytes/escape';
import { applyDryRun } from '../engine/db/apply';
import { DryRun } from '../engine/db/dry-run';
import { EnvError, type ReadableEnv, readFile } from '../engine/env/env';
import { nodeInflate } from '../engine/env/node';
import { NodeWritableEnv } from '../engine/env/node-writable';
import type { ManifestDocument } from '../engine/manifest/editing/document';
import { performSave, type SavePlan } from '../engine/manifest/editing/save';
import type { EditState } from '../engine/manifest/editing/state';
import { type Trial, tryAlone, tryDocument } from '../engine/manifest/editing/trial';
import { LsmError } from '../engine/problem';
import { written } from './applied';
import type { AppliedChange, WriteOptions } from './change-api';
import { cutText } from './cut';
import type { JobOf } from './job';
import type { OpeningReport, SaveReport } from './manifest-edit-api';
import { worstOf } from './manifest-view';

const SHOWN_KEYS = 10;
const SHOWN_FILES = 100;

/** A MANIFEST in its folder, and what is believed to be on the disk. */
export interface SavedManifest {
  directory: string;
  document: ManifestDocument;
  /** The file as it was read or saved last; undefined if there is none. */
  onDisk: Uint8Array | undefined;
}

/** A save that was tried and can be done. */
interface Tried {
  state: EditState;
  plan: SavePlan;
  /** Undefined for a MANIFEST out of a database's folder. */
  dryRun: DryRun | undefined;
  keep: readonly string[];
}

/** Tries saves on copy-on-write views of the folder, and does what was tried. */
export class ManifestSaving {
  private readonly env: ReadableEnv;
  private tried: Tried | undefined;

  constructor(env: ReadableEnv) {
    this.env = env;
  }

  drop(): void {
    this.tried?.dryRun?.end();
    this.tried = undefined;
  }

  /** `isDatabase`: whether the folder is one, and what comes of it can be opened. */
  *try(manifest: SavedManifest, isDatabase: boolean, asNew: boolean): JobOf<SaveReport> {
    this.drop();
    const { document } = manifest;
    const directory = resolve(manifest.directory);
    requireSame(this.env, directory, manifest);
    if (!isDatabase) return this.tryAlone(document, directory, asNew);
    const dryRun = new DryRun(this.env, directory, { inflate: nodeInflate });
    let isKept = false;
    try {
      requireSame(dryRun.env, directory, manifest);
      // Tables that only the trial writes: how is nobody's business.
      const steps = tryDocument(dryRun, dryRun.options({ compression: 'none' }), document, {
        asNew,
        shownKeys: SHOWN_KEYS,
      });
      let done = 0;
      try {
        for (;;) {
          const step = steps.next();
          if (step.done) {
            const trial = step.value;
            const { plan, keep } = trial;
            if (plan) this.tried = { state: document.state, plan, dryRun, keep };
            isKept = plan !== undefined;
            return reportOf(trial, asNew);
          }
          yield { detail: document.base.name, done: ++done, total: 0 };
        }
      } finally {
        steps.return(undefined as never);
      }
    } finally {
      if (!isKept) dryRun.end();
    }
  }

  /** Does what was tried. Gives what was done, and the bytes of what was saved in place. */
  *save(
    manifest: SavedManifest,
    { label, backupParent, withoutLock }: { label: string } & WriteOptions,
  ): JobOf<{ account: AppliedChange | undefined; inPlace: Uint8Array | undefined }> {
    const { tried } = this;
    if (!tried || tried.state !== manifest.document.state) {
      throw new LsmError('Invalid argument', 'invalid-argument', 'this state was not tried');
    }
    const { plan, dryRun, keep } = tried;
    let account: AppliedChange | undefined;
    if (dryRun) {
      account = yield* written(withoutLock, (env) => applyDryRun(env, dryRun, { label, keep, backupParent }));
    } else {
      const directory = resolve(manifest.directory);
      requireSame(this.env, directory, manifest);
      performSave(new NodeWritableEnv(), directory, plan);
    }
    this.drop();
    return { account, inPlace: plan.name === manifest.document.base.name ? plan.bytes : undefined };
  }

  /** A MANIFEST for itself: only what it says can be checked. */
  private tryAlone(document: ManifestDocument, directory: string, asNew: boolean): SaveReport {
    if (asNew) {
      const message = `${directory} is no database's folder: there is no CURRENT to switch`;
      throw new LsmError('Invalid argument', 'not-a-database', message, directory);
    }
    const trial = tryAlone(document, { env: this.env, directory, codec: {} });
    const { plan } = trial;
    if (plan) this.tried = { state: document.state, plan, dryRun: undefined, keep: [] };
    return reportOf(trial, false);
  }
}

/** Whether a file's bytes are those that are believed to be there. */
export function isSameFile(env: ReadableEnv, path: string, onDisk: Uint8Array | undefined): boolean {
  try {
    const { size } = env.stat(path);
    return size === onDisk?.length && equalBytes(readFile(env, path), onDisk);
  } catch (error) {
    if (error instanceof EnvError && error.code === 'not-found') return onDisk === undefined;
    throw error;
  }
}

function requireSame(env: ReadableEnv, directory: string, { document, onDisk }: SavedManifest): void {
  const { name } = document.base;
  if (isSameFile(env, env.join(directory, name), onDisk)) return;
  const message = 'the file has changed on the disk since it was read: nothing was saved';
  throw new LsmError('Invalid argument', 'moved-on', message, name);
}

function reportOf(trial: Trial, asNew: boolean): SaveReport {
  const { problems, plan, refusal, opening, keys, changes } = trial;
  return {
    asNew,
    name: plan?.name,
    bytes: plan?.bytes.length ?? 0,
    switchesCurrent: plan?.current !== undefined,
    refusal,
    isSound: trial.isSound,
    problems: { rows: worstOf(problems), total: problems.length },
    errors: problems.filter(({ problem }) => problem.severity === 'error').length,
    opening: opening && openingOf(opening),
    keys: keys && { same: keys.same, changed: keys.different, lost: keys.onlyInA, came: keys.onlyInB },
    shownKeys: changes.map(({ change, key }) => ({ change, key: cutText(escapeBytes(key)) })),
  };
}

function openingOf(opening: NonNullable<Trial['opening']>): OpeningReport {
  if (opening.failure !== undefined) return { failure: opening.failure };
  const { digest, deleted, readFailure } = opening;
  return {
    failure: undefined,
    entries: digest.entries,
    deleted: { rows: deleted.slice(0, SHOWN_FILES), total: deleted.length },
    readFailure,
  };
}
