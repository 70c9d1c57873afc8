import { escapeBytes } from '../bytes/escape';
import { EnvError } from '../env/env';
import {
  encodeInternalKey,
  MAX_SEQUENCE,
  parseInternalKey,
  TYPE_FOR_SEEK,
  ValueType,
} from '../keys/internal-key';
import type { Version } from '../manifest/version';
import { type FileMetaData, LEVELS } from '../manifest/version-edit';
import { LsmError } from '../problem';
import type { DatabaseCore } from './core';
import type { TableCache } from './table-cache';

const MEBIBYTE = 1048576;

/** DBImpl::GetProperty, with LevelDB's texts; undefined for a name that is none. */
export function property(core: DatabaseCore, name: string): string | undefined {
  const { version } = core.versions;
  const level = /^leveldb\.num-files-at-level(\d+)$/.exec(name);
  if (level) {
    const files = Number(level[1]) < LEVELS ? version.levels[Number(level[1])] : undefined;
    return files && String(files.length);
  }
  if (name === 'leveldb.stats') return stats(core);
  if (name === 'leveldb.sstables') return tableList(version);
  if (name === 'leveldb.approximate-memory-usage') return String(memoryUsage(core));
  return undefined;
}

function stats({ versions: { version }, stats: perLevel }: DatabaseCore): string {
  const lines = [
    '                               Compactions',
    'Level  Files Size(MB) Time(sec) Read(MB) Write(MB)',
    '--------------------------------------------------',
  ];
  for (const [level, { milliseconds, bytesRead, bytesWritten }] of perLevel.entries()) {
    const files = version.levels[level].length;
    if (milliseconds === 0 && files === 0) continue;
    const columns = [
      String(level).padStart(3),
      String(files).padStart(8),
      rounded(version.levelBytes(level) / MEBIBYTE, 8),
      rounded(milliseconds / 1000, 9),
      rounded(bytesRead / MEBIBYTE, 8),
      rounded(bytesWritten / MEBIBYTE, 9),
    ];
    lines.push(columns.join(' '));
  }
  return `${lines.join('\n')}\n`;
}

function rounded(value: number, width: number): string {
  return value.toFixed(0).padStart(width);
}

/** Version::DebugString. */
function tableList(version: Version): string {
  return version.levels
    .map((files, level) => {
      const rows = files.map(
        ({ number, size, smallest, largest }) =>
          ` ${number}:${size}[${keyText(smallest)} .. ${keyText(largest)}]\n`,
      );
      return `--- level ${level} ---\n${rows.join('')}`;
    })
    .join('');
}

function keyText(internalKey: Uint8Array): string {
  const parsed = parseInternalKey(internalKey);
  if (!parsed) return `(bad)${escapeBytes(internalKey)}`;
  return `'${escapeBytes(parsed.userKey)}' @ ${parsed.sequence} : ${ValueType[parsed.type]}`;
}

/** Bytes of memtables and of cached blocks. */
function memoryUsage({ memtable, full, tables }: DatabaseCore): number {
  return [memtable, ...full.map((each) => each.memtable)].reduce(
    (sum, each) => sum + each.memoryUsage,
    tables.blockCache.usage,
  );
}

/** Bytes on disk of the user keys [from, to), as LevelDB estimates them; memtables do not count. */
export function approximateSize(core: DatabaseCore, from: Uint8Array, to: Uint8Array): number {
  const { version } = core.versions;
  const offsetOf = (userKey: Uint8Array) =>
    approximateOffset(version, core.tables, encodeInternalKey(userKey, MAX_SEQUENCE, TYPE_FOR_SEEK));
  return Math.max(0, offsetOf(to) - offsetOf(from));
}

/** Bytes of tables before an internal key (VersionSet::ApproximateOffsetOf). A table that cannot be opened counts as 0. */
function approximateOffset(version: Version, tables: TableCache, key: Uint8Array): number {
  const { comparator } = version;
  const order = (a: Uint8Array, b: Uint8Array) => comparator.compare(a, 0, a.length, b, 0, b.length);
  let offset = 0;
  for (const { file } of version.files()) {
    if (order(file.largest, key) <= 0) offset += Number(file.size);
    else if (order(file.smallest, key) <= 0) offset += offsetInTable(tables, file, key);
  }
  return offset;
}

function offsetInTable(tables: TableCache, file: FileMetaData, key: Uint8Array): number {
  try {
    return tables.get(file).approximateOffsetOf(key);
  } catch (error) {
    if (error instanceof LsmError || error instanceof EnvError) return 0;
    throw error;
  }
}
