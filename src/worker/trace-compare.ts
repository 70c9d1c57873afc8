import { BatchReader } from '../engine/batch/batch-reader';
import { copyOf } from '../engine/bytes/copy';
import { escapeBytes } from '../engine/bytes/escape';
import { Database } from '../engine/db/database';
import type { Options } from '../engine/db/options';
import type { ReadableEnv } from '../engine/env/env';
import { OverlayEnv } from '../engine/env/overlay';
import { compareOpenings, type Opening, tryOpen } from '../engine/manifest/editing/try-open';
import { LEVELS } from '../engine/manifest/version-edit';
import { salvagedRecords, writeSalvaged } from '../engine/recovery/salvage';
import type { EventOf, Steps } from '../engine/trace/events';
import type { Replay } from '../engine/trace/replay/replay';
import { cutText } from './cut';
import type { HeldDryRun } from './held-dry-run';
import type { JobOf } from './job';
import { listOf, MAX_LISTED } from './listed';
import type { LostKey, RecoveryComparison, RecoverySide } from './trace-api';
import { FrameMaker, failureOf } from './trace-frame';
import { TraceRecorder } from './trace-recorder';
import { optionsOf } from './trace-recording';
import { TracePicture } from './trace-tables';

/** Keys whose record is remembered, to tell where a lost one stands. */
const MAX_PLACES = 100_000;

interface Salvage {
  env: OverlayEnv;
  records: number;
  operations: number;
  /** By the escaped user key: the last record that recovery passes by and that has it. */
  places: Map<string, { file: string; offset: number }>;
}

/**
 * Recovers a database twice, as LevelDB does by default and with paranoid_checks, each on an overlay, and tells which
 * keys each loses against a recovery that had replayed every sound record of the logs.
 */
export function* compareRecoveries({ dryRun }: HeldDryRun, directory: string): JobOf<RecoveryComparison> {
  const options = optionsOf(dryRun, {});
  const { env } = dryRun;
  const lenient = yield* recoverSide(env, dryRun.directory, options, false);
  const paranoid = yield* recoverSide(env, dryRun.directory, options, true);
  const result: RecoveryComparison = {
    directory,
    lenient: lenient.side,
    paranoid: paranoid.side,
    salvageable: undefined,
    unsalvageable: lenient.side.failure?.message,
  };
  if (lenient.side.failure) return result;
  const salvage = yield* salvageLogs(env, dryRun.directory, lenient.replay);
  try {
    const opening = yield* working(tryOpen(salvage.env, dryRun.directory, options), 'salvage');
    if (opening.failure !== undefined) return { ...result, unsalvageable: opening.failure };
    const { records, operations } = salvage;
    result.salvageable = { entries: opening.digest.entries, records, operations };
    yield* tellLosses(salvage, env, dryRun.directory, options, lenient.side);
    if (!paranoid.side.failure) {
      paranoid.side.losses = { ...lenient.side.losses };
      paranoid.side.lost = lenient.side.lost;
    } else yield* tellAllLost(salvage, dryRun.directory, options, paranoid.side);
    return result;
  } finally {
    salvage.env.dispose();
  }
}

function* recoverSide(
  env: ReadableEnv,
  directory: string,
  options: Options,
  paranoid: boolean,
): JobOf<{ side: RecoverySide; replay: Replay }> {
  const recorder = new TraceRecorder();
  const trace = recorder.listen;
  const name = paranoid ? 'paranoid' : 'lenient';
  const opening = yield* working(
    tryOpen(env, directory, { ...options, trace, paranoidChecks: paranoid }),
    name,
  );
  const { replay } = recorder;
  return { side: sideOf(replay, opening, paranoid), replay };
}

function sideOf(replay: Replay, opening: Opening, paranoid: boolean): RecoverySide {
  const end = replay.length;
  const frames = new FrameMaker(replay, new TracePicture(replay));
  const frame = frames.frame(end);
  const state = replay.at(end);
  const failure = failureOf(state);
  const isOpen = opening.failure === undefined;
  const replayed = frame.logs.rows.filter((log) => log.state === 'replayed' || log.state === 'under way');
  const sum = (name: 'batches' | 'operations' | 'droppedBytes') =>
    replayed.reduce((total, log) => total + log[name], 0);
  return {
    paranoid,
    failure: isOpen ? undefined : (failure ?? { ...NOWHERE, message: cutText(opening.failure), event: end }),
    // The last step that was taken before the error.
    failedAt: isOpen || !failure || failure.event === 0 ? undefined : frames.frame(failure.event),
    logsReplayed: replayed.filter((log) => log.state === 'replayed').length,
    batches: sum('batches'),
    operations: sum('operations'),
    droppedBytes: sum('droppedBytes'),
    faults: frame.faults,
    entries: isOpen ? opening.digest.entries : undefined,
    readFailure: isOpen ? opening.readFailure : undefined,
    lastSequence: isOpen ? opening.lastSequence : undefined,
    levels: Array.from({ length: LEVELS }, (_, level) => {
      return { files: frame.levels[level].files, bytes: frame.levels[level].bytes };
    }),
    removes: isOpen ? listOf(opening.deleted, (file) => file) : { rows: [], total: 0 },
    losses: { gone: 0, older: 0, back: 0 },
    lost: { rows: [], total: 0 },
  };
}

const NOWHERE = { file: undefined, offset: undefined, during: 'recovery' } as const;

/** The database as it would be if every sound record of its logs were replayed. */
function* salvageLogs(base: ReadableEnv, directory: string, lenient: Replay): JobOf<Salvage> {
  const env = new OverlayEnv(base);
  const salvage: Salvage = { env, records: 0, operations: 0, places: new Map() };
  for (const index of lenient.index.range('log-begin', 0, lenient.length)) {
    const { file: name } = lenient.events[index] as EventOf<'log-begin'>;
    const path = env.join(directory, name);
    const file = env.open(path);
    try {
      const survey = salvagedRecords(file);
      let step = survey.next();
      for (; !step.done; step = survey.next()) yield { detail: name, done: step.value, total: 1 };
      if (step.value.length === 0) continue;
      for (const { offset, contents } of step.value) remember(salvage, name, offset, contents);
      writeSalvaged(env, path, step.value);
    } finally {
      file.close();
    }
  }
  return salvage;
}

function remember(salvage: Salvage, file: string, offset: number, contents: Uint8Array): void {
  salvage.records++;
  const batch = new BatchReader();
  batch.reset(contents);
  while (batch.next()) {
    salvage.operations++;
    if (salvage.places.size >= MAX_PLACES) continue;
    salvage.places.set(escapeBytes(contents, batch.keyStart, batch.keyEnd), { file, offset });
  }
}

function* tellLosses(
  { env, places }: Salvage,
  after: ReadableEnv,
  directory: string,
  options: Options,
  side: RecoverySide,
): JobOf<void> {
  const changes = { lost: 'gone', changed: 'older', came: 'back' } as const;
  const comparing = compareOpenings(env, after, directory, options, (change, key) => {
    side.losses[changes[change]]++;
    lose(side, changes[change], key, places.get(escapeBytes(key)));
  });
  yield* working(comparing, 'keys');
}

/** Of a database that is not opened nobody reads anything. */
function* tellAllLost(
  { env, places }: Salvage,
  directory: string,
  options: Options,
  side: RecoverySide,
): JobOf<void> {
  const overlay = new OverlayEnv(env);
  try {
    const database = yield* working(Database.open(overlay, directory, options), 'keys');
    try {
      const iterator = database.iterator({ fillCache: false });
      try {
        const { cursor } = iterator;
        for (cursor.seekToFirst(); cursor.valid; cursor.next()) {
          side.losses.gone++;
          if (side.losses.gone > MAX_LISTED) continue;
          const key = copyOf(cursor.keyBuffer, cursor.keyStart, cursor.keyEnd);
          lose(side, 'gone', key, places.get(escapeBytes(key)));
        }
        side.lost.total = side.losses.gone;
      } finally {
        iterator.close();
      }
    } finally {
      database.close();
    }
  } finally {
    overlay.dispose();
  }
}

function lose(
  { lost }: RecoverySide,
  change: LostKey['change'],
  key: Uint8Array,
  place: { file: string; offset: number } | undefined,
): void {
  lost.total++;
  if (lost.rows.length === MAX_LISTED) return;
  lost.rows.push({ change, key, file: place?.file, offset: place?.offset });
}

/** The engine's steps as a job. */
function* working<Result>(steps: Steps<Result>, detail: string): JobOf<Result> {
  try {
    for (;;) {
      const step = steps.next();
      if (step.done) return step.value;
      yield { detail, done: 0, total: 0 };
    }
  } finally {
    steps.return(undefined as never);
  }
}
