import type { Uint32List } from '../engine/bytes/growable';
import type { U64 } from '../engine/bytes/u64';
import { allowedSeeks } from '../engine/compaction/limits';
import type { EventOf } from '../engine/trace/events';
import type { Replay } from '../engine/trace/replay/replay';
import type { ReplayState } from '../engine/trace/replay/state';
import { isAlive, type TableLife } from '../engine/trace/replay/tables';
import { countBefore, type TableTrack } from '../engine/trace/replay/track';
import type { Page } from './api';
import { keyRef } from './key-ref';
import { listOf } from './listed';
import type {
  BlockRow,
  EntriesRequest,
  EntryRow,
  InputReason,
  TableRole,
  TableWay,
  TraceTableDetails,
} from './trace-api';
import { eventRow } from './trace-list';

const MAX_PAGE = 1000;
const NO_TABLES = { rows: [], total: 0 };

/** All that a trace tells of one table; undefined if it never tells its range. */
export function tableDetails(replay: Replay, table: U64, state: ReplayState): TraceTableDetails | undefined {
  const { index, events } = replay;
  const stays = index.tables.of(table);
  const life = stays.find((each) => isAlive(each, state.versionId));
  const file = life?.file ?? index.fileOf(table);
  if (!file) return undefined;
  const { size, smallest, largest } = file;
  const charges = index.trackOf(table)?.seekEvents;
  const [from, to] = charges
    ? [countBefore(charges, chargedFrom(life, state.openedAt)), countBefore(charges, state.events)]
    : [0, 0];
  let [gets, samples] = [0, 0];
  let left = allowedSeeks(Number(size));
  for (let i = from; i < to; i++) {
    const charge = events[charges!.at(i)] as EventOf<'seek-charge'>;
    if (charge.by === 'get') gets++;
    else samples++;
    left = charge.left;
  }
  const shown = life ?? stays.at(-1);
  return {
    number: table,
    level: life?.level,
    bytes: Number(size),
    smallest: keyRef(smallest),
    largest: keyRef(largest),
    seeksAllowed: allowedSeeks(Number(size)),
    seeksLeft: left,
    chargedByGets: gets,
    chargedBySamples: samples,
    from: shown && cameFrom(replay, shown),
    to: shown && wentInto(replay, shown),
    stays: listOf(stays, ({ level, addedBy, removedBy }) => ({ level, added: addedBy, removed: removedBy })),
    role: roleOf(state, table),
  };
}

/** The event from which on charges count: a table that is opened, or moved to another level, has all its seeks again. */
export function chargedFrom(life: TableLife | undefined, openedAt: number): number {
  return Math.max(openedAt, life?.addedBy ?? 0);
}

/** What brought a table into its level. */
function cameFrom(replay: Replay, { addedBy, file }: TableLife): TableWay {
  const { index, events } = replay;
  const without = (event: number, how: TableWay['how']) => ({
    ...way(replay, event, how),
    tables: NO_TABLES,
  });
  if (events[addedBy].type !== 'version') return without(addedBy, 'manifest');
  // The last event that names it before the edit is the end of its flush, of its output, or its move.
  const named = index.trackOf(file.number)?.named;
  const place = named ? countBefore(named, addedBy) - 1 : -1;
  const source = named && place >= 0 ? named.at(place) : addedBy;
  const { type } = events[source];
  if (type === 'flush-end') return without(source, 'flush');
  const pick = index.lastBefore('pick', source);
  if (pick === undefined || (type !== 'output-end' && type !== 'move')) return without(addedBy, 'edit');
  const inputs = (events[pick] as EventOf<'pick'>).inputs.flat();
  const how = type === 'move' ? 'move' : 'compaction';
  return { ...way(replay, source, how), tables: listOf(inputs, ({ number }) => number) };
}

/** What took a table out of its level. */
function wentInto(replay: Replay, { removedBy, file }: TableLife): TableWay | undefined {
  if (removedBy === undefined) return undefined;
  const event = replay.events[removedBy];
  if (event.type !== 'version') return { ...way(replay, removedBy, 'manifest'), tables: NO_TABLES };
  const added = event.edit.newFiles.map((each) => each.file.number);
  const how = added.includes(file.number) ? 'move' : 'compaction';
  return { ...way(replay, removedBy, how), tables: listOf(added, (number) => number) };
}

function way(replay: Replay, event: number, how: TableWay['how']): Omit<TableWay, 'tables'> {
  return { event, how, text: eventRow(replay, event).text };
}

function roleOf({ compaction }: ReplayState, table: U64): TraceTableDetails['role'] {
  if (!compaction) return undefined;
  const { pick, output } = compaction;
  if (output?.table === table) return 'output';
  for (const [which, files] of pick.inputs.entries()) {
    if (files.some(({ number }) => number === table)) return inputReason(pick, table, which);
  }
  return pick.grandparents.some(({ number }) => number === table) ? 'grandparent' : undefined;
}

/** Why a table is in a compaction. `which`: 0 for its level, 1 for the next one. */
function inputReason(pick: EventOf<'pick'>, table: U64, which: number): InputReason {
  if (pick.overlapping.includes(table)) return 'overlapping';
  if (pick.boundary.includes(table)) return 'boundary';
  if (pick.expanded.includes(table)) return 'expanded';
  if (which === 1) return 'next level';
  if (pick.reason === 'manual') return 'in range';
  return table === pick.first ? 'first' : 'overlapping';
}

export function blockRows(
  replay: Replay,
  table: U64,
  role: TableRole,
  at: number,
  start: number,
  end: number,
): Page<BlockRow> {
  const track = replay.index.trackOf(table);
  if (!track) return { total: 0, rows: [] };
  const all = track.blockEvents(role);
  const total = countBefore(all, at);
  const rows: BlockRow[] = [];
  for (let i = Math.max(0, start); i < Math.min(total, end, start + MAX_PAGE); i++) {
    const event = all.at(i);
    const next = i + 1 < all.length ? all.at(i + 1) : replay.length;
    rows.push(
      role === 'output' ? writtenBlock(replay, event) : readBlock(replay, event, track.blockEnds, next, at),
    );
  }
  return { total, rows };
}

function writtenBlock({ events }: Replay, event: number): BlockRow {
  const { offset, bytes, rawBytes, entries } = events[event] as EventOf<'output-block'>;
  return {
    event,
    offset,
    bytes,
    rawBytes,
    entries,
    kept: entries,
    shadowed: undefined,
    deletions: undefined,
  };
}

/** `next` is the event of the table's next block: the end of this one comes no later than just behind it. */
function readBlock({ events }: Replay, event: number, ends: Uint32List, next: number, at: number): BlockRow {
  const { offset, bytes } = events[event] as EventOf<'input-block'>;
  const row = { event, offset, bytes, rawBytes: undefined };
  const place = countBefore(ends, event);
  const found = place < ends.length ? ends.at(place) : undefined;
  const end = found === undefined || found >= at || found > next ? undefined : events[found];
  if (end?.type !== 'input-block-end' || end.offset !== offset) {
    return { ...row, entries: undefined, kept: undefined, shadowed: undefined, deletions: undefined };
  }
  const { entries, kept, shadowed, deletions } = end;
  return { ...row, entries, kept, shadowed, deletions };
}

export function entryRows(
  replay: Replay,
  { table, role, block }: EntriesRequest,
  start: number,
  end: number,
): Page<EntryRow> {
  const track = replay.index.trackOf(table);
  if (!track) return { total: 0, rows: [] };
  const all = track.entryEvents(role);
  let [first, behind] = [0, all.length];
  if (block !== undefined) {
    const [begin, next] = stayInBlock(replay, track, block);
    [first, behind] = [countBefore(all, begin), countBefore(all, next)];
  }
  const rows: EntryRow[] = [];
  for (let i = first + Math.max(0, start); i < Math.min(behind, first + end, first + start + MAX_PAGE); i++) {
    rows.push(entryRow(replay, all.at(i)));
  }
  return { total: behind - first, rows };
}

/** The events [begin, next) during which an input's block was the one that its entries came from: when it was read last. */
function stayInBlock({ events, length }: Replay, track: TableTrack, block: number): [number, number] {
  const blocks = track.blockEvents('input');
  for (let i = blocks.length - 1; i >= 0; i--) {
    const { offset } = events[blocks.at(i)] as EventOf<'input-block'>;
    if (offset === block) return [blocks.at(i), i + 1 < blocks.length ? blocks.at(i + 1) : length];
  }
  return [0, 0];
}

function entryRow({ events }: Replay, event: number): EntryRow {
  return rowOfEntry(events[event] as EventOf<'entry-kept' | 'entry-dropped'>, event);
}

export function rowOfEntry(entry: EventOf<'entry-kept' | 'entry-dropped'>, event: number): EntryRow {
  const { key, valueBytes, why, from, block } = entry;
  const kept = entry.type === 'entry-kept';
  return {
    event,
    key: keyRef(key),
    valueBytes,
    kept,
    why,
    by: kept ? undefined : entry.by,
    from,
    block,
    output: kept ? entry.output : undefined,
  };
}
