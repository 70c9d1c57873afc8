import { Uint32List } from '../engine/bytes/growable';
import { eventText } from '../engine/trace/event-text';
import type { TraceEvent } from '../engine/trace/events';
import type { Replay } from '../engine/trace/replay/replay';
import type { ListedType } from '../engine/trace/replay/trace-index';
import { countBefore } from '../engine/trace/replay/track';
import type { Page } from './api';
import { cutText } from './cut';
import { MAX_LISTED } from './listed';
import type {
  EventFilter,
  EventQuery,
  EventRow,
  FoundEvent,
  Landmark,
  LandmarkKind,
  Listed,
} from './trace-api';

/** Rows of a page, and events that one call of a search looks at. */
const MAX_PAGE = 1000;
const SEARCHED_AT_ONCE = 20_000;

const LANDMARKS: { readonly [Kind in LandmarkKind]: readonly ListedType[] } = {
  decision: ['pick'],
  flush: ['flush-begin'],
  compaction: ['compaction-end', 'move'],
  edit: ['manifest-edit', 'version'],
  log: ['log-begin', 'log-skipped', 'log-unreadable'],
  fault: ['log-batch-fault', 'log-dropped'],
  output: ['output-begin', 'output-end'],
  stall: ['stall'],
  error: ['error'],
};

export function eventRow({ events }: Replay, index: number): EventRow {
  const event = events[index];
  return { index, type: event.type, text: cutText(eventText(event)) };
}

/** The events of a replay as lists, and what is looked for in them. */
export class EventList {
  private readonly replay: Replay;
  /** What the last filter let through. */
  private filtered: { key: string; length: number; rows: Uint32List } | undefined;

  constructor(replay: Replay) {
    this.replay = replay;
  }

  page(start: number, end: number, filter: EventFilter): Page<EventRow> {
    const { replay } = this;
    const rows = this.under(filter);
    const total = rows?.length ?? replay.length;
    const last = Math.min(total, end, start + MAX_PAGE);
    const page: EventRow[] = [];
    for (let i = Math.max(0, start); i < last; i++) page.push(eventRow(replay, rows ? rows.at(i) : i));
    return { total, rows: page };
  }

  rowOf(event: number, filter: EventFilter): number {
    const rows = this.under(filter);
    return rows ? rows.countUpTo(event) - 1 : Math.min(event, this.replay.length - 1);
  }

  find(query: EventQuery, from: number, direction: 'forward' | 'backward'): FoundEvent {
    const { replay } = this;
    const rows = this.under(query);
    const wanted = query.text?.toLowerCase() ?? '';
    const step = direction === 'forward' ? 1 : -1;
    const total = rows?.length ?? replay.length;
    const indexOf = (place: number) => (rows ? rows.at(place) : place);
    let place = rows ? (step > 0 ? countBefore(rows, from) : rows.countUpTo(from) - 1) : from;
    if (!rows && step < 0) place = Math.min(place, total - 1);
    for (let looked = 0; place >= 0 && place < total; place += step, looked++) {
      const index = indexOf(place);
      if (looked === SEARCHED_AT_ONCE) return { found: undefined, next: index };
      if (wanted === '' || eventText(replay.events[index]).toLowerCase().includes(wanted)) {
        return { found: eventRow(replay, index), next: undefined };
      }
    }
    return { found: undefined, next: undefined };
  }

  nextOf(kind: LandmarkKind, from: number, direction: 'forward' | 'backward'): Landmark | undefined {
    const { index, length } = this.replay;
    const found = LANDMARKS[kind]
      .map((type) =>
        direction === 'forward'
          ? [...index.range(type, from + 1, length, 1)][0]
          : index.lastBefore(type, from),
      )
      .filter((each) => each !== undefined);
    if (found.length === 0) return undefined;
    return this.landmark(kind, direction === 'forward' ? Math.min(...found) : Math.max(...found));
  }

  landmarks(kinds: readonly LandmarkKind[]): Listed<Landmark> {
    const { index } = this.replay;
    const lists = kinds.flatMap((kind) => LANDMARKS[kind].map((type) => ({ kind, all: index.all(type) })));
    const total = lists.reduce((sum, { all }) => sum + all.length, 0);
    const every = Math.max(1, total / MAX_LISTED);
    const marks: { kind: LandmarkKind; at: number }[] = [];
    for (const { kind, all } of lists) {
      for (let i = 0; i < all.length; i += every) marks.push({ kind, at: all.at(Math.floor(i)) });
    }
    marks.sort((a, b) => a.at - b.at);
    return { rows: marks.slice(0, MAX_LISTED).map(({ kind, at }) => this.landmark(kind, at)), total };
  }

  private landmark(kind: LandmarkKind, index: number): Landmark {
    return { kind, ...eventRow(this.replay, index) };
  }

  /** Undefined where everything passes. */
  private under({ types, table }: EventFilter): Uint32List | undefined {
    const { replay } = this;
    if (!types && table === undefined) return undefined;
    const key = JSON.stringify([types, table === undefined ? null : `${table}`]);
    if (this.filtered?.key === key && this.filtered.length === replay.length) return this.filtered.rows;
    const rows = new Uint32List();
    const wanted = types && new Set<TraceEvent['type']>(types);
    const named = table === undefined ? undefined : (replay.index.trackOf(table)?.named ?? new Uint32List());
    const count = named?.length ?? replay.length;
    for (let i = 0; i < count; i++) {
      const index = named ? named.at(i) : i;
      if (!wanted || wanted.has(replay.events[index].type)) rows.push(index);
    }
    this.filtered = { key, length: replay.length, rows };
    return rows;
  }
}
