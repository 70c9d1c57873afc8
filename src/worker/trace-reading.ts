import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { StringDecoder } from 'node:string_decoder';
import { equalBytes } from '../engine/bytes/compare';
import type { U64 } from '../engine/bytes/u64';
import { envErrorOf } from '../engine/env/node';
import type { FileMetaData } from '../engine/manifest/version-edit';
import { LsmError } from '../engine/problem';
import type { TraceEvent } from '../engine/trace/events';
import { Replay } from '../engine/trace/replay/replay';
import { type TraceHeader, TraceReader } from '../engine/trace/trace-file';
import type { JobOf } from './job';
import { memoryOf, RECORD_LIMITS, type RecordLimits } from './trace-recorder';

const READ_BYTES = 1 << 18;

export interface ReadTrace {
  header: TraceHeader;
  replay: Replay;
}

/**
 * Reads a `.lsmtrace` piece by piece. Throws EnvError for the file, and an LsmError with the number of the line for what
 * is no trace, or for one that would take more memory than a recording may.
 */
export function* readTrace(path: string, limits: RecordLimits = RECORD_LIMITS): JobOf<ReadTrace> {
  const descriptor = attempt(path, () => openSync(path, 'r'));
  try {
    const total = attempt(path, () => fstatSync(descriptor).size);
    const reader = new TraceReader(path);
    const replay = new Replay();
    const files = new KnownFiles();
    const decoder = new StringDecoder('utf8');
    const buffer = Buffer.alloc(READ_BYTES);
    let memory = 0;
    let rest: string[] = [];
    let done = 0;
    const take = (line: string) => {
      const event = reader.read(line);
      if (!event) return;
      files.shareIn(event);
      memory += memoryOf(event);
      if (replay.length >= limits.events || memory > limits.bytes) {
        const message = `after ${replay.length} events the trace is larger than can be shown`;
        throw new LsmError('Invalid argument', 'invalid-argument', message, path);
      }
      replay.append(event);
    };
    for (;;) {
      const count = attempt(path, () => readSync(descriptor, buffer, 0, READ_BYTES, done));
      const pieces = (count === 0 ? decoder.end() : decoder.write(buffer.subarray(0, count))).split('\n');
      for (const [i, piece] of pieces.entries()) {
        rest.push(piece);
        if (i === pieces.length - 1) break;
        take(rest.join(''));
        rest = [];
      }
      if (count === 0) break;
      done += count;
      yield { detail: path, done, total };
    }
    const last = rest.join('');
    if (last !== '') take(last);
    return { header: reader.end(), replay };
  } finally {
    closeSync(descriptor);
  }
}

/** A version's list of files is that of the one before but for a few: each is kept once. */
class KnownFiles {
  private readonly files = new Map<U64, FileMetaData>();

  shareIn(event: TraceEvent): void {
    if (event.type !== 'version' && event.type !== 'manifest-end') return;
    for (const level of event.levels) for (const [i, file] of level.entries()) level[i] = this.shared(file);
  }

  private shared(file: FileMetaData): FileMetaData {
    const known = this.files.get(file.number);
    const { size, smallest, largest } = file;
    if (known?.size === size && equalBytes(known.smallest, smallest) && equalBytes(known.largest, largest)) {
      return known;
    }
    this.files.set(file.number, file);
    return file;
  }
}

function attempt<T>(path: string, operation: () => T): T {
  try {
    return operation();
  } catch (error) {
    throw envErrorOf(path, error as NodeJS.ErrnoException);
  }
}
