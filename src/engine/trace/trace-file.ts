// A trace as JSON lines: a header, then one event a line. README.md has the schema.

import { type DatabaseFingerprint, fingerprintForm } from '../db/fingerprint';
import { LsmError } from '../problem';
import { readEvent, tracedOptionsForm, writeEvent } from './event-forms';
import { TRACE_VERSION, type TracedOptions, type TraceEvent, type TraceGrain } from './events';
import {
  count,
  type Form,
  FormError,
  fieldOf,
  flag,
  isObject,
  type Json,
  list,
  object,
  oneOf,
  optional,
  text,
} from './json-form';

export const TRACE_FORMAT = 'lsm-trace';

/** What a trace is of. */
export interface TraceHeader {
  /** Who made it: a name and a version. */
  engine: string;
  grain: TraceGrain;
  options: TracedOptions;
  /** The database as it was before; undefined for a new one. */
  database: DatabaseFingerprint | undefined;
  /** Nothing of it was done to the database. */
  dryRun: boolean;
  /** What a recording in bounded memory did not keep; undefined if all is there. */
  leftOut: LeftOut[] | undefined;
}

/** Events that a recording left out, from the event with the index `from` on. */
export interface LeftOut {
  without: 'entries' | 'blocks' | 'everything';
  from: number;
  /** How many. */
  events: number;
}

export interface Trace {
  header: TraceHeader;
  events: TraceEvent[];
}

const leftOutForm: Form<LeftOut> = object<LeftOut>({
  without: oneOf('entries', 'blocks', 'everything'),
  from: count,
  events: count,
});

const headerForm: Form<TraceHeader> = object<TraceHeader>({
  engine: text,
  grain: oneOf('files', 'entries'),
  options: tracedOptionsForm,
  database: optional(fingerprintForm),
  dryRun: flag,
  leftOut: optional(list(leftOutForm)),
});

/** The first line of a trace, without its end. */
export function headerLine(header: TraceHeader): string {
  const fields = headerForm.write(header) as { [field: string]: Json };
  return JSON.stringify({ format: TRACE_FORMAT, version: TRACE_VERSION, ...fields });
}

/** The line of an event, without its end. */
export function eventLine(event: TraceEvent): string {
  return JSON.stringify(writeEvent(event));
}

/** Longer lines are no event's: sizes from a file are bounded before they are taken. */
const MAX_LINE_CHARACTERS = 1 << 28;

/**
 * Reads a trace line by line; blank lines are passed by. Throws an LsmError with the number of the line at the first
 * one that is not what it has to be. `file` is for messages.
 */
export class TraceReader {
  header: TraceHeader | undefined;
  private readonly file: string;
  private line = 0;

  constructor(file = 'trace') {
    this.file = file;
  }

  /** The event of the next line; undefined for the header and for a blank line. */
  read(line: string): TraceEvent | undefined {
    this.line++;
    if (line.length > MAX_LINE_CHARACTERS) this.fail('the line is too long');
    if (line.trim() === '') return undefined;
    try {
      const json = JSON.parse(line) as Json;
      if (this.header) return readEvent(json);
      this.header = readHeader(json);
      return undefined;
    } catch (error) {
      if (error instanceof SyntaxError) this.fail('not JSON');
      if (error instanceof FormError) this.fail(error.message);
      // Nested so deeply that nobody but a stranger wrote it.
      if (error instanceof RangeError) this.fail('not an event');
      throw error;
    }
  }

  /** Throws if there was no header. */
  end(): TraceHeader {
    return this.header ?? this.fail('there is no header: the file is empty');
  }

  private fail(message: string): never {
    const text = `line ${this.line}: ${message}`;
    throw new LsmError('Invalid argument', 'invalid-argument', text, this.file);
  }
}

/** A whole trace. */
export function parseTrace(contents: string, file?: string): Trace {
  const reader = new TraceReader(file);
  const events: TraceEvent[] = [];
  for (let start = 0; start < contents.length; ) {
    const newline = contents.indexOf('\n', start);
    const end = newline < 0 ? contents.length : newline;
    const event = reader.read(contents.slice(start, end));
    if (event) events.push(event);
    start = end + 1;
  }
  return { header: reader.end(), events };
}

function readHeader(json: Json): TraceHeader {
  if (!isObject(json) || fieldOf(json, 'format') !== TRACE_FORMAT) {
    throw new FormError(`not a trace: its first line has no "format":"${TRACE_FORMAT}"`);
  }
  const version = count.read(fieldOf(json, 'version'), 'version');
  if (version < 1 || version > TRACE_VERSION) {
    throw new FormError(`the trace is of version ${version}; versions 1 to ${TRACE_VERSION} are read here`);
  }
  return headerForm.read(json, 'header');
}
