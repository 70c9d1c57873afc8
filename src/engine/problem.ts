import type { U64 } from './bytes/u64';

/**
 * How bad a problem is. An `error` means that data is damaged or missing; a `warning` that LevelDB would
 * behave in a way its owner may not expect; a `note` is what a crash leaves and LevelDB takes in its stride.
 */
export type Severity = 'error' | 'warning' | 'note';

/** Something wrong at a place: a value, not an exception, so that damage never hides what is sound. */
export interface Problem {
  severity: Severity;
  /** The file's name, relative to the database folder. */
  file: string;
  /** Bytes from the beginning of the file; undefined where the whole file is meant. */
  offset?: U64;
  /** Bytes affected; undefined where that is unknown or the whole file is meant. */
  length?: U64;
  /** A stable word for scripts, such as `checksum-mismatch`. */
  code: ProblemCode;
  /** LevelDB's message where it has one. */
  message: string;
}

export type ProblemCode =
  | 'bad-block'
  | 'bad-current'
  | 'bad-filter'
  | 'bad-footer'
  | 'bad-range'
  | 'bad-record'
  | 'bad-size'
  | 'bad-version-edit'
  | 'bad-write-batch'
  | 'bytes-dropped'
  | 'checksum-mismatch'
  | 'counter-too-low'
  | 'entry-count'
  | 'key-order'
  | 'missing-file'
  | 'orphan-file'
  | 'other-engine'
  | 'overlap'
  | 'sequence'
  | 'stale-file'
  | 'temporary-file'
  | 'torn-tail'
  | 'unknown-comparator'
  | 'unknown-compression'
  | 'unreadable'
  | 'vanished';

/** Receives problems as they are found. */
export type ProblemSink = (problem: Problem) => void;

/** LevelDB's kinds of failure (util/status.cc), as the prefix of its messages. */
export type StatusCode = 'NotFound' | 'Corruption' | 'Not implemented' | 'Invalid argument' | 'IO error';

/**
 * A failure that ends an operation. `message` is LevelDB's text without its prefix; `file` and `offset`
 * say where, if that is known.
 */
export class LsmError extends Error {
  readonly status: StatusCode;
  readonly code:
    | ProblemCode
    | 'not-a-database'
    | 'invalid-argument'
    | 'choice-needed'
    | 'io'
    | 'moved-on'
    | 'bad-backup';
  readonly file: string | undefined;
  readonly offset: U64 | undefined;

  constructor(status: StatusCode, code: LsmError['code'], message: string, file?: string, offset?: U64) {
    super(message);
    this.name = 'LsmError';
    this.status = status;
    this.code = code;
    this.file = file;
    this.offset = offset;
  }
}

/** A Corruption status at a place. */
export function corruption(code: ProblemCode, message: string, file?: string, offset?: U64): LsmError {
  return new LsmError('Corruption', code, message, file, offset);
}
