import { EnvError, type ReadableEnv, readFile, readRange } from '../../env/env';
import { MemoryFile } from '../../env/memory';
import { HEADER_SIZE, RecordType } from '../../log/format';
import { LogReader } from '../../log/reader';
import { LsmError, type Problem } from '../../problem';
import { soundRecordsIn } from '../../recovery/sound-records';
import { isRecord, ManifestContents } from '../manifest-reader';
import { decodeVersionEdit, type VersionEdit } from '../version-edit';

/** Where an item of the base stands in its file: [offset, end). */
export interface Source {
  offset: number;
  end: number;
}

export interface EditItem {
  kind: 'edit';
  edit: VersionEdit;
  /** Undefined once the edit is changed or new. */
  source?: Source | undefined;
}

export interface DamageItem {
  kind: 'damage';
  reason: string;
  source: Source;
  /** Edits in whole records with a right checksum among what LevelDB drops: after one bad byte it drops a whole block. */
  salvage: readonly VersionEdit[];
}

export type Item = EditItem | DamageItem;

/** A MANIFEST as it was read. Nothing of it is ever changed. */
export interface ManifestBase {
  /** The file's name in its folder. */
  name: string;
  bytes: Uint8Array;
  /** Whether there is such a file. */
  exists: boolean;
  /** As the views read it. */
  contents: ManifestContents;
  items: readonly Item[];
  /** Records as they were stored, by their offsets: other writers order and repeat fields as LevelDB does not. */
  payloads(): ReadonlyMap<number, Uint8Array>;
  /** What stands behind the last record and is none. */
  tail: Problem | undefined;
}

/** Throws EnvError, but for a file that is not there: that is one without edits. */
export function readBase(env: ReadableEnv, directory: string, name: string): ManifestBase {
  try {
    return baseOf(name, readFile(env, env.join(directory, name)));
  } catch (error) {
    if (!(error instanceof EnvError) || error.code !== 'not-found') throw error;
    return { ...baseOf(name, new Uint8Array(0)), exists: false };
  }
}

export function baseOf(name: string, bytes: Uint8Array): ManifestBase {
  const file = new MemoryFile(name, bytes);
  const contents = ManifestContents.read(file, name);
  // Looking needs none.
  let payloads: Map<number, Uint8Array> | undefined;
  const items = contents.items.map((item): Item => {
    const { offset } = item;
    if (!isRecord(item)) {
      const end = offset + item.length;
      const source = { offset, end };
      return { kind: 'damage', reason: item.reason, source, salvage: salvageIn(file, source) };
    }
    const { end, edit } = item;
    return { kind: 'edit', edit, source: { offset, end } };
  });
  return {
    name,
    bytes,
    exists: true,
    contents,
    items,
    payloads() {
      payloads ??= payloadsOf(file);
      return payloads;
    },
    tail: contents.tail,
  };
}

function salvageIn(file: MemoryFile, { offset, end }: Source): VersionEdit[] {
  return soundRecordsIn(file, offset, end - offset).flatMap(({ offset: at, length, type }) => {
    if (type !== RecordType.full) return [];
    try {
      return [decodeVersionEdit(readRange(file, at + HEADER_SIZE, length))];
    } catch (error) {
      if (error instanceof LsmError) return [];
      throw error;
    }
  });
}

function payloadsOf(file: MemoryFile): Map<number, Uint8Array> {
  const payloads = new Map<number, Uint8Array>();
  const reader = new LogReader(file, { reporter: { corruption: () => {} } });
  while (reader.next()) payloads.set(reader.recordOffset, reader.record.slice());
  return payloads;
}
