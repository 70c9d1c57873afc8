import type { U64 } from '../engine/bytes/u64';
import { LsmError } from '../engine/problem';
import type { Replay } from '../engine/trace/replay/replay';
import { eventLine } from '../engine/trace/trace-file';
import type { Page } from './api';
import type {
  AxisTick,
  BlockRow,
  EntriesRequest,
  EntryRow,
  EventFilter,
  EventQuery,
  EventRow,
  FoundEvent,
  Landmark,
  LandmarkKind,
  Listed,
  TableRole,
  TraceFrame,
  TraceReading,
  TraceTableDetails,
  TraceTables,
} from './trace-api';
import { FrameMaker } from './trace-frame';
import { EventList } from './trace-list';
import { blockRows, entryRows, tableDetails } from './trace-table';
import { TracePicture } from './trace-tables';

const MAX_JSON_CHARACTERS = 20_000;

/** What can be asked of a replay. It may grow meanwhile. */
export class ReplayReading implements TraceReading {
  private readonly replay: Replay;
  private readonly picture: TracePicture;
  private readonly maker: FrameMaker;
  private readonly list: EventList;

  constructor(replay: Replay) {
    this.replay = replay;
    this.picture = new TracePicture(replay);
    this.maker = new FrameMaker(replay, this.picture);
    this.list = new EventList(replay);
  }

  ticks(): AxisTick[] {
    return this.picture.ticks();
  }

  frame(at: number): TraceFrame {
    return this.maker.frame(at);
  }

  tables(versionId: number): TraceTables {
    return this.picture.tables(versionId);
  }

  events(start: number, end: number, filter: EventFilter): Page<EventRow> {
    return this.list.page(start, end, filter);
  }

  rowOf(event: number, filter: EventFilter): number {
    return this.list.rowOf(event, filter);
  }

  eventJson(index: number): string {
    const event = this.replay.events[index];
    if (!event) throw new LsmError('Invalid argument', 'invalid-argument', `there is no event ${index}`);
    const line = eventLine(event);
    return line.length > MAX_JSON_CHARACTERS ? `${line.slice(0, MAX_JSON_CHARACTERS)}…` : line;
  }

  find(query: EventQuery, from: number, direction: 'forward' | 'backward'): FoundEvent {
    return this.list.find(query, from, direction);
  }

  nextOf(kind: LandmarkKind, from: number, direction: 'forward' | 'backward'): Landmark | undefined {
    return this.list.nextOf(kind, from, direction);
  }

  landmarks(kinds: LandmarkKind[]): Listed<Landmark> {
    return this.list.landmarks(kinds);
  }

  tableDetails(table: U64, at: number): TraceTableDetails | undefined {
    return tableDetails(this.replay, table, this.replay.at(at));
  }

  blocks(table: U64, role: TableRole, at: number, start: number, end: number): Page<BlockRow> {
    return blockRows(this.replay, table, role, at, start, end);
  }

  entries(request: EntriesRequest, start: number, end: number): Page<EntryRow> {
    return entryRows(this.replay, request, start, end);
  }
}

/** A session with a trace to be read: what is asked goes to the one that is there, or throws. */
export abstract class ReadingSession implements TraceReading {
  protected abstract get reading(): TraceReading;

  frame(at: number): TraceFrame {
    return this.reading.frame(at);
  }

  tables(versionId: number): TraceTables {
    return this.reading.tables(versionId);
  }

  events(start: number, end: number, filter: EventFilter): Page<EventRow> {
    return this.reading.events(start, end, filter);
  }

  rowOf(event: number, filter: EventFilter): number {
    return this.reading.rowOf(event, filter);
  }

  eventJson(index: number): string {
    return this.reading.eventJson(index);
  }

  find(query: EventQuery, from: number, direction: 'forward' | 'backward'): FoundEvent {
    return this.reading.find(query, from, direction);
  }

  nextOf(kind: LandmarkKind, from: number, direction: 'forward' | 'backward'): Landmark | undefined {
    return this.reading.nextOf(kind, from, direction);
  }

  landmarks(kinds: LandmarkKind[]): Listed<Landmark> {
    return this.reading.landmarks(kinds);
  }

  tableDetails(table: U64, at: number): TraceTableDetails | undefined {
    return this.reading.tableDetails(table, at);
  }

  blocks(table: U64, role: TableRole, at: number, start: number, end: number): Page<BlockRow> {
    return this.reading.blocks(table, role, at, start, end);
  }

  entries(request: EntriesRequest, start: number, end: number): Page<EntryRow> {
    return this.reading.entries(request, start, end);
  }
}
