import { equalBytes } from '../engine/bytes/compare';
import { copyOf } from '../engine/bytes/copy';
import type { Inspection } from '../engine/db/inspection';
import { type EntrySample, KeySpace } from '../engine/db/key-space';
import type { Moment } from '../engine/db/moment';
import type { Scan } from '../engine/db/scan';
import { sequenceAt, TAG_BYTES, typeAt, ValueType } from '../engine/keys/internal-key';
import type { Problem } from '../engine/problem';
import type { KeyRow, KeysPage, KeysRequest } from './api';

const PREVIEW_BYTES = 256;
/** A key with more versions than this is cut, so that a page stays a page. */
const MAX_ROWS = 5000;

interface Collected {
  rows: KeyRow[];
  /** Whether the range ended before the page was full. */
  ended: boolean;
  problems: readonly Problem[];
}

/** What rows are made of. */
type Walk = Pick<Scan, 'valid' | 'cursor' | 'sequence' | 'next' | 'source'>;

/**
 * Pages of keys for a grid. Keeps what it knows of the key space for as long as the moment lasts.
 *
 * A jump (forward, to a key or a share of the whole) reads one index block and one data block of each level, which is all
 * that it takes to show a key that is there: its page may be shorter than `count` though more rows follow, and `atStart` is
 * false. The pages before and behind it, which a grid asks for next, say the rest.
 */
export class KeyPages {
  private readonly db: Inspection;
  private moment: Moment | undefined;
  private space: KeySpace | undefined;

  constructor(db: Inspection) {
    this.db = db;
  }

  page(request: KeysRequest): KeysPage {
    const space = this.keySpace();
    const { anchor } = request;
    const key = anchorKey(anchor, space);
    if (key && isJump(request)) return this.landing(request, key);
    const { rows, ended, problems } = this.collect(request, key);
    // Reading may have taken a newer moment.
    const now = this.keySpace();
    const forward = isForward(request);
    const fromEdge = forward ? anchor.at === 'first' : anchor.at === 'last';
    const first = rows[0];
    return {
      rows,
      atStart: forward ? fromEdge : ended,
      atEnd: forward ? ended : fromEdge,
      position: first ? now.position(first.key) : 0,
      estimatedTotal: Math.max(rows.length, now.estimatedEntries()),
      problems: shownOf(problems),
    };
  }

  /**
   * Where a jump comes to: the rows that one block of each level has; where these have none, the first key that a scan
   * finds. Whether a row lies before them is not looked for.
   */
  private landing(request: KeysRequest, key: Uint8Array): KeysPage {
    const { anchor, versions, count } = request;
    const isAll = versions === 'all';
    let sample: EntrySample | undefined;
    const near = this.db.readNear(isAll ? 'internal' : 'live', key, request, (scan): Collected => {
      const rows = isAll ? allRows(scan, count, undefined) : liveRows(scan, count, undefined);
      if (isAll) markHidden(rows);
      sample = scan.sample;
      return { rows, ended: scan.hasEnded, problems: this.db.problems };
    });
    const isEnough = near && near.rows.length < MAX_ROWS && (near.rows.length > 0 || near.ended);
    const { rows, ended, problems } = isEnough ? near : this.collect({ ...request, count: 1 }, key);
    // The share leads past the last key that a reader sees.
    if (rows.length === 0 && anchor.at === 'fraction') {
      return this.page({ ...request, anchor: { at: 'last' }, direction: 'backward' });
    }
    const now = this.keySpace();
    return {
      rows,
      atStart: false,
      atEnd: ended,
      // Of the key, whose tables are open; no row lies between it and the first one.
      position: now.position(key),
      estimatedTotal: Math.max(rows.length, sample ? now.roughEntries(sample) : now.estimatedEntries()),
      problems: shownOf(problems),
    };
  }

  close(): void {
    this.moment?.release();
    this.moment = undefined;
    this.space = undefined;
  }

  private keySpace(): KeySpace {
    if (!this.moment || this.db.hasNewerMomentThan(this.moment)) {
      this.close();
      this.moment = this.db.holdPresent();
      this.space = new KeySpace(this.moment);
    }
    return this.space as KeySpace;
  }

  private collect(request: KeysRequest, key: Uint8Array | undefined): Collected {
    const { anchor, from, to, prefix, versions, count } = request;
    const forward = isForward(request);
    const { comparator } = this.db;
    const order = (a: Uint8Array, b: Uint8Array) => comparator.compare(a, 0, a.length, b, 0, b.length);
    const range = {
      prefix,
      from: forward && key && (!from || order(key, from) > 0) ? key : from,
      to: !forward && key && (!to || order(key, to) < 0) ? key : to,
      reverse: !forward,
    };
    return this.db.readAtOnce(versions === 'all' ? 'internal' : 'live', range, (scan) => {
      const skip = forward && anchor.at === 'key' && anchor.after === true ? anchor.key : undefined;
      const rows = versions === 'all' ? allRows(scan, count, skip) : liveRows(scan, count, skip);
      const ended = !scan.valid;
      const problems = [...scan.problems];
      if (rows.length >= MAX_ROWS) problems.unshift(cutKey(rows[rows.length - 1].file));
      if (!forward) rows.reverse();
      if (versions === 'all') markHidden(rows);
      return { rows, ended, problems };
    });
  }
}

function anchorKey(anchor: KeysRequest['anchor'], space: KeySpace): Uint8Array | undefined {
  if (anchor.at === 'key') return anchor.key;
  return anchor.at === 'fraction' ? space.keyAt(anchor.fraction) : undefined;
}

/** A page that goes on with those before begins behind their last key, or goes backward. */
function isJump({ anchor, direction }: KeysRequest): boolean {
  return direction === 'forward' && (anchor.at === 'fraction' || (anchor.at === 'key' && !anchor.after));
}

function shownOf(problems: readonly Problem[]): Problem[] {
  return problems.filter(({ severity }) => severity !== 'note').slice(0, 100);
}

function isForward({ anchor, direction }: KeysRequest): boolean {
  return anchor.at === 'last' ? false : anchor.at === 'first' ? true : direction === 'forward';
}

function liveRows(scan: Walk, count: number, skip: Uint8Array | undefined): KeyRow[] {
  const rows: KeyRow[] = [];
  for (; scan.valid && rows.length < count; scan.next()) {
    const { cursor } = scan;
    const key = copyOf(cursor.keyBuffer, cursor.keyStart, cursor.keyEnd);
    if (skip && equalBytes(key, skip)) continue;
    // Field by field: what is spread into a literal outlives a page in V8's young generation, and fills the old one.
    const { preview, valueBytes } = previewOf(scan);
    rows.push({
      preview,
      valueBytes,
      key,
      sequence: scan.sequence,
      type: 'value',
      hidden: false,
      file: undefined,
    });
  }
  return rows;
}

/** Whole keys only: a page that ended among the versions of one could not be gone on with. */
function allRows(scan: Walk, count: number, skip: Uint8Array | undefined): KeyRow[] {
  const rows: KeyRow[] = [];
  for (; scan.valid; scan.next()) {
    const { keyBuffer, keyStart, keyEnd } = scan.cursor;
    if (keyEnd - keyStart < TAG_BYTES) continue;
    const key = copyOf(keyBuffer, keyStart, keyEnd - TAG_BYTES);
    if (skip && equalBytes(key, skip)) continue;
    const last = rows[rows.length - 1];
    if (rows.length >= MAX_ROWS || (rows.length >= count && !equalBytes(key, last.key))) break;
    const { preview, valueBytes } = previewOf(scan);
    rows.push({
      preview,
      valueBytes,
      key,
      sequence: sequenceAt(keyBuffer, keyEnd),
      type: typeAt(keyBuffer, keyEnd) === ValueType.value ? 'value' : 'deletion',
      hidden: false,
      file: scan.source().name,
    });
  }
  return rows;
}

function cutKey(file: string | undefined): Problem {
  const message = `only the first ${MAX_ROWS} versions of a key are shown; lsm history lists them all`;
  return { severity: 'warning', file: file ?? '', code: 'entry-count', message };
}

/** Of the versions of a key, which stand together newest first, all but the first are hidden. */
function markHidden(rows: KeyRow[]): void {
  for (let i = 1; i < rows.length; i++) rows[i].hidden = equalBytes(rows[i].key, rows[i - 1].key);
}

function previewOf({ cursor }: Walk): { preview: Uint8Array; valueBytes: number } {
  const { valueBuffer, valueStart, valueEnd } = cursor;
  const end = Math.min(valueEnd, valueStart + PREVIEW_BYTES);
  return { preview: copyOf(valueBuffer, valueStart, end), valueBytes: valueEnd - valueStart };
}
