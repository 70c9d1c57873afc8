// An event in one line, for people.

import { escapeBytes } from '../bytes/escape';
import { humanBytes } from '../bytes/human';
import type { U64 } from '../bytes/u64';
import { sequenceAt, TAG_BYTES, typeAt, ValueType } from '../keys/internal-key';
import { logFileName } from '../manifest/file-names';
import type { FileMetaData, VersionEdit } from '../manifest/version-edit';
import type { TraceEvent } from './events';

type Texts = { [Type in TraceEvent['type']]: (event: Extract<TraceEvent, { type: Type }>) => string };

const texts: Texts = {
  open: ({ directory, options: { paranoidChecks, reuseLogs } }) =>
    `open ${directory}${paranoidChecks ? ', paranoid checks' : ''}${reuseLogs ? ', reusing logs' : ''}`,
  lock: () => 'take LOCK',
  create: ({ manifest }) => `new database: ${manifest}`,
  current: ({ manifest }) => `CURRENT names ${manifest}`,
  'manifest-edit': ({ manifest, index, offset, edit }) =>
    `${manifest}@${offset}: edit ${index}: ${editText(edit)}`,
  'manifest-end': (event) =>
    `${event.manifest}: ${plural(event.edits, 'edit')}; files ${shape(event.levels)}, log ${event.logNumber}, ` +
    `next file ${event.nextFileNumber}, last sequence ${event.lastSequence}${event.reused ? '; goes on' : ''}`,
  'missing-files': ({ files }) => `missing: ${some(files)}`,
  'log-skipped': ({ file, logNumber }) => `${file} is not replayed: it is older than log ${logNumber}`,
  logs: ({ files }) => `to replay: ${some(files)}`,
  'log-begin': ({ file, bytes }) => `${file}: replay of ${humanBytes(bytes)}`,
  'log-unreadable': ({ file, message }) => `${file} is passed by: ${message}`,
  'log-batch': ({ file, offset, sequence, count, memoryUsage }) =>
    `${file}@${offset}: ${plural(count, 'operation')} from sequence ${sequence}; memtable ${humanBytes(memoryUsage)}`,
  'log-batch-fault': ({ file, offset, reason, kept, ignored }) =>
    `${file}@${offset}: ${reason}; ${plural(kept, 'operation')} kept${ignored ? ' (ignored)' : ''}`,
  'log-dropped': ({ file, offset, bytes, reason, ignored }) =>
    `${file}@${offset}: ${bytes} bytes dropped: ${reason}${ignored ? ' (ignored)' : ''}`,
  'log-end': ({ file, batches, maxSequence, reused }) =>
    `${file}: ${plural(batches, 'batch', 'batches')}, sequences up to ${maxSequence}${reused ? '; goes on' : ''}`,
  'open-end': ({ lastSequence, logFile }) => `open: last sequence ${lastSequence}, writes go to ${logFile}`,

  'memtable-switch': ({ log, entries, memoryUsage, waiting }) =>
    `memtable full: ${plural(entries, 'entry', 'entries')}, ${humanBytes(memoryUsage)}; writes go to ${log}, ${waiting} waiting`,
  'flush-begin': ({ table, log, entries, memoryUsage }) =>
    `flush of ${log} to table ${table}: ${plural(entries, 'entry', 'entries')}, memtable ${humanBytes(memoryUsage)}`,
  'flush-progress': ({ table, entries, entriesTotal }) => `table ${table}: ${entries} of ${entriesTotal}`,
  'flush-end': ({ table, bytes, level, file, why }) =>
    file
      ? `table ${table}: ${humanBytes(bytes)} in level ${level}: ${why}; ${rangeText(file)}`
      : `table ${table}: ${why}`,

  'compact-range': ({ begin, end, deepest }) => `compact ${userRange(begin, end)} down to level ${deepest}`,
  pick(event) {
    const { level, reason, inputs, scores, trivialMove, expanded, boundary, expansionRefused } = event;
    const score = reason === 'size' ? ` (score ${scores[level].toFixed(2)})` : '';
    const extra = [
      expanded.length > 0 ? `expanded by ${some(expanded)}` : '',
      boundary.length > 0 ? `boundary files ${some(boundary)}` : '',
      expansionRefused === undefined ? '' : `not expanded: ${expansionRefused}`,
      trivialMove ? 'a trivial move' : '',
    ].filter((part) => part !== '');
    const files = inputs.map((part) => `${part.length}`).join(' + ');
    const names = inputs.flat().map(({ number }) => number);
    return [
      `pick by ${reason}${score}: level ${level} into ${level + 1}: ${files} files (${some(names)})`,
      ...extra,
    ].join('; ');
  },
  move: ({ level, file }) =>
    `table ${file.number} moves from level ${level} to ${level + 1}: ${humanBytes(Number(file.size))}`,
  'compaction-progress': ({ entries, bytesRead, bytesTotal, bytesWritten }) =>
    `${entries} entries, ${humanBytes(bytesRead)} of ${humanBytes(bytesTotal)} read, ${humanBytes(bytesWritten)} written`,
  'input-block': ({ table, offset, bytes }) => `read table ${table}@${offset}: ${bytes} bytes`,
  'input-block-end': ({ table, offset, entries, kept, shadowed, deletions }) =>
    `table ${table}@${offset} is through: ${kept} of ${plural(entries, 'entry', 'entries')} kept, ${shadowed} shadowed, ` +
    `${plural(deletions, 'deletion')} dropped`,
  'output-block': ({ table, offset, bytes, rawBytes, entries }) =>
    `wrote table ${table}@${offset}: ${bytes} bytes of ${rawBytes}, ${plural(entries, 'entry', 'entries')}`,
  'entry-kept': ({ key, why, output }) => `keep ${keyText(key)} in table ${output}: ${why}`,
  'entry-dropped': ({ key, why, by }) =>
    `drop ${keyText(key)}: ${why}${by === undefined ? '' : ` by sequence ${by}`}`,
  'output-begin': ({ table, level }) => `table ${table} begins in level ${level}`,
  'output-end': ({ table, file, entries, why }) =>
    `table ${table} ends at ${why}: ${plural(entries, 'entry', 'entries')}, ${humanBytes(Number(file.size))}; ${rangeText(file)}`,
  'compaction-end': (event) =>
    `level ${event.level} into ${event.level + 1}: ${humanBytes(event.bytesRead)} read, ${humanBytes(event.bytesWritten)} written; ` +
    `${event.entriesKept} of ${plural(event.entriesRead, 'entry', 'entries')} kept, ${event.shadowed} shadowed, ` +
    `${plural(event.deletions, 'deletion')} dropped`,

  write: ({ sequence, count, bytes, memoryUsage }) =>
    `write of ${plural(count, 'operation')} from sequence ${sequence}, ${bytes} bytes; memtable ${humanBytes(memoryUsage)}`,
  version: ({ edit, levels, manifest, newManifest }) =>
    `${newManifest ? 'new ' : ''}${manifest}: ${editText(edit)}; files ${shape(levels)}`,
  remove: ({ file }) => `remove ${file}`,
  stall: ({ why, level0Files }) => `writes wait: ${why} (${plural(level0Files, 'file')} in level 0)`,
  'seek-charge': ({ table, level, left, by }) =>
    `seek charged to table ${table} of level ${level} by a ${by}: ${left} left`,
  error: ({ message, file, offset }) =>
    `${message}${file === undefined ? '' : ` (${file}${offset === undefined ? '' : `@${offset}`})`}`,
};

/** Text out of a file is in it as it stands there: a terminal must not be given it unescaped. */
export function eventText(event: TraceEvent): string {
  return (texts[event.type] as (event: TraceEvent) => string)(event);
}

function editText(edit: VersionEdit): string {
  const { newFiles, deletedFiles } = edit;
  const parts = [
    ...deletedFiles.map(({ level, number }) => `-${number}@${level}`),
    ...newFiles.map(({ level, file }) => `+${file.number}@${level}`),
  ];
  if (edit.logNumber !== undefined && parts.length === 0) parts.push(`log ${logFileName(edit.logNumber)}`);
  return parts.length === 0 ? 'counters' : some(parts);
}

/** `4 1 0 0 0 0 0`: how many files each level has. */
function shape(levels: readonly (readonly FileMetaData[])[]): string {
  return levels.map((files) => files.length).join(' ');
}

const SHOWN = 12;

function some(items: readonly (string | U64)[]): string {
  const more = items.length - SHOWN;
  return `${items.slice(0, SHOWN).join(' ')}${more > 0 ? ` and ${more} more` : ''}`;
}

function plural(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}

function rangeText({ smallest, largest }: FileMetaData): string {
  return `${keyText(smallest)} .. ${keyText(largest)}`;
}

/** Bytes of a key that are shown. */
const SHOWN_KEY_BYTES = 48;

/** `"user key" @ 17`, and what it is if it is no value. */
function keyText(key: Uint8Array): string {
  if (key.length < TAG_BYTES) return quoted(key);
  const type = typeAt(key, key.length);
  const suffix =
    type === ValueType.value ? '' : type === ValueType.deletion ? ' (deletion)' : ` (type ${type})`;
  return `${quoted(key.subarray(0, key.length - TAG_BYTES))} @ ${sequenceAt(key, key.length)}${suffix}`;
}

function userRange(begin: Uint8Array | undefined, end: Uint8Array | undefined): string {
  if (!begin && !end) return 'everything';
  return `${begin ? quoted(begin) : 'the beginning'} .. ${end ? quoted(end) : 'the end'}`;
}

function quoted(bytes: Uint8Array): string {
  const cut = bytes.length > SHOWN_KEY_BYTES;
  return `"${escapeBytes(bytes, 0, Math.min(bytes.length, SHOWN_KEY_BYTES))}"${cut ? '...' : ''}`;
}
