import type { ReadableEnv, WritableEnv } from '../env/env';
import { parseFileName } from '../manifest/file-names';
import type { Version } from '../manifest/version';
import { LsmError } from '../problem';
import type { FileSize } from './backup-record';
import type {
  ChangeAccount,
  ChangeOptions,
  ChangePlan,
  ChangeProgress,
  FilePut,
  PresentFile,
} from './change';
import { performChange } from './change-files';
import type { DryRun } from './dry-run';
import { fingerprintOf, stateFiles, whatMovedOn } from './fingerprint';
import { Inspection } from './inspection';

/**
 * Does to the database's folder what a dry run did to its copy-on-write view, with the database's lock held. Close the
 * dry run's database before, and end the dry run after. A backup of everything that is replaced or deleted comes first;
 * CURRENT is switched last, and only then is anything removed: a crash at any point leaves the database before or after.
 *
 * Throws EnvError `locked` while another process holds the database and `lock-lost` if the lock was lost on the way, LsmError `moved-on` if the folder is not what the
 * dry run was made from, `invalid-argument` for what cannot be applied, and EnvError for files; then the database is as
 * it was. Ended early, it takes back what it did.
 */
export function* applyDryRun(
  env: WritableEnv,
  dryRun: DryRun,
  options: ChangeOptions,
): Generator<ChangeProgress, ChangeAccount> {
  const { directory } = dryRun;
  const lock = env.lock(env.join(directory, 'LOCK'));
  try {
    const moved = whatMovedOn(dryRun.fingerprint, fingerprintOf(env, directory));
    if (moved !== undefined) {
      const message = `the database has moved on since the dry run: ${moved}; nothing was changed, do the dry run again`;
      throw new LsmError('Invalid argument', 'moved-on', message, directory);
    }
    return yield* performChange(env, directory, planOf(env, dryRun), options, lock);
  } finally {
    lock.release();
  }
}

function planOf(env: WritableEnv, dryRun: DryRun): ChangePlan {
  const { directory, env: overlay } = dryRun;
  const { created, replaced, deleted } = dryRun.changes();
  const put = [...created, ...replaced].map((name): FilePut => {
    const path = overlay.join(directory, name);
    const { size } = overlay.stat(path);
    return { name, size, env: overlay, path, isLinkable: false, isLate: false };
  });
  requireApplicable(dryRun, put, replaced);
  const present = presentFiles(env, directory);
  return {
    put,
    remove: deleted.map((name) => ({ name, size: present.get(name)?.size ?? 0 })),
    setAside: new Set(),
    present,
    inUse: tablesInUse(present, dryRun.versionBefore),
    record: {
      before: dryRun.fingerprint,
      after: fingerprintOf(overlay, directory),
      lastSequence: lastSequenceOf(dryRun),
    },
  };
}

/** What would not survive a crash half-way is refused. */
function requireApplicable(dryRun: DryRun, put: readonly FileSize[], replaced: readonly string[]): void {
  const { directory, versionBefore } = dryRun;
  const refuse = (message: string, name: string): never => {
    throw new LsmError('Invalid argument', 'invalid-argument', message, name);
  };
  const live = new Set([...versionBefore.files()].map(({ file }) => file.number));
  for (const name of replaced) {
    const parsed = parseFileName(name);
    if (parsed?.kind === 'table' && live.has(parsed.number)) {
      refuse("a table in use would be overwritten: the MANIFEST's next file number is too low", name);
    }
  }
  for (const { name, size } of put) {
    const kind = parseFileName(name)?.kind;
    if (!kind) refuse(`this is no file of LevelDB's in ${directory}`, name);
    // LevelDB would replay it into the old state, too.
    if (kind === 'log' && size > 0)
      refuse('what was written is in a log: flush it before it is applied', name);
  }
}

/** Names and sizes of the files that make up the state, and of temporary ones. */
export function presentFiles(env: ReadableEnv, directory: string): Map<string, PresentFile> {
  const names = new Set(stateFiles(env, directory));
  for (const { name } of env.list(directory)) if (parseFileName(name)?.kind === 'temporary') names.add(name);
  return new Map(
    [...names].sort().map((name) => {
      const { size, modified } = env.stat(env.join(directory, name));
      return [name, { size, modified }];
    }),
  );
}

/** Names of the tables of a version. */
export function tablesInUse(present: ReadonlyMap<string, PresentFile>, version: Version): Set<string> {
  const numbers = new Set([...version.files()].map(({ file }) => file.number));
  return new Set(
    [...present.keys()].filter((name) => {
      const parsed = parseFileName(name);
      return parsed?.kind === 'table' && numbers.has(parsed.number);
    }),
  );
}

function lastSequenceOf({ env, directory, comparator }: DryRun) {
  try {
    const db = Inspection.open(env, directory, { comparator });
    try {
      return db.lastSequence();
    } finally {
      db.close();
    }
  } catch (error) {
    if (error instanceof LsmError) return undefined;
    throw error;
  }
}
