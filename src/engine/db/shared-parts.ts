// Parts of one or two databases, read by several threads: each takes the next part that nobody has taken and makes it into
// rows; the thread that asked gets these in the order of the parts.

import { joined } from '../bytes/copy';
import type { RowCounts } from '../iterator/kernel-merge';
import { bytewiseComparator } from '../keys/comparator';
import { contentsOf } from './identity';
import { Inspection } from './inspection';
import { partsOf } from './part-reader';
import { makerOf, type PartMaker, type PartWork } from './part-work';
import { Piece, RowRing, SLOT_BYTES } from './row-ring';

/** Other threads that read parts. */
export interface PartHelpers {
  readonly threads: number;
  /** Bytes of tables that one part is to have. */
  readonly partBytes: number;
  /** Bytes that the thread that asks reads before their turn; of a part with more it waits for the turn. */
  readonly aheadBytes: number;
  /** Each of them reads all of the logs. */
  arePartsWorthIt(kind: PartWork['kind'], tableBytes: number, logBytes: number): boolean;
  /** Each begins by `helpParts`, with its number from 0 on. */
  beginParts(request: PartRequest): void;
  /** Whether one of them died. */
  readonly hasFailed: boolean;
  readonly areWorking: boolean;
  /** Nothing more is wanted of them. */
  end(): void;
}

/** What helpers are told, as it crosses between threads. */
export interface PartRequest {
  directories: string[];
  /** What a helper sees must be the same: `contentsOf` each. */
  contents: string[];
  work: PartWork;
  partBytes: number;
  /** The next part that nobody has taken, and how many pieces were put into rings; behind these words a ring for each. */
  memory: SharedArrayBuffer;
}

/** What came of parts that were read together. */
export interface ReadTogether {
  /** Of the rows that were given. They are the first ones that one walk gives. */
  entries: number;
  /** Whether these are all. */
  isWhole: boolean;
}

const WORDS_BYTES = 64;
/** How long nothing else is heard while helpers are waited for. */
const WAIT_MS = 5;
const NO_ENTRIES: RowCounts = { entries: 0, keyBytes: 0, valueBytes: 0 };
const encoder = new TextEncoder();
const decoder = new TextDecoder();

function ringOf(memory: SharedArrayBuffer, helper: number): RowRing {
  return new RowRing(memory, WORDS_BYTES + helper * RowRing.memoryBytes);
}

function takePart(words: Int32Array, parts: number): number | undefined {
  const part = Atomics.add(words, 0, 1);
  return part < parts ? part : undefined;
}

/** A helper's work: makes parts of what it opened until all are taken, if that is what the request is about. */
export function helpParts(inspections: readonly Inspection[], request: PartRequest, helper: number): void {
  const { contents, work, partBytes, memory } = request;
  if (inspections.some((inspection, i) => contentsOf(inspection) !== contents[i])) return;
  const begins = begunAt(inspections, partBytes);
  const words = new Int32Array(memory, 0, 2);
  const ring = ringOf(memory, helper);
  const put: RowRing['put'] = (head, bytes) => {
    ring.put(head, bytes);
    Atomics.add(words, 1, 1);
    Atomics.notify(words, 1);
  };
  const maker = makerOf(inspections, begins, work);
  const parts = begins.length + 1;
  for (let part = takePart(words, parts); part !== undefined; part = takePart(words, parts)) {
    if (!makePart(maker, part, put)) {
      put({ kind: Piece.unsound, part, ...NO_ENTRIES }, new Uint8Array(0));
      return;
    }
  }
}

/** False if there is anything unusual about it. */
function makePart(maker: PartMaker, part: number, put: RowRing['put']): boolean {
  const putPlaces = (kind: number, places: string | undefined) => {
    const text = encoder.encode(places);
    if (places === undefined || text.length > SLOT_BYTES) return false;
    put({ kind, part, ...NO_ENTRIES }, text);
    return true;
  };
  if (!putPlaces(Piece.begin, maker.begin(part))) return false;
  for (let made = maker.next(); made; made = maker.next()) {
    const { bytes, row } = made;
    let at = 0;
    for (; bytes.length - at > SLOT_BYTES; at += SLOT_BYTES)
      put({ kind: Piece.beforeRow, part, ...NO_ENTRIES }, bytes.subarray(at, at + SLOT_BYTES));
    put({ kind: Piece.row, part, ...row }, bytes.subarray(at));
  }
  return putPlaces(Piece.end, maker.end());
}

function begunAt(inspections: readonly Inspection[], partBytes: number): Uint8Array[] {
  return partsOf(
    inspections.map(({ version }) => version),
    partBytes,
  );
}

/**
 * Makes all parts of databases with the help of others, gives `take` their rows in order, and yields entries so far. What `take`
 * gets is valid during the call. Where helpers are of no use, or as soon as there is anything wrong or unusual, it ends: then
 * one walk has to go on from where it came to, and is what tells of it.
 */
export function* readTogether(
  inspections: readonly Inspection[],
  helpers: PartHelpers,
  work: PartWork,
  take: (bytes: Uint8Array, row: RowCounts) => void,
): Generator<number, ReadTogether> {
  const none: ReadTogether = { entries: 0, isWhole: false };
  const tableBytes = sum(
    inspections.flatMap(({ version }) => version.levels.map((_, i) => version.levelBytes(i))),
  );
  const logBytes = sum(inspections.flatMap((db) => db.memtables().map(({ memtable }) => memtable.bytes)));
  if (!helpers.arePartsWorthIt(work.kind, tableBytes, logBytes)) return none;
  const contents = inspections.map(contentsOf);
  for (const { versions, comparator, problems } of inspections) {
    if (!versions.comparatorKnown || comparator !== bytewiseComparator) return none;
    if (problems.some(({ severity }) => severity === 'error')) return none;
  }
  const directories = inspections.map(({ directory }) => directory);
  const memory = new SharedArrayBuffer(WORDS_BYTES + helpers.threads * RowRing.memoryBytes);
  const { partBytes } = helpers;
  helpers.beginParts({ directories, contents, work, partBytes, memory });
  const own: Inspection[] = [];
  try {
    // Read apart from the caller's: what turns out to be wrong is told by the walk that comes after.
    for (const { env, directory, codec } of inspections)
      own.push(Inspection.open(env, directory, { inflate: codec.inflate }));
    if (own.some((db, i) => contentsOf(db) !== contents[i])) return none;
    const begins = begunAt(own, partBytes);
    const shared = new SharedParts(makerOf(own, begins, work), begins.length + 1, helpers, memory, take);
    return yield* shared.run();
  } finally {
    helpers.end();
    for (const db of own) db.close();
  }
}

interface KeptRow {
  bytes: Uint8Array<ArrayBuffer>;
  row: RowCounts;
}

/** A part that was read here before its turn; without `kept` it is too large for that, and is read again. */
interface AheadPart {
  part: number;
  kept: { begin: string; rows: KeptRow[]; end: string } | undefined;
}

class SharedParts {
  private readonly helpers: PartHelpers;
  private readonly words: Int32Array;
  private readonly rings: RowRing[];
  private readonly parts: number;
  private readonly maker: PartMaker;
  private readonly take: (bytes: Uint8Array, row: RowCounts) => void;
  private readonly spare: Uint8Array<ArrayBuffer>[] = [];
  private ahead: AheadPart | undefined;
  /** Of a row that does not fit into one piece. */
  private readonly beforeRow: Uint8Array[] = [];
  private entries = 0;
  /** Where the part before ended. */
  private end: string | undefined;

  constructor(
    maker: PartMaker,
    parts: number,
    helpers: PartHelpers,
    memory: SharedArrayBuffer,
    take: (bytes: Uint8Array, row: RowCounts) => void,
  ) {
    this.maker = maker;
    this.parts = parts;
    this.helpers = helpers;
    this.take = take;
    this.words = new Int32Array(memory, 0, 2);
    this.rings = Array.from({ length: helpers.threads }, (_, helper) => ringOf(memory, helper));
  }

  *run(): Generator<number, ReadTogether> {
    for (let part = 0; part < this.parts; part++) {
      if (!(yield* this.takeOver(part))) return { entries: this.entries, isWhole: false };
    }
    return { entries: this.entries, isWhole: true };
  }

  /** False if the part cannot be had. */
  private *takeOver(part: number): Generator<number, boolean> {
    const { helpers, words } = this;
    for (;;) {
      yield this.entries;
      // Both before the rings are looked at: what is put in from now on is heard of.
      const isAlone = !helpers.areWorking;
      const pieces = Atomics.load(words, 1);
      const { ahead } = this;
      if (ahead?.part === part) {
        this.ahead = undefined;
        return ahead.kept ? this.giveKept(ahead.kept) : this.readNow(part);
      }
      const ring = this.rings.find((candidate) => candidate.peek()?.head.part === part);
      if (ring) {
        const isOver = this.takePiece(ring);
        if (isOver !== undefined) return isOver;
        continue;
      }
      const taken = ahead ? undefined : takePart(words, this.parts);
      if (taken === part) return this.readNow(part);
      if (taken !== undefined) {
        if (!this.readAhead(taken)) return false;
      } else if (isAlone || helpers.hasFailed) return false;
      else Atomics.wait(words, 1, pieces, WAIT_MS);
    }
  }

  private follows(begin: string): boolean {
    return this.end === undefined || this.end === begin;
  }

  private give(bytes: Uint8Array, row: RowCounts): void {
    this.take(bytes, row);
    this.entries += row.entries;
  }

  private readNow(part: number): boolean {
    const { maker } = this;
    const begin = maker.begin(part);
    if (begin === undefined || !this.follows(begin)) return false;
    for (let made = maker.next(); made; made = maker.next()) this.give(made.bytes, made.row);
    this.end = maker.end();
    return this.end !== undefined;
  }

  private giveKept({ begin, rows, end }: NonNullable<AheadPart['kept']>): boolean {
    if (!this.follows(begin)) return false;
    for (const { bytes, row } of rows) {
      this.give(bytes, row);
      this.spare.push(new Uint8Array(bytes.buffer));
    }
    this.end = end;
    return true;
  }

  /** True at the end of the part, false if it cannot be had. */
  private takePiece(ring: RowRing): boolean | undefined {
    const { head, bytes } = ring.peek()!;
    let isOver: boolean | undefined;
    switch (head.kind) {
      case Piece.begin:
        if (!this.follows(textIn(bytes))) isOver = false;
        break;
      case Piece.beforeRow:
        this.beforeRow.push(bytes.slice());
        break;
      case Piece.row:
        this.give(this.beforeRow.length > 0 ? joined([...this.beforeRow.splice(0), bytes]) : bytes, head);
        break;
      case Piece.end:
        this.end = textIn(bytes);
        isOver = true;
        break;
      default:
        isOver = false;
    }
    ring.take();
    return isOver;
  }

  /** False if there is anything unusual about the part. */
  private readAhead(part: number): boolean {
    const { maker } = this;
    const rows: KeptRow[] = [];
    const begin = maker.begin(part);
    if (begin === undefined) return false;
    let left = this.helpers.aheadBytes;
    for (let made = maker.next(); made; made = maker.next()) {
      const { bytes, row } = made;
      left -= bytes.length;
      if (left < 0) {
        this.ahead = { part, kept: undefined };
        return true;
      }
      // Memory is slow when it is used for the first time.
      const kept = this.spare.pop() ?? new Uint8Array(SLOT_BYTES);
      const room = kept.length < bytes.length ? new Uint8Array(bytes.length) : kept;
      room.set(bytes);
      rows.push({ bytes: room.subarray(0, bytes.length), row });
    }
    const end = maker.end();
    if (end !== undefined) this.ahead = { part, kept: { begin, rows, end } };
    return end !== undefined;
  }
}

/** A decoder takes no memory that is shared. */
function textIn(bytes: Uint8Array): string {
  return decoder.decode(bytes.slice());
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
