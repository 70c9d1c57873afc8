// Small databases whose MANIFESTs are edited, sound ones and damaged ones, and what is known of their contents.

import { MemoryEnv } from '../../src/engine/env/memory';
import { baseOf, type ManifestBase, readBase } from '../../src/engine/manifest/editing/base';
import { checkDocument, type DocumentProblem } from '../../src/engine/manifest/editing/checks';
import type { ManifestDocument } from '../../src/engine/manifest/editing/document';
import { editedManifest } from '../../src/engine/manifest/editing/edited-manifest';
import type { DocumentFolder } from '../../src/engine/manifest/editing/folder';
import { checkOrder } from '../../src/engine/manifest/editing/order-check';
import { performSave, planSave } from '../../src/engine/manifest/editing/save';
import { versionOf } from '../../src/engine/manifest/editing/squash';
import { collectCounters } from '../../src/engine/manifest/manifest-reader';
import { ContentsDigest } from '../helpers/contents';
import {
  DIRECTORY,
  encode,
  environment,
  type KnownVersion,
  MANIFEST,
  newest,
  type SmallDatabase,
  smallDatabase,
} from '../helpers/small-database';

export const known: SmallDatabase = smallDatabase();

type Files = Map<string, Uint8Array>;

function end(record: number): number {
  return known.records.get(MANIFEST)![record].end;
}

function changed(files: Files, name: string, change: (bytes: Uint8Array) => Uint8Array): void {
  files.set(name, change(files.get(name)!.slice()));
}

function flip(files: Files, name: string, offset: number): void {
  changed(files, name, (bytes) => {
    bytes[offset] ^= 0xff;
    return bytes;
  });
}

/** What makes each base of the small database. */
const BASES: Record<string, (files: Files) => void> = {
  small: () => {},
  /** The last record is cut. */
  torn: (files) => changed(files, MANIFEST, (bytes) => bytes.slice(0, -9)),
  /** No record at all stands at the end. */
  foreign: (files) => changed(files, MANIFEST, (bytes) => joined(bytes, new Uint8Array(20).fill(0xa5))),
  /** The record that moves table 4 into level 1 has a wrong checksum: with it the rest of the block goes. */
  damaged: (files) => flip(files, MANIFEST, end(2) + 12),
  /** The record with the comparator. */
  headless: (files) => flip(files, MANIFEST, 10),
  'no-current': (files) => files.delete('CURRENT'),
  'lost-current': (files) => files.set('CURRENT', encode('MANIFEST-000099\n')),
  'cut-current': (files) => files.set('CURRENT', encode(MANIFEST)),
  'no-manifest': (files) => files.delete(MANIFEST),
  'missing-table': (files) => files.delete('000006.ldb'),
  'cut-table': (files) => changed(files, '000006.ldb', (bytes) => bytes.slice(0, -20)),
  /** What was compacted into table 5 is there still. */
  'no-manifest-but-input': (files) => {
    files.delete(MANIFEST);
    files.set('000004.ldb', files.get('000005.ldb')!);
  },
};

export const baseNames = Object.keys(BASES);

export function baseEnv(name: string): MemoryEnv {
  const make = BASES[name];
  if (!make) throw new Error(`there is no base "${name}": ${baseNames.join(', ')}`);
  const files: Files = new Map(known.files);
  make(files);
  return environment(files);
}

export function folderOf(env: MemoryEnv): DocumentFolder {
  return { env, directory: DIRECTORY, codec: {} };
}

export function readEdited(env: MemoryEnv): ManifestBase {
  return readBase(env, DIRECTORY, editedManifest(folderOf(env)));
}

export { baseOf };

/** Runs to the end. */
export function finish<Result>(steps: Generator<unknown, Result>): Result {
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value as Result;
  }
}

/** All that the command line checks. */
export function allChecks(document: ManifestDocument, env: MemoryEnv, asNew = false): DocumentProblem[] {
  const folder = folderOf(env);
  return [
    ...checkDocument(document, folder, { ranges: true, asNew }),
    ...finish(checkOrder(document, folder)),
  ];
}

/** A copy of the files with the document saved. */
export function saved(document: ManifestDocument, env: MemoryEnv, asNew = false): MemoryEnv {
  const copy = copyOf(env);
  performSave(copy, DIRECTORY, planSave(document, folderOf(env), asNew));
  return copy;
}

export function copyOf(env: MemoryEnv): MemoryEnv {
  const copy = new MemoryEnv();
  copy.makeDirectory(DIRECTORY);
  for (const { name } of env.list(DIRECTORY)) {
    const path = env.join(DIRECTORY, name);
    const file = env.open(path);
    const bytes = new Uint8Array(file.size());
    file.read(0, bytes, 0, bytes.length);
    copy.setFile(path, bytes);
  }
  return copy;
}

/**
 * The digest of what a reader must find: the newest versions in the tables that the document names and in the logs from
 * its log number on. Nothing of the engine's reading has a part in it.
 */
export function expectedDigest(document: ManifestDocument): string {
  const version = versionOf(document.edits);
  const tables = new Set([...version.files()].map(({ file }) => Number(file.number)));
  const { logNumber = 0 } = collectCounters(document.edits);
  return digestOf(
    known.versions.filter(({ file }) => {
      const number = Number.parseInt(file, 10);
      return file.endsWith('.log') ? number >= Number(logNumber) : tables.has(number);
    }),
  );
}

export function digestOf(versions: readonly KnownVersion[]): string {
  const digest = new ContentsDigest();
  for (const [key, { value }] of [...newest(versions)].sort(([a], [b]) => (a < b ? -1 : 1))) {
    if (value !== undefined) digest.add(encode(key), encode(value));
  }
  return digest.digest();
}

function joined(...parts: Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}
