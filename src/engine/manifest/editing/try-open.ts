import { compareRanges } from '../../bytes/compare';
import { copyOf } from '../../bytes/copy';
import { Fnv1a64 } from '../../bytes/fnv';
import type { U64 } from '../../bytes/u64';
import { statusText } from '../../db/core';
import { Database } from '../../db/database';
import type { KeyCounts } from '../../db/diff';
import type { Options } from '../../db/options';
import type { ScanDigest } from '../../db/scan';
import { EnvError, type ReadableEnv } from '../../env/env';
import { OverlayEnv } from '../../env/overlay';
import type { Cursor } from '../../iterator/cursor';
import type { Comparator } from '../../keys/comparator';
import { LsmError } from '../../problem';
import type { Steps } from '../../trace/events';
import type { Version } from '../version';

/** What opening a database comes to: LevelDB's words, or a database that can be read. */
export type Opening = FailedOpening | SoundOpening;

export interface FailedOpening {
  /** LevelDB's status. */
  failure: string;
}

export interface SoundOpening {
  failure: undefined;
  /** After recovery: logs are in tables. */
  version: Version;
  lastSequence: U64;
  /** Files of the folder that recovery deletes. */
  deleted: string[];
  /** Files that it writes over: CURRENT, and orphans whose number comes again. */
  replaced: string[];
  /** Of what an iterator shows. */
  digest: ScanDigest;
  /** The first damage that reading everything met, in LevelDB's words. */
  readFailure: string | undefined;
}

/**
 * Opens the database on an overlay, as C++ LevelDB would do it, and reads it once. `env` stays as it is.
 */
export function* tryOpen(env: ReadableEnv, directory: string, options: Options): Steps<Opening> {
  const overlay = new OverlayEnv(env);
  try {
    const database = yield* openOn(overlay, directory, options);
    if (!(database instanceof Database)) return database;
    try {
      const { version, lastSequence } = database;
      const changes = overlay.changes();
      const [deleted, replaced] = [changes.deleted, changes.replaced].map((paths) =>
        paths.map((path) => overlay.split(path).name),
      );
      const iterator = database.iterator({ fillCache: false });
      try {
        const digest = digestOf(iterator.cursor);
        const readFailure = iterator.error && statusText(iterator.error);
        return { failure: undefined, version, lastSequence, deleted, replaced, digest, readFailure };
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

/** How keys read differently in two folders, each opened on an overlay; undefined if one of them cannot be opened. */
export function* compareOpenings(
  before: ReadableEnv,
  after: ReadableEnv,
  directory: string,
  options: Options,
  onDifference: (change: 'lost' | 'came' | 'changed', key: Uint8Array) => void,
): Steps<KeyCounts | undefined> {
  const overlays = [new OverlayEnv(before), new OverlayEnv(after)];
  const opened: Database[] = [];
  try {
    for (const overlay of overlays) {
      const database = yield* openOn(overlay, directory, options);
      if (!(database instanceof Database)) return undefined;
      opened.push(database);
    }
    const iterators = opened.map((database) => database.iterator({ fillCache: false }));
    try {
      const [left, right] = iterators.map(({ cursor }) => cursor);
      const { comparator } = opened[1].version;
      return compareCursors(left, right, comparator.user, onDifference);
    } finally {
      for (const iterator of iterators) iterator.close();
    }
  } finally {
    for (const database of opened) database.close();
    for (const overlay of overlays) overlay.dispose();
  }
}

function* openOn(env: OverlayEnv, directory: string, options: Options): Steps<Database | FailedOpening> {
  try {
    return yield* Database.open(env, directory, { ...options, infoLog: false, background: 'stepped' });
  } catch (error) {
    if (error instanceof EnvError || error instanceof LsmError) return { failure: statusText(error) };
    throw error;
  }
}

function digestOf(cursor: Cursor): ScanDigest {
  const fnv = new Fnv1a64();
  const digest = { entries: 0, keyBytes: 0, valueBytes: 0 };
  const separator = Uint8Array.of(0xff);
  for (cursor.seekToFirst(); cursor.valid; cursor.next()) {
    const { keyStart, keyEnd, valueStart, valueEnd } = cursor;
    fnv.update(cursor.keyBuffer, keyStart, keyEnd);
    fnv.update(separator);
    fnv.update(cursor.valueBuffer, valueStart, valueEnd);
    fnv.update(separator);
    digest.entries++;
    digest.keyBytes += keyEnd - keyStart;
    digest.valueBytes += valueEnd - valueStart;
  }
  return { ...digest, fnv1a64: fnv.digest() };
}

function compareCursors(
  left: Cursor,
  right: Cursor,
  comparator: Comparator,
  onDifference: (change: 'lost' | 'came' | 'changed', key: Uint8Array) => void,
): KeyCounts {
  const counts: KeyCounts = { same: 0, different: 0, onlyInA: 0, onlyInB: 0 };
  const keyOf = ({ keyBuffer, keyStart, keyEnd }: Cursor) => copyOf(keyBuffer, keyStart, keyEnd);
  left.seekToFirst();
  right.seekToFirst();
  while (left.valid || right.valid) {
    const order = !left.valid
      ? 1
      : !right.valid
        ? -1
        : comparator.compare(
            left.keyBuffer,
            left.keyStart,
            left.keyEnd,
            right.keyBuffer,
            right.keyStart,
            right.keyEnd,
          );
    if (order < 0) {
      counts.onlyInA++;
      onDifference('lost', keyOf(left));
    } else if (order > 0) {
      counts.onlyInB++;
      onDifference('came', keyOf(right));
    } else if (sameValue(left, right)) counts.same++;
    else {
      counts.different++;
      onDifference('changed', keyOf(left));
    }
    if (order <= 0) left.next();
    if (order >= 0) right.next();
  }
  return counts;
}

function sameValue(a: Cursor, b: Cursor): boolean {
  return (
    compareRanges(a.valueBuffer, a.valueStart, a.valueEnd, b.valueBuffer, b.valueStart, b.valueEnd) === 0
  );
}
