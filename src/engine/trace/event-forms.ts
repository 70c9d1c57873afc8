// The JSON form of every event. The compiler holds it against events.ts: an event or field without a form is an error.

import type { CompactionLimits } from '../compaction/limits';
import { type FileMetaData, LEVELS } from '../manifest/version-edit';
import type {
  DropReason,
  EventOf,
  FlushLevelReason,
  KeepReason,
  OutputEnd,
  TracedOptions,
  TraceEvent,
} from './events';
import {
  bytes,
  count,
  type FieldForms,
  type Form,
  FormError,
  fieldOf,
  fixedList,
  flag,
  integer,
  internalKey,
  isObject,
  type Json,
  level,
  levels,
  list,
  object,
  oneOf,
  optional,
  real,
  tableFile,
  text,
  u64,
  versionEdit,
} from './json-form';

type EventForms = { [Type in TraceEvent['type']]: FieldForms<Omit<EventOf<Type>, 'type'>> };

const limits: Form<CompactionLimits> = object<CompactionLimits>({
  level0Files: count,
  level0SlowdownFiles: count,
  level0StopFiles: count,
  level1Bytes: real,
  maxFlushLevel: count,
  maxFileBytes: count,
});

export const tracedOptionsForm: Form<TracedOptions> = object<TracedOptions>({
  comparator: text,
  createIfMissing: flag,
  paranoidChecks: flag,
  verifyChecksums: flag,
  reuseLogs: flag,
  writeBufferSize: count,
  maxWriteBufferNumber: count,
  blockSize: count,
  blockRestartInterval: count,
  compression: text,
  filterPolicy: optional(text),
  limits,
});

const inputs = fixedList<FileMetaData[]>(list(tableFile), 2) as Form<[FileMetaData[], FileMetaData[]]>;
/** Of all levels but the last. */
const scores = fixedList(real, LEVELS - 1);
const numbers = list(u64);
const fault = { file: text, offset: count, reason: text, ignored: flag };

const forms: EventForms = {
  open: { directory: text, options: tracedOptionsForm, grain: oneOf('files', 'entries') },
  lock: {},
  create: { manifest: text },
  current: { manifest: text },
  'manifest-edit': { manifest: text, index: count, offset: count, edit: versionEdit },
  'manifest-end': {
    manifest: text,
    edits: count,
    nextFileNumber: u64,
    logNumber: u64,
    prevLogNumber: u64,
    lastSequence: u64,
    levels,
    scores,
    reused: flag,
  },
  'missing-files': { files: list(text) },
  'log-skipped': { file: text, number: u64, logNumber: u64 },
  logs: { files: list(text) },
  'log-begin': { file: text, number: u64, bytes: count },
  'log-unreadable': { file: text, number: u64, message: text },
  'log-batch': {
    file: text,
    offset: count,
    bytes: count,
    sequence: u64,
    count,
    memoryUsage: count,
  },
  'log-batch-fault': { ...fault, kept: count },
  'log-dropped': { ...fault, bytes: count },
  'log-end': { file: text, batches: count, maxSequence: u64, reused: flag },
  'open-end': { lastSequence: u64, logFile: text },

  'memtable-switch': { log: text, memoryUsage: count, entries: count, waiting: count },
  'flush-begin': {
    table: u64,
    log: text,
    entries: count,
    memoryUsage: count,
    during: oneOf('recovery', 'writing'),
  },
  'flush-progress': { table: u64, entries: count, entriesTotal: count, bytesWritten: count },
  'flush-end': {
    table: u64,
    bytes: count,
    level,
    file: optional(tableFile),
    why: oneOf<FlushLevelReason>(
      'recovery always flushes to level 0',
      'it overlaps level 0',
      'it overlaps the next level',
      'it overlaps too much of the level after the next',
      'no flush goes deeper',
      'nothing to flush',
    ),
  },

  'compact-range': { begin: optional(bytes), end: optional(bytes), deepest: level },
  pick: {
    reason: oneOf('size', 'seek', 'manual'),
    level,
    begin: optional(bytes),
    end: optional(bytes),
    scores,
    pointerBefore: optional(internalKey),
    pointerAfter: optional(internalKey),
    inputs,
    first: optional(u64),
    overlapping: numbers,
    boundary: numbers,
    expanded: numbers,
    expansionRefused: optional(text),
    grandparents: list(tableFile),
    trivialMove: flag,
    smallestSnapshot: u64,
  },
  move: { level, file: tableFile },
  'compaction-progress': { entries: count, bytesRead: count, bytesTotal: count, bytesWritten: count },
  'input-block': { table: u64, level, offset: count, bytes: count },
  'input-block-end': {
    table: u64,
    level,
    offset: count,
    entries: count,
    kept: count,
    shadowed: count,
    deletions: count,
  },
  'output-block': {
    table: u64,
    offset: count,
    bytes: count,
    rawBytes: count,
    entries: count,
    compression: count,
  },
  'entry-kept': {
    key: internalKey,
    valueBytes: count,
    why: oneOf<KeepReason>(
      'newest',
      'a snapshot needs it',
      'a deletion that hides something below',
      'unreadable key',
    ),
    output: u64,
    from: optional(u64),
    block: optional(count),
  },
  'entry-dropped': {
    key: internalKey,
    valueBytes: count,
    why: oneOf<DropReason>('shadowed', 'deletion with nothing below'),
    by: optional(u64),
    from: optional(u64),
    block: optional(count),
  },
  'output-begin': { table: u64, level },
  'output-end': {
    table: u64,
    file: tableFile,
    entries: count,
    why: oneOf<OutputEnd>('file size', 'grandparent overlap', 'end of input'),
  },
  'compaction-end': {
    level,
    bytesRead: count,
    bytesWritten: count,
    entriesRead: count,
    entriesKept: count,
    shadowed: count,
    deletions: count,
  },

  write: { sequence: u64, count, bytes: count, memoryUsage: count },
  version: { edit: versionEdit, levels, scores, manifest: text, newManifest: flag },
  remove: { file: text, kind: oneOf('log', 'manifest', 'table', 'temporary') },
  stall: { why: oneOf('slow down', 'memtable full', 'too many files in level 0'), level0Files: count },
  'seek-charge': { table: u64, level, left: integer, by: oneOf('get', 'sample') },
  error: { message: text, file: optional(text), offset: optional(u64) },
};

type AnyForm = Form<Omit<TraceEvent, 'type'>>;

const byType = new Map<string, AnyForm>(
  Object.entries(forms).map(([type, fields]) => [type, object(fields as FieldForms<object>) as AnyForm]),
);

/** An event as JSON. */
export function writeEvent(event: TraceEvent): { [field: string]: Json } {
  const fields = byType.get(event.type)!.write(event) as { [field: string]: Json };
  return { type: event.type, ...fields };
}

/** The event that writeEvent wrote. Throws a FormError. */
export function readEvent(json: Json): TraceEvent {
  if (!isObject(json)) throw new FormError('an event is an object');
  const type = text.read(fieldOf(json, 'type'), 'type');
  const form = byType.get(type);
  if (!form) throw new FormError(`there is no event "${type.slice(0, 40)}"`);
  return { type, ...form.read(json, type) } as TraceEvent;
}
