import type { U64 } from '../bytes/u64';
import { EnvError, type ReadableEnv } from '../env/env';
import { parseCurrent } from '../manifest/current';
import { parseFileName } from '../manifest/file-names';
import { isRecord, ManifestContents } from '../manifest/manifest-reader';
import { LsmError } from '../problem';
import { listDatabase } from './listing';

/** An edit that brought a table into a level or took it out of one. */
export interface TablePlaceChange {
  /** Counted from 0 in the MANIFEST. */
  edit: number;
  offset: number;
  change: 'added' | 'removed';
  level: number;
}

/** What the MANIFEST beside a table says of it. */
export interface TableHistory {
  manifest: string;
  changes: TablePlaceChange[];
  /** The level that it is in now; undefined if no version names it any more, or ever did. */
  level: number | undefined;
  /** What the MANIFEST says its size is; undefined if it never names it. */
  size: U64 | undefined;
}

/**
 * Looks a table up in the MANIFEST of its folder: the one that CURRENT names, or the newest. Undefined if there is none,
 * as for a file that was taken out of its database, or if the name is no table's.
 */
export function tableHistory(env: ReadableEnv, path: string): TableHistory | undefined {
  const { directory, name } = env.split(path);
  const parsed = parseFileName(name);
  if (parsed?.kind !== 'table') return undefined;
  try {
    const manifest = manifestIn(env, directory);
    if (!manifest) return undefined;
    const file = env.open(env.join(directory, manifest));
    try {
      return historyIn(ManifestContents.read(file, manifest), manifest, parsed.number);
    } finally {
      file.close();
    }
  } catch (error) {
    if (error instanceof EnvError) return undefined;
    throw error;
  }
}

/** The MANIFEST that CURRENT names, or the newest one of a folder. Throws EnvError if the folder cannot be listed. */
export function manifestIn(env: ReadableEnv, directory: string): string | undefined {
  const { manifests } = listDatabase(env, directory);
  try {
    const file = env.open(env.join(directory, 'CURRENT'));
    try {
      const bytes = new Uint8Array(Math.min(file.size(), 4096));
      const name = parseCurrent(bytes.subarray(0, file.read(0, bytes, 0, bytes.length)));
      if (manifests.some((each) => each.name === name)) return name;
    } finally {
      file.close();
    }
  } catch (error) {
    if (!(error instanceof EnvError) && !(error instanceof LsmError)) throw error;
  }
  return manifests.at(-1)?.name;
}

function historyIn(contents: ManifestContents, manifest: string, number: U64): TableHistory {
  const history: TableHistory = { manifest, changes: [], level: undefined, size: undefined };
  for (const [edit, { offset, edit: fields }] of contents.items.filter(isRecord).entries()) {
    for (const { level, number: removed } of fields.deletedFiles) {
      if (removed !== number) continue;
      history.changes.push({ edit, offset, change: 'removed', level });
      if (history.level === level) history.level = undefined;
    }
    for (const { level, file } of fields.newFiles) {
      if (file.number !== number) continue;
      history.changes.push({ edit, offset, change: 'added', level });
      history.level = level;
      history.size = file.size;
    }
  }
  return history;
}
