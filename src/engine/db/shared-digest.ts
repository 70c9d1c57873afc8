// A digest of all that a reader sees, of which several threads read parts. FNV-1a goes through its bytes one behind the
// other, so one thread takes them all, in the order of the parts; what it waits for meanwhile it reads too.

import type { RowCounts } from '../iterator/kernel-merge';
import { bytewiseComparator } from '../keys/comparator';
import { contentsOf } from './identity';
import { Inspection } from './inspection';
import { type PartProof, PartRows, partsOf } from './part-rows';
import { Piece, RowRing, SLOT_BYTES } from './row-ring';
import { RunningDigest, type ScanDigest } from './scan';

/** Other threads that read parts. */
export interface DigestHelpers {
  readonly threads: number;
  /** Bytes of tables that one part is to have. */
  readonly partBytes: number;
  /** Each of them reads all of the logs. */
  isDigestWorthIt(tableBytes: number, logBytes: number): boolean;
  /** Each begins by `helpDigest`, with its number from 0 on. */
  beginDigest(request: DigestRequest): void;
  /** Whether one of them died. */
  readonly hasFailed: boolean;
  readonly areWorking: boolean;
  /** Nothing more is wanted of them. */
  end(): void;
}

/** What helpers are told, as it crosses between threads. */
export interface DigestRequest {
  directory: string;
  /** What a helper sees must be the same: `contentsOf`. */
  contents: string;
  partBytes: number;
  /** The next part that nobody has taken, and how many pieces were put into rings; behind these words a ring for each. */
  memory: SharedArrayBuffer;
}

const WORDS_BYTES = 64;
/** How long nothing else is heard while helpers are waited for. */
const WAIT_MS = 5;
const encoder = new TextEncoder();
const decoder = new TextDecoder();

function ringOf(memory: SharedArrayBuffer, helper: number): RowRing {
  return new RowRing(memory, WORDS_BYTES + helper * RowRing.memoryBytes);
}

function takePart(words: Int32Array, parts: number): number | undefined {
  const part = Atomics.add(words, 0, 1);
  return part < parts ? part : undefined;
}

/** A helper's work: reads parts of the folder that it opened until all are taken, if it is what the request is about. */
export function helpDigest(
  inspection: Inspection,
  { contents, partBytes, memory }: DigestRequest,
  helper: number,
): void {
  if (contentsOf(inspection) !== contents) return;
  const begins = partsOf(inspection.version, partBytes);
  const words = new Int32Array(memory, 0, 2);
  const ring = ringOf(memory, helper);
  const put: RowRing['put'] = (head, bytes) => {
    ring.put(head, bytes);
    Atomics.add(words, 1, 1);
    Atomics.notify(words, 1);
  };
  const rows = new PartRows(inspection.holdMoment(), begins);
  const none = { entries: 0, keyBytes: 0, valueBytes: 0 };
  for (let part = takePart(words, begins.length + 1); part !== undefined; ) {
    const piece = { kind: Piece.row, part, ...none };
    const proof = rows.read(part, (bytes, row) => {
      put({ ...piece, ...row }, bytes.subarray(0, SLOT_BYTES));
      for (let at = SLOT_BYTES; at < bytes.length; at += SLOT_BYTES)
        put(piece, bytes.subarray(at, at + SLOT_BYTES));
    });
    const text = encoder.encode(JSON.stringify(proof));
    if (!proof || text.length > SLOT_BYTES) {
      put({ ...piece, kind: Piece.unsound }, new Uint8Array(0));
      return;
    }
    put({ ...piece, kind: Piece.end }, text);
    part = takePart(words, begins.length + 1);
  }
}

/**
 * Digests all of a database with the help of others, and yields entries so far. Gives undefined where they cannot help, or
 * where there is anything wrong or unusual: then `digestScan` is what tells of it.
 */
export function* digestTogether(
  inspection: Inspection,
  helpers: DigestHelpers,
): Generator<number, ScanDigest | undefined> {
  const { env, directory, codec, versions, version, comparator } = inspection;
  const bytes = version.levels.flat().reduce((sum, { size }) => sum + Number(size), 0);
  const logBytes = inspection.memtables().reduce((sum, { memtable }) => sum + memtable.bytes, 0);
  if (!helpers.isDigestWorthIt(bytes, logBytes)) return undefined;
  if (!versions.comparatorKnown || comparator !== bytewiseComparator) return undefined;
  const contents = contentsOf(inspection);
  if (inspection.problems.some(({ severity }) => severity === 'error')) return undefined;
  const memory = new SharedArrayBuffer(WORDS_BYTES + helpers.threads * RowRing.memoryBytes);
  helpers.beginDigest({ directory, contents, partBytes: helpers.partBytes, memory });
  // Read apart from the caller's: what turns out to be wrong is told by the walk that comes after.
  const own = Inspection.open(env, directory, { inflate: codec.inflate });
  try {
    if (contentsOf(own) !== contents) return undefined;
    return yield* new SharedDigest(own, helpers, memory).run();
  } finally {
    helpers.end();
    own.close();
  }
}

interface OwnRow {
  bytes: Uint8Array<ArrayBuffer>;
  row: RowCounts;
}

class SharedDigest {
  private readonly helpers: DigestHelpers;
  private readonly words: Int32Array;
  private readonly rings: RowRing[];
  private readonly parts: number;
  private readonly rows: PartRows;
  private readonly digest = new RunningDigest();
  private readonly spare: Uint8Array<ArrayBuffer>[] = [];
  /** A part that was read here before its turn. */
  private ready: { part: number; rows: OwnRow[]; proof: PartProof } | undefined;

  constructor(db: Inspection, helpers: DigestHelpers, memory: SharedArrayBuffer) {
    this.helpers = helpers;
    this.words = new Int32Array(memory, 0, 2);
    this.rings = Array.from({ length: helpers.threads }, (_, helper) => ringOf(memory, helper));
    const begins = partsOf(db.version, helpers.partBytes);
    this.parts = begins.length + 1;
    this.rows = new PartRows(db.holdMoment(), begins);
  }

  *run(): Generator<number, ScanDigest | undefined> {
    const { digest, parts } = this;
    let end: string | undefined;
    for (let part = 0; part < parts; part++) {
      const proof = yield* this.digestPart(part);
      if (!proof || (end !== undefined && proof.begin !== end)) return undefined;
      end = proof.end;
    }
    return digest.result;
  }

  /** Undefined if the part cannot be had. */
  private *digestPart(part: number): Generator<number, PartProof | undefined> {
    const { digest, helpers, words } = this;
    for (;;) {
      yield digest.entries;
      // Both before the rings are looked at: what is put in from now on is heard of.
      const isAlone = !helpers.areWorking;
      const pieces = Atomics.load(words, 1);
      if (this.ready?.part === part) return this.digestReady();
      const ring = this.rings.find((candidate) => candidate.peek()?.head.part === part);
      if (ring) {
        const { kind, proof } = this.digestPiece(ring);
        if (kind !== Piece.row) return proof;
        continue;
      }
      const own = this.ready ? undefined : takePart(words, this.parts);
      if (own === part) return this.rows.read(part, (bytes, row) => digest.addRow(bytes, row));
      if (own !== undefined) {
        if (!this.readAhead(own)) return undefined;
      } else if (isAlone || helpers.hasFailed) return undefined;
      else Atomics.wait(words, 1, pieces, WAIT_MS);
    }
  }

  private digestReady(): PartProof | undefined {
    const { ready, digest } = this;
    for (const { bytes, row } of ready?.rows ?? []) {
      digest.addRow(bytes, row);
      this.spare.push(new Uint8Array(bytes.buffer));
    }
    this.ready = undefined;
    return ready?.proof;
  }

  private digestPiece(ring: RowRing): { kind: number; proof: PartProof | undefined } {
    const { head, bytes } = ring.peek()!;
    if (head.kind === Piece.row) this.digest.addRow(bytes, head);
    const proof = head.kind === Piece.end ? proofIn(bytes) : undefined;
    ring.take();
    return { kind: head.kind, proof };
  }

  private readAhead(part: number): boolean {
    const rows: OwnRow[] = [];
    const proof = this.rows.read(part, (bytes, row) => {
      // Memory is slow when it is used for the first time.
      const kept = this.spare.pop() ?? new Uint8Array(SLOT_BYTES);
      const room = kept.length < bytes.length ? new Uint8Array(bytes.length) : kept;
      room.set(bytes);
      rows.push({ bytes: room.subarray(0, bytes.length), row });
    });
    if (proof) this.ready = { part, rows, proof };
    return proof !== undefined;
  }
}

function proofIn(bytes: Uint8Array): PartProof {
  // A decoder takes no memory that is shared.
  return JSON.parse(decoder.decode(bytes.slice())) as PartProof;
}
