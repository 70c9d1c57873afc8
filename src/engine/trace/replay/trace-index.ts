import { Uint32List } from '../../bytes/growable';
import type { U64 } from '../../bytes/u64';
import type { FileMetaData } from '../../manifest/version-edit';
import type { TraceEvent } from '../events';
import { isVersionEvent, TableLives } from './tables';
import { countBefore, TableTrack } from './track';

type EventType = TraceEvent['type'];

/** Types of events that are kept in lists: the rare ones, which views show in lists or jump to. */
const LISTED = [
  'open',
  'manifest-edit',
  'log-skipped',
  'log-begin',
  'log-unreadable',
  'log-batch-fault',
  'log-dropped',
  'log-end',
  'open-end',
  'memtable-switch',
  'flush-begin',
  'flush-end',
  'compact-range',
  'pick',
  'move',
  'output-begin',
  'output-end',
  'compaction-end',
  'version',
  'remove',
  'stall',
  'error',
] as const satisfies readonly EventType[];

export type ListedType = (typeof LISTED)[number];

/** What can be asked of a whole trace without going through its events. It grows with the trace. */
export class TraceIndex {
  readonly tables = new TableLives();
  private readonly listed: { [Type in ListedType]: Uint32List } = Object.fromEntries(
    LISTED.map((type) => [type, new Uint32List()]),
  ) as { [Type in ListedType]: Uint32List };
  private readonly tracks = new Map<U64, TableTrack>();
  /** Tables that seeks were charged to, in order of the first. */
  private readonly charged = new Map<U64, { level: number; event: number }>();
  /** Every table that the trace tells the range of; of a number that comes again the last one. */
  private readonly files = new Map<U64, FileMetaData>();

  /** The next event. Its work is bounded by the event. */
  add(event: TraceEvent, index: number): void {
    const list = (this.listed as Partial<Record<EventType, Uint32List>>)[event.type];
    list?.push(index);
    if (isVersionEvent(event)) this.tables.add(event, index);
    switch (event.type) {
      case 'manifest-edit':
      case 'version':
        for (const { number } of event.edit.deletedFiles) this.name(number, index);
        for (const { file } of event.edit.newFiles) this.meet(file, index);
        break;
      case 'manifest-end':
        for (const files of event.levels) for (const file of files) this.files.set(file.number, file);
        break;
      case 'flush-begin':
      case 'output-begin':
        this.name(event.table, index);
        break;
      case 'flush-end':
      case 'output-end':
        if (event.file) this.meet(event.file, index);
        break;
      case 'move':
        this.meet(event.file, index);
        break;
      case 'pick':
        for (const file of [...event.inputs.flat(), ...event.grandparents]) this.meet(file, index);
        break;
      case 'input-block':
        this.name(event.table, index).readBlock(index, event);
        break;
      case 'input-block-end':
        this.name(event.table, index).endBlock(index, event);
        break;
      case 'output-block':
        this.name(event.table, index).writeBlock(index, event);
        break;
      case 'entry-kept':
        this.track(event.output).writeEntry(index);
        if (event.from !== undefined) this.track(event.from).readEntry(index);
        break;
      case 'entry-dropped':
        if (event.from !== undefined) this.track(event.from).readEntry(index);
        break;
      case 'seek-charge':
        this.name(event.table, index).charge(index);
        if (!this.charged.has(event.table)) {
          this.charged.set(event.table, { level: event.level, event: index });
        }
        break;
    }
  }

  /** Indices of all events of a type. */
  all(type: ListedType): Uint32List {
    return this.listed[type];
  }

  /** How many events of a type are in [from, to). */
  count(type: ListedType, from: number, to: number): number {
    const list = this.listed[type];
    return countBefore(list, to) - countBefore(list, from);
  }

  /** Indices of events of a type in [from, to), in order; at most `limit`, the first ones. */
  *range(type: ListedType, from: number, to: number, limit = Number.POSITIVE_INFINITY): Generator<number> {
    const list = this.listed[type];
    const end = countBefore(list, to);
    let left = limit;
    for (let i = countBefore(list, from); i < end && left > 0; i++, left--) yield list.at(i);
  }

  /** The last event of a type before an index; undefined if there is none. */
  lastBefore(type: ListedType, index: number): number | undefined {
    const list = this.listed[type];
    const count = countBefore(list, index);
    return count === 0 ? undefined : list.at(count - 1);
  }

  /** Undefined for a table that no event names. */
  trackOf(table: U64): TableTrack | undefined {
    return this.tracks.get(table);
  }

  /** Undefined for a table whose range no event tells. */
  fileOf(table: U64): FileMetaData | undefined {
    return this.files.get(table);
  }

  get allFiles(): Iterable<FileMetaData> {
    return this.files.values();
  }

  get fileCount(): number {
    return this.files.size;
  }

  /** Tables that seeks were charged to, and the event of the first charge. */
  get chargedTables(): ReadonlyMap<U64, { level: number; event: number }> {
    return this.charged;
  }

  private meet(file: FileMetaData, index: number): void {
    this.files.set(file.number, file);
    this.name(file.number, index);
  }

  private name(table: U64, index: number): TableTrack {
    const track = this.track(table);
    track.name(index);
    return track;
  }

  private track(table: U64): TableTrack {
    let track = this.tracks.get(table);
    if (!track) {
      track = new TableTrack();
      this.tracks.set(table, track);
    }
    return track;
  }
}
