import type { TraceEvent } from '../engine/trace/events';
import { cutText } from './cut';
import type { StepFrame } from './trace-api';
import { rowOfEntry } from './trace-table';

/** What an event says of itself; undefined if the rest of the frame shows it. */
export function stepOf(event: TraceEvent, index: number): StepFrame | undefined {
  const { type } = event;
  switch (type) {
    case 'manifest-edit': {
      const { newFiles, deletedFiles, compactPointers, ...edit } = event.edit;
      const { logNumber, prevLogNumber, nextFileNumber, lastSequence } = edit;
      const counters = [logNumber, prevLogNumber, nextFileNumber, lastSequence];
      return {
        type,
        comparator: edit.comparator !== undefined,
        added: newFiles.length,
        removed: deletedFiles.length,
        pointers: compactPointers.length,
        counters: counters.some((counter) => counter !== undefined),
      };
    }
    case 'log-skipped':
      return { type, file: event.file, logNumber: event.logNumber };
    case 'log-unreadable':
      return { type, file: event.file, message: cutText(event.message) };
    case 'log-batch':
      return {
        type,
        file: event.file,
        offset: event.offset,
        sequence: event.sequence,
        count: event.count,
      };
    case 'log-batch-fault':
    case 'log-dropped':
      return { ...event, reason: cutText(event.reason) };
    case 'memtable-switch':
      return { type, log: event.log, memoryUsage: event.memoryUsage, entries: event.entries };
    case 'move':
      return { type, table: event.file.number, level: event.level, bytes: Number(event.file.size) };
    case 'output-block': {
      const { table, offset, bytes, rawBytes, entries } = event;
      return { type, table, offset, bytes, rawBytes, entries };
    }
    case 'entry-kept':
    case 'entry-dropped':
      return { type, entry: rowOfEntry(event, index) };
    case 'output-end': {
      const { table, file, entries, why } = event;
      return { type, table, bytes: Number(file.size), entries, why };
    }
    case 'write':
      return { type, sequence: event.sequence, count: event.count, bytes: event.bytes };
    case 'error':
      return { ...event, message: cutText(event.message) };
    case 'log-end':
    case 'compact-range':
    case 'input-block':
    case 'input-block-end':
    case 'output-begin':
    case 'remove':
    case 'stall':
    case 'seek-charge':
      return { ...event };
    default:
      return undefined;
  }
}
