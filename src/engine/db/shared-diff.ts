// What differs between two databases, of which several threads compare parts.

import { joined } from '../bytes/copy';
import { bytewiseComparator } from '../keys/comparator';
import { diffEntries, diffKeys, type KeyCounts, type KeyDifference } from './diff';
import type { Inspection } from './inspection';
import type { PartWalk } from './part-walk';
import {
  helpParts,
  type PartHelpers,
  type PartReader,
  type PartsRequest,
  partsRequest,
  partWalksOf,
  readTogether,
  type TakePiece,
} from './shared-parts';

export interface DiffHelpers extends PartHelpers {
  /** Of both; each of them reads all of the logs. */
  isDiffWorthIt(tableBytes: number, logBytes: number): boolean;
  /** Each begins by `helpDiff`. */
  beginDiff(request: DiffRequest): void;
}

export interface DiffRequest extends PartsRequest {
  /** So many differences are wanted. */
  limit: number;
}

export interface DatabaseDiff {
  counts: KeyCounts;
  /** The first ones. */
  differences: KeyDifference[];
}

const CHANGES = ['only-in-a', 'only-in-b', 'different'] as const;
const NUMBER_BYTES = 8;
/** Of a part: its bytes; same, different, only in A, only in B, and how many keys follow. */
const HEAD_BYTES = 6 * NUMBER_BYTES;
/** Before each key: its change, and its length. */
const KEY_HEAD_BYTES = 2 * NUMBER_BYTES;

/** Compares parts, each at once, and gives what became of it as one piece: `encode`. */
class DiffReader implements PartReader {
  readonly walk: PartReader['walk'];
  private readonly walks: readonly PartWalk[];
  private readonly limit: number;

  private constructor(walks: readonly PartWalk[], limit: number) {
    this.walks = walks;
    this.limit = limit;
    const both = (places: (string | undefined)[]) =>
      places.includes(undefined) ? undefined : places.join(' | ');
    this.walk = {
      parts: walks[0].parts,
      begin: (part) => both(walks.map((walk) => walk.begin(part))),
      end: () => both(walks.map((walk) => walk.end())),
      close: () => {
        for (const walk of walks) walk.close();
      },
    };
  }

  static of(databases: readonly Inspection[], request: DiffRequest): DiffReader | undefined {
    const walks = partWalksOf(databases, request);
    return walks && new DiffReader(walks, request.limit);
  }

  readOn(take: TakePiece): boolean {
    const [a, b] = this.walks;
    const diff = firstDifferences(this.limit, (onDifference) =>
      diffEntries(bytewiseComparator, a, b, onDifference),
    );
    const { same, different, onlyInA, onlyInB } = diff.counts;
    const entries = same + different + onlyInA + onlyInB;
    take(encode(diff), { entries, keyBytes: 0, valueBytes: 0 });
    return false;
  }
}

/** A helper's work, in the folders that it opened, if that is what the request is about. */
export function helpDiff(databases: readonly Inspection[], request: DiffRequest, helper: number): void {
  const reader = DiffReader.of(databases, request);
  if (reader) helpParts(reader, request.memory, helper);
}

/**
 * As diffKeys, with the first `limit` differences, and with the help of others where it is worth it. Yields keys that were
 * compared so far. At anything wrong or unusual one thread does it all again, and tells of it.
 */
export function* diffDatabases(
  a: Inspection,
  b: Inspection,
  limit: number,
  helpers: DiffHelpers,
): Generator<number, DatabaseDiff> {
  const together = yield* diffTogether(a, b, limit, helpers);
  return together ?? firstDifferences(limit, (onDifference) => diffKeys(a, b, onDifference));
}

function* diffTogether(
  a: Inspection,
  b: Inspection,
  limit: number,
  helpers: DiffHelpers,
): Generator<number, DatabaseDiff | undefined> {
  const isWorthIt = (tableBytes: number, logBytes: number) => helpers.isDiffWorthIt(tableBytes, logBytes);
  const parts = partsRequest([a, b], helpers, isWorthIt);
  if (!parts) return undefined;
  const request = { ...parts, limit };
  const diff = new DiffOfParts(limit);
  helpers.beginDiff(request);
  const isWhole = yield* readTogether(
    [a, b],
    helpers,
    request,
    (own) => DiffReader.of(own, request),
    (bytes) => diff.add(bytes),
  );
  const { counts, differences } = diff;
  return isWhole ? { counts, differences } : undefined;
}

function firstDifferences(
  limit: number,
  compare: (onDifference: (difference: KeyDifference) => void) => KeyCounts,
): DatabaseDiff {
  const differences: KeyDifference[] = [];
  const counts = compare((difference) => {
    if (differences.length < limit) differences.push(difference);
  });
  return { counts, differences };
}

function encode({ counts: { same, different, onlyInA, onlyInB }, differences }: DatabaseDiff): Uint8Array {
  const room = differences.reduce((sum, { key }) => sum + KEY_HEAD_BYTES + key.length, HEAD_BYTES);
  const bytes = new Uint8Array(room);
  const view = new DataView(bytes.buffer);
  let at = 0;
  const put = (value: number) => {
    view.setFloat64(at, value);
    at += NUMBER_BYTES;
  };
  [room, same, different, onlyInA, onlyInB, differences.length].forEach(put);
  for (const { change, key } of differences) {
    put(CHANGES.indexOf(change));
    put(key.length);
    bytes.set(key, at);
    at += key.length;
  }
  return bytes;
}

/** The sum of what parts gave, one behind the other. */
class DiffOfParts {
  readonly counts: KeyCounts = { same: 0, different: 0, onlyInA: 0, onlyInB: 0 };
  readonly differences: KeyDifference[] = [];
  private readonly limit: number;
  /** Of a part that is not all there. */
  private pending: Uint8Array[] = [];
  private pendingBytes = 0;

  constructor(limit: number) {
    this.limit = limit;
  }

  /** Takes a piece, of which nothing is kept. A part begins a piece. */
  add(piece: Uint8Array): void {
    this.pending.push(piece.slice());
    this.pendingBytes += piece.length;
    const [first] = this.pending;
    if (this.pendingBytes < new DataView(first.buffer).getFloat64(0)) return;
    this.addPart(joined(this.pending));
    this.pending = [];
    this.pendingBytes = 0;
  }

  private addPart(bytes: Uint8Array): void {
    const { counts, differences, limit } = this;
    const view = new DataView(bytes.buffer);
    let at = NUMBER_BYTES;
    const next = () => {
      const value = view.getFloat64(at);
      at += NUMBER_BYTES;
      return value;
    };
    counts.same += next();
    counts.different += next();
    counts.onlyInA += next();
    counts.onlyInB += next();
    for (let keys = next(); keys > 0 && differences.length < limit; keys--) {
      const change = CHANGES[next()];
      const length = next();
      differences.push({ change, key: bytes.slice(at, at + length) });
      at += length;
    }
  }
}
