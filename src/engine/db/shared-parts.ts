// Parts of a database that several threads read, and what they read, in order. The thread that asked takes all that the others
// read, and reads parts itself where it would wait.

import { EnvError } from '../env/env';
import type { RowCounts } from '../iterator/kernel-merge';
import { bytewiseComparator } from '../keys/comparator';
import { LsmError } from '../problem';
import { contentsOf } from './identity';
import { Inspection } from './inspection';
import { filesIn, PartWalk, partsOf } from './part-walk';
import { Piece, type PieceHead, RowRing, SLOT_BYTES } from './row-ring';
import type { KeyRange } from './scan';

/** Other threads that read parts. Each begins by `helpParts`, with its number from 0 on. */
export interface PartHelpers {
  readonly threads: number;
  /** Bytes of tables that one part is to have. */
  readonly partBytes: number;
  /** Whether one of them died. */
  readonly hasFailed: boolean;
  readonly areWorking: boolean;
  /** Nothing more is wanted of them. */
  end(): void;
}

/** What helpers are told of each such job, as it crosses between threads. */
export interface PartsRequest {
  /** Of the databases that are read. */
  directories: string[];
  /** What a helper sees must be the same: `contentsOf` each. */
  contents: string[];
  partBytes: number;
  /** The next part that nobody has taken, and how many pieces were put into rings; behind these words a ring for each. */
  memory: SharedArrayBuffer;
}

/** Takes a piece of what is read, which is valid during the call, and the entries in it. */
export type TakePiece = (bytes: Uint8Array, row: RowCounts) => void;

/** Reads parts: what a thread has of its own. */
export interface PartReader {
  readonly walk: Pick<PartWalk, 'parts' | 'begin' | 'end' | 'close'>;
  /** Reads on in the part at whose begin the walk is; false at its end, or where there is anything unusual. */
  readOn(take: TakePiece): boolean;
}

const WORDS_BYTES = 64;
/** How long nothing else is heard while helpers are waited for. */
const WAIT_MS = 5;
const NO_ROW: RowCounts = { entries: 0, keyBytes: 0, valueBytes: 0 };
const encoder = new TextEncoder();
const decoder = new TextDecoder();

/**
 * What is asked of helpers. Undefined if that is not worth it by `isWorthIt`, which is told the bytes of tables and those of
 * logs, all of which every thread reads; or if several threads cannot read the databases.
 */
export function partsRequest(
  databases: readonly Inspection[],
  { threads, partBytes }: PartHelpers,
  isWorthIt: (tableBytes: number, logBytes: number) => boolean,
  range?: KeyRange,
): PartsRequest | undefined {
  if (!databases.every(isInKnownOrder)) return undefined;
  const files = databases.flatMap(({ version }) => filesIn(version, range));
  const logs = databases.flatMap((database) => database.memtables());
  const tableBytes = files.reduce((sum, { size }) => sum + Number(size), 0);
  const logBytes = logs.reduce((sum, { memtable }) => sum + memtable.bytes, 0);
  if (!isWorthIt(tableBytes, logBytes)) return undefined;
  if (databases.some(({ problems }) => problems.some(({ severity }) => severity === 'error')))
    return undefined;
  return {
    directories: databases.map(({ directory }) => directory),
    contents: databases.map(contentsOf),
    partBytes,
    memory: new SharedArrayBuffer(WORDS_BYTES + threads * RowRing.memoryBytes),
  };
}

function isInKnownOrder({ versions, comparator }: Inspection): boolean {
  return versions.comparatorKnown && comparator === bytewiseComparator;
}

/** Walks over the same parts of all databases; undefined if one has other contents by now than the request says. */
export function partWalksOf(
  databases: readonly Inspection[],
  { contents, partBytes }: PartsRequest,
  range?: KeyRange,
): PartWalk[] | undefined {
  const areSame = () => databases.every((database, i) => contentsOf(database) === contents[i]);
  if (!areSame()) return undefined;
  const begins = partsOf(
    databases.flatMap(({ version }) => filesIn(version, range)),
    partBytes,
  );
  const walks = databases.map((database) => new PartWalk(database, begins, range));
  // A newer moment may have been taken for a table that went.
  return areSame() ? walks : undefined;
}

/**
 * Reads all parts with the help of others, who have begun, and gives what one walk gives to `take`, in its order. Yields
 * entries so far. Whether all parts could be had; what was taken is right up to there.
 */
export function* readTogether(
  databases: readonly Inspection[],
  helpers: PartHelpers,
  request: PartsRequest,
  readerOf: (databases: Inspection[]) => PartReader | undefined,
  take: TakePiece,
): Generator<number, boolean> {
  const own: Inspection[] = [];
  try {
    const reader = attempt(() => {
      // Apart from the caller's: what turns out to be wrong is told by the walk that comes after.
      for (const { env, directory, codec } of databases)
        own.push(Inspection.open(env, directory, { inflate: codec.inflate }));
      return readerOf(own);
    });
    return reader !== undefined && (yield* new SharedParts(reader, helpers, request, take).run());
  } finally {
    helpers.end();
    for (const database of own) database.close();
  }
}

/** Undefined if the database went meanwhile. */
function attempt<T>(open: () => T): T | undefined {
  try {
    return open();
  } catch (error) {
    if (error instanceof LsmError || error instanceof EnvError) return undefined;
    throw error;
  }
}

function ringOf(memory: SharedArrayBuffer, helper: number): RowRing {
  return new RowRing(memory, WORDS_BYTES + helper * RowRing.memoryBytes);
}

function takePart(words: Int32Array, parts: number): number | undefined {
  const part = Atomics.add(words, 0, 1);
  return part < parts ? part : undefined;
}

/** A helper's work: reads parts until all are taken. */
export function helpParts(reader: PartReader, memory: SharedArrayBuffer, helper: number): void {
  const words = new Int32Array(memory, 0, 2);
  const ring = ringOf(memory, helper);
  const { walk } = reader;
  const put = (head: Omit<PieceHead, 'bytes'>, bytes: Uint8Array) => {
    ring.put(head, bytes);
    Atomics.add(words, 1, 1);
    Atomics.notify(words, 1);
  };
  for (;;) {
    const part = takePart(words, walk.parts);
    if (part === undefined) return;
    const putPlace = (kind: number, place: string | undefined): boolean => {
      const text = encoder.encode(place);
      const isSound = place !== undefined && text.length <= SLOT_BYTES;
      if (isSound) put({ kind, part, ...NO_ROW }, text);
      else put({ kind: Piece.unsound, part, ...NO_ROW }, new Uint8Array(0));
      return isSound;
    };
    const putRead: TakePiece = (bytes, row) => {
      put({ kind: Piece.read, part, ...row }, bytes.subarray(0, SLOT_BYTES));
      for (let at = SLOT_BYTES; at < bytes.length; at += SLOT_BYTES)
        put({ kind: Piece.read, part, ...NO_ROW }, bytes.subarray(at, at + SLOT_BYTES));
    };
    if (!putPlace(Piece.begin, walk.begin(part))) return;
    while (reader.readOn(putRead));
    if (!putPlace(Piece.end, walk.end())) return;
  }
}

/** What is kept of a part that is read before its turn. */
const AHEAD_BYTES = 16 << 20;

/** A part that is read here. */
interface OwnPart {
  part: number;
  begin: string | undefined;
  /** What was read before its turn. */
  pieces: { bytes: Uint8Array<ArrayBuffer>; row: RowCounts }[];
  bytes: number;
  isRead: boolean;
}

/** The work of the thread that asked. */
class SharedParts {
  /** That were taken. */
  private entries = 0;
  private readonly reader: PartReader;
  private readonly helpers: PartHelpers;
  private readonly words: Int32Array;
  private readonly rings: RowRing[];
  private readonly take: TakePiece;
  private readonly spare: Uint8Array<ArrayBuffer>[] = [];
  private own: OwnPart | undefined;
  /** Where all runs stand behind what was taken. */
  private place: string | undefined;

  constructor(reader: PartReader, helpers: PartHelpers, { memory }: PartsRequest, take: TakePiece) {
    this.reader = reader;
    this.helpers = helpers;
    this.words = new Int32Array(memory, 0, 2);
    this.rings = Array.from({ length: helpers.threads }, (_, helper) => ringOf(memory, helper));
    this.take = (bytes, row) => {
      this.entries += row.entries;
      take(bytes, row);
    };
  }

  *run(): Generator<number, boolean> {
    const { walk } = this.reader;
    try {
      for (let part = 0; part < walk.parts; part++) if (!(yield* this.takePart(part))) return false;
      return true;
    } finally {
      walk.close();
    }
  }

  private *takePart(part: number): Generator<number, boolean> {
    const { helpers, words } = this;
    for (;;) {
      yield this.entries;
      // Both before the rings are looked at: what is put in from now on is heard of.
      const isAlone = !helpers.areWorking;
      const pieces = Atomics.load(words, 1);
      if (this.own?.part === part) return yield* this.takeOwn(this.own);
      const ring = this.rings.find((candidate) => candidate.peek()?.head.part === part);
      if (ring) {
        const state = this.takePiece(ring);
        if (state !== 'on') return state === 'end';
      } else if (!this.readAhead()) {
        if (isAlone || helpers.hasFailed) return false;
        Atomics.wait(words, 1, pieces, WAIT_MS);
      }
    }
  }

  /** Whether the next part begins where what was taken ends. */
  private goesOn(part: number, begin: string | undefined): boolean {
    return begin !== undefined && (part === 0 || begin === this.place);
  }

  private takePiece(ring: RowRing): 'on' | 'end' | 'unsound' {
    const { head, bytes } = ring.peek()!;
    const { kind, part } = head;
    if (kind === Piece.read) this.take(bytes, head);
    // A decoder takes no memory that is shared.
    const place = kind === Piece.read ? '' : decoder.decode(bytes.slice());
    ring.take();
    if (kind === Piece.unsound || (kind === Piece.begin && !this.goesOn(part, place))) return 'unsound';
    if (kind !== Piece.end) return 'on';
    this.place = place;
    return 'end';
  }

  private *takeOwn({ part, begin, pieces, isRead }: OwnPart): Generator<number, boolean> {
    const { reader } = this;
    this.own = undefined;
    if (!this.goesOn(part, begin)) return false;
    for (const { bytes, row } of pieces) {
      this.take(bytes, row);
      this.spare.push(new Uint8Array(bytes.buffer));
    }
    if (!isRead) while (reader.readOn(this.take)) yield this.entries;
    this.place = reader.walk.end();
    return this.place !== undefined;
  }

  /** Begins a part of our own, or reads on a bit in it; false if there is none, or if enough was read before its turn. */
  private readAhead(): boolean {
    const { own, reader } = this;
    if (!own) {
      const part = takePart(this.words, reader.walk.parts);
      if (part === undefined) return false;
      this.own = { part, begin: reader.walk.begin(part), pieces: [], bytes: 0, isRead: false };
      return true;
    }
    if (own.begin === undefined || own.isRead || own.bytes >= AHEAD_BYTES) return false;
    const keep: TakePiece = (bytes, row) => {
      // Memory is slow when it is used for the first time.
      const kept = this.spare.pop() ?? new Uint8Array(SLOT_BYTES);
      const room = kept.length < bytes.length ? new Uint8Array(bytes.length) : kept;
      room.set(bytes);
      own.pieces.push({ bytes: room.subarray(0, bytes.length), row });
      own.bytes += bytes.length;
    };
    own.isRead = !reader.readOn(keep);
    return true;
  }
}
