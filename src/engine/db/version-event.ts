import { manifestFileName } from '../manifest/file-names';
import type { VersionEdit } from '../manifest/version-edit';
import type { TraceEvent } from '../trace/events';
import type { DatabaseCore } from './core';

/** Tells of the version that an edit led to. */
export function versionEvent(core: DatabaseCore, edit: VersionEdit, newManifest: boolean): TraceEvent {
  const { version, current, manifestNumber } = core.versions;
  return {
    type: 'version',
    edit,
    levels: version.levels.map((files) => [...files]),
    scores: current.best.scores,
    manifest: manifestFileName(manifestNumber),
    newManifest,
  };
}
