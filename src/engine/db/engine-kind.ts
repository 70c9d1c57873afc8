import { readFixed32 } from '../bytes/fixed';
import { EnvError, type ReadableEnv, readRange } from '../env/env';
import type { Listing } from './listing';

/** Which engine wrote a folder. */
export type EngineKind = 'leveldb' | 'rocksdb' | 'pebble' | 'unknown';

/** Bytes of an OPTIONS file that are looked at: the version stands in its first lines. */
const OPTIONS_HEAD_BYTES = 4096;
/** The last 8 bytes of a block-based RocksDB table, 0x88e241b785f4cff7. */
const ROCKSDB_MAGIC_HIGH = 0x88e241b7;
const ROCKSDB_MAGIC_LOW = 0x85f4cff7;

/**
 * Tells the engine by what only it leaves behind: Pebble's `marker.` files, the `OPTIONS-` file of RocksDB and
 * Pebble, RocksDB's IDENTITY, the magic number of RocksDB's tables. What has LevelDB's files and none of these
 * is LevelDB's.
 */
export function detectEngine(env: ReadableEnv, directory: string, listing: Listing): EngineKind {
  const { others } = listing;
  if (
    others.some((name) => name.startsWith('marker.manifest.') || name.startsWith('marker.format-version.'))
  ) {
    return 'pebble';
  }
  const options = others.filter((name) => /^OPTIONS-[0-9]+$/.test(name)).pop();
  if (options !== undefined) {
    const text = head(env, env.join(directory, options));
    if (/pebble_version/.test(text)) return 'pebble';
    if (/rocksdb_version/.test(text)) return 'rocksdb';
  }
  if (others.includes('IDENTITY') && listing.hasCurrent) return 'rocksdb';
  const ours =
    listing.hasCurrent || listing.manifests.length > 0 || listing.tables.size > 0 || listing.logs.length > 0;
  if (!ours) return 'unknown';
  const [[, table] = []] = listing.tables;
  return table !== undefined && isRocksDbTable(env, env.join(directory, table)) ? 'rocksdb' : 'leveldb';
}

function head(env: ReadableEnv, path: string): string {
  return new TextDecoder().decode(readPart(env, path, (size) => [0, Math.min(size, OPTIONS_HEAD_BYTES)]));
}

function isRocksDbTable(env: ReadableEnv, path: string): boolean {
  const magic = readPart(env, path, (size) => [Math.max(0, size - 8), 8]);
  return (
    magic.length === 8 &&
    readFixed32(magic, 4) === ROCKSDB_MAGIC_HIGH &&
    readFixed32(magic, 0) === ROCKSDB_MAGIC_LOW
  );
}

/** A part of a file; empty if it cannot be read. */
function readPart(env: ReadableEnv, path: string, part: (size: number) => [number, number]): Uint8Array {
  try {
    const file = env.open(path);
    try {
      return readRange(file, ...part(file.size()));
    } finally {
      file.close();
    }
  } catch (error) {
    if (error instanceof EnvError) return new Uint8Array(0);
    throw error;
  }
}
