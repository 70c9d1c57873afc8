import type { U64 } from '../bytes/u64';
import { EnvError, type ReadableEnv } from '../env/env';
import { parseFileName } from '../manifest/file-names';
import { isRecord, ManifestContents } from '../manifest/manifest-reader';
import { isLiveLog } from './folder-state';
import { manifestIn } from './table-history';

/** What the MANIFEST beside a log says of it. */
export interface LogState {
  manifest: string;
  number: U64;
  /** Recovery replays it. A stale log's contents are in tables. */
  live: boolean;
  logNumber: U64;
  /** The edit that made it stale, counted from 0, and the tables that this edit added. */
  flushedBy: { edit: number; tables: U64[] } | undefined;
}

/** Undefined if there is no MANIFEST beside the file, or its name is no log's. */
export function logState(env: ReadableEnv, path: string): LogState | undefined {
  const { directory, name } = env.split(path);
  const parsed = parseFileName(name);
  if (parsed?.kind !== 'log') return undefined;
  const { number } = parsed;
  try {
    const manifest = manifestIn(env, directory);
    if (!manifest) return undefined;
    const file = env.open(env.join(directory, manifest));
    try {
      const records = ManifestContents.read(file, manifest).items.filter(isRecord);
      let logNumber: U64 = 0;
      let prevLogNumber: U64 = 0;
      let flushedBy: LogState['flushedBy'];
      for (const [i, { edit }] of records.entries()) {
        logNumber = edit.logNumber ?? logNumber;
        prevLogNumber = edit.prevLogNumber ?? prevLogNumber;
        if (flushedBy || isLiveLog(number, logNumber, prevLogNumber)) continue;
        // A MANIFEST that begins after the log was flushed tells nothing of its tables.
        flushedBy = { edit: i, tables: i === 0 ? [] : edit.newFiles.map(({ file: table }) => table.number) };
      }
      const live = isLiveLog(number, logNumber, prevLogNumber);
      return { manifest, number, live, logNumber, flushedBy: live ? undefined : flushedBy };
    } finally {
      file.close();
    }
  } catch (error) {
    if (error instanceof EnvError) return undefined;
    throw error;
  }
}
