import { equalBytes } from '../engine/bytes/compare';
import { copyOf } from '../engine/bytes/copy';
import type { Inspection } from '../engine/db/inspection';
import { KeySpace } from '../engine/db/key-space';
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
  /** Whether the scan ended before the page was full. */
  ended: boolean;
  problems: readonly Problem[];
}

/** Pages of keys for a grid. Keeps what it knows of the key space for as long as the moment lasts. */
export class KeyPages {
  private readonly db: Inspection;
  private moment: Moment | undefined;
  private space: KeySpace | undefined;

  constructor(db: Inspection) {
    this.db = db;
  }

  page(request: KeysRequest): KeysPage {
    const space = this.keySpace();
    const { rows, ended, problems } = this.collect(request, space);
    // The share leads past the last key that a reader sees.
    if (rows.length === 0 && request.anchor.at === 'fraction') {
      return this.page({ ...request, anchor: { at: 'last' }, direction: 'backward' });
    }
    const forward = isForward(request);
    const fromEdge = forward ? request.anchor.at === 'first' : request.anchor.at === 'last';
    const first = rows[0];
    return {
      rows,
      atStart: forward ? fromEdge || this.isFirst(request, first) : ended,
      atEnd: forward ? ended : fromEdge,
      position: first ? space.position(first.key) : 0,
      estimatedTotal: Math.max(rows.length, space.estimatedEntries()),
      problems: problems.filter(({ severity }) => severity !== 'note').slice(0, 100),
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

  private collect(request: KeysRequest, space: KeySpace): Collected {
    const { anchor, from, to, prefix, versions, count } = request;
    const key =
      anchor.at === 'key' ? anchor.key : anchor.at === 'fraction' ? space.keyAt(anchor.fraction) : undefined;
    const forward = isForward(request);
    const { comparator } = this.db;
    const order = (a: Uint8Array, b: Uint8Array) => comparator.compare(a, 0, a.length, b, 0, b.length);
    const range = {
      prefix,
      from: forward && key && (!from || order(key, from) > 0) ? key : from,
      to: !forward && key && (!to || order(key, to) < 0) ? key : to,
      reverse: !forward,
    };
    const scan = versions === 'all' ? this.db.scanInternal(range) : this.db.scan(range);
    try {
      const skip = forward && anchor.at === 'key' && anchor.after === true ? anchor.key : undefined;
      const rows = versions === 'all' ? allRows(scan, count, skip) : liveRows(scan, count, skip);
      const ended = !scan.valid;
      const problems = [...scan.problems];
      if (rows.length >= MAX_ROWS) problems.unshift(cutKey(rows[rows.length - 1].file));
      if (!forward) rows.reverse();
      if (versions === 'all') markHidden(rows);
      return { rows, ended, problems };
    } finally {
      scan.close();
    }
  }

  /** Whether nothing of the range lies before a row. */
  private isFirst(request: KeysRequest, row: KeyRow | undefined): boolean {
    if (!row) return false;
    const before = this.collect(
      { ...request, anchor: { at: 'key', key: row.key }, direction: 'backward', count: 1, versions: 'live' },
      this.keySpace(),
    );
    return before.rows.length === 0;
  }
}

function isForward({ anchor, direction }: KeysRequest): boolean {
  return anchor.at === 'last' ? false : anchor.at === 'first' ? true : direction === 'forward';
}

function liveRows(scan: Scan, count: number, skip: Uint8Array | undefined): KeyRow[] {
  const rows: KeyRow[] = [];
  for (; scan.valid && rows.length < count; scan.next()) {
    const { cursor } = scan;
    const key = copyOf(cursor.keyBuffer, cursor.keyStart, cursor.keyEnd);
    if (skip && equalBytes(key, skip)) continue;
    rows.push({
      ...previewOf(scan),
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
function allRows(scan: Scan, count: number, skip: Uint8Array | undefined): KeyRow[] {
  const rows: KeyRow[] = [];
  for (; scan.valid; scan.next()) {
    const { keyBuffer, keyStart, keyEnd } = scan.cursor;
    if (keyEnd - keyStart < TAG_BYTES) continue;
    const key = copyOf(keyBuffer, keyStart, keyEnd - TAG_BYTES);
    if (skip && equalBytes(key, skip)) continue;
    const last = rows[rows.length - 1];
    if (rows.length >= MAX_ROWS || (rows.length >= count && !equalBytes(key, last.key))) break;
    rows.push({
      ...previewOf(scan),
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

function previewOf({ cursor }: Scan): { preview: Uint8Array; valueBytes: number } {
  const { valueBuffer, valueStart, valueEnd } = cursor;
  const end = Math.min(valueEnd, valueStart + PREVIEW_BYTES);
  return { preview: copyOf(valueBuffer, valueStart, end), valueBytes: valueEnd - valueStart };
}
