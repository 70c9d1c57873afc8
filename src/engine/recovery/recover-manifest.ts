import { addU64, type U64 } from '../bytes/u64';
import { type DatabaseCore, statusText } from '../db/core';
import { EnvError, readRange } from '../env/env';
import { LogReader } from '../log/reader';
import { MAX_CURRENT_BYTES } from '../manifest/current';
import { parseFileName } from '../manifest/file-names';
import { Version, VersionBuilder } from '../manifest/version';
import { decodeVersionEdit, type VersionEdit } from '../manifest/version-edit';
import { corruption, LsmError } from '../problem';
import type { Steps } from '../trace/events';

type CounterName = 'nextFileNumber' | 'lastSequence' | 'logNumber' | 'prevLogNumber';

/**
 * Recovers the version and the counters from the MANIFEST that CURRENT names (VersionSet::Recover). Any damage is fatal
 * here, with LevelDB's error. Returns whether a new MANIFEST has to be written.
 */
export function* recoverManifest(core: DatabaseCore): Steps<boolean> {
  const { versions, options } = core;
  const manifest = readCurrent(core);
  yield { type: 'current', manifest };
  const file = openManifest(core, manifest);
  const counters: Partial<Record<CounterName, U64 | undefined>> = {};
  const builder = new VersionBuilder(Version.empty(versions.comparator));
  let edits = 0;
  let canBeContinued = (_size: number) => false;
  try {
    let failure: LsmError | undefined;
    const reader = new LogReader(file, {
      reporter: {
        corruption: (_bytes, reason, offset) => {
          failure ??= corruption('bad-record', reason, manifest, offset);
        },
      },
    });
    while (reader.next()) {
      if (failure) break;
      const { record, recordOffset: offset } = reader;
      const edit = decodeVersionEdit(record, manifest, offset);
      requireComparator(core, edit, manifest, offset);
      builder.apply(edit);
      counters.logNumber = edit.logNumber ?? counters.logNumber;
      counters.prevLogNumber = edit.prevLogNumber ?? counters.prevLogNumber;
      counters.nextFileNumber = edit.nextFileNumber ?? counters.nextFileNumber;
      counters.lastSequence = edit.lastSequence ?? counters.lastSequence;
      yield { type: 'manifest-edit', manifest, index: edits++, offset, edit };
    }
    if (failure) throw failure;
    canBeContinued = (size) => reader.canBeContinued(size);
  } finally {
    file.close();
  }
  const { nextFileNumber, logNumber, lastSequence, prevLogNumber = 0 } = counters;
  if (nextFileNumber === undefined) throw missing('nextfile', manifest);
  if (logNumber === undefined) throw missing('lognumber', manifest);
  if (lastSequence === undefined) {
    throw corruption('bad-version-edit', 'no last-sequence-number entry in descriptor', manifest);
  }
  versions.markFileNumberUsed(prevLogNumber);
  versions.markFileNumberUsed(logNumber);
  const version = builder.build();
  versions.install(version);
  versions.manifestNumber = nextFileNumber;
  versions.nextFileNumber = addU64(nextFileNumber, 1);
  versions.lastSequence = lastSequence;
  versions.logNumber = logNumber;
  versions.prevLogNumber = prevLogNumber;
  const reused = options.reuseLogs && reuseManifest(core, manifest, canBeContinued);
  yield {
    type: 'manifest-end',
    manifest,
    edits,
    nextFileNumber,
    logNumber,
    prevLogNumber,
    lastSequence,
    levels: version.levels.map((files) => [...files]),
    scores: versions.current.best.scores,
    reused,
  };
  return !reused;
}

function readCurrent(core: DatabaseCore): string {
  const file = core.env.open(core.path('CURRENT'));
  let contents: Uint8Array;
  try {
    contents = readRange(file, 0, MAX_CURRENT_BYTES + 1);
  } finally {
    file.close();
  }
  if (contents.length === 0 || contents[contents.length - 1] !== 0x0a) {
    throw corruption('bad-current', 'CURRENT file does not end with newline', 'CURRENT');
  }
  return new TextDecoder().decode(contents.subarray(0, contents.length - 1));
}

function openManifest(core: DatabaseCore, manifest: string) {
  try {
    // A name that leads out of the folder is nobody's MANIFEST.
    if (manifest === '' || /[\\/\0]/.test(manifest))
      throw new EnvError('not-found', core.path(manifest), 'No such file or directory');
    return core.env.open(core.path(manifest));
  } catch (error) {
    if (!(error instanceof EnvError) || error.code !== 'not-found') throw error;
    const message = `CURRENT points to a non-existent file: ${statusText(error)}`;
    throw corruption('bad-current', message, 'CURRENT');
  }
}

function requireComparator(
  { options }: DatabaseCore,
  { comparator }: VersionEdit,
  manifest: string,
  offset: number,
): void {
  const { name } = options.comparator;
  if (comparator === undefined || comparator === name) return;
  const message = `${comparator} does not match existing comparator : ${name}`;
  throw new LsmError('Invalid argument', 'invalid-argument', message, manifest, offset);
}

function missing(field: string, manifest: string): LsmError {
  return corruption('bad-version-edit', `no meta-${field} entry in descriptor`, manifest);
}

/**
 * Goes on with the old MANIFEST unless it has grown too large (ReuseManifest), or ends in the midst of a record: LevelDB
 * would write on behind that, and could not read it the next time.
 */
function reuseManifest(
  core: DatabaseCore,
  manifest: string,
  canBeContinued: (size: number) => boolean,
): boolean {
  const parsed = parseFileName(manifest);
  if (parsed?.kind !== 'manifest') return false;
  try {
    const { size } = core.env.stat(core.path(manifest));
    if (size >= core.options.limits.maxFileBytes || !canBeContinued(size)) return false;
    core.versions.continueManifest(parsed.number, size);
  } catch (error) {
    if (!(error instanceof EnvError)) throw error;
    core.infoLog.line(`Reuse MANIFEST: ${error.message}`);
    return false;
  }
  core.infoLog.line(`Reusing MANIFEST ${core.path(manifest)}`);
  return true;
}
