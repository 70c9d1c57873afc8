import { Float64List, Uint32List } from '../../bytes/growable';
import type { EventOf } from '../events';
import type { EntryCounts } from './progress';

/** Indices of events, with the sum of something up to each. */
class SummedEvents {
  readonly events = new Uint32List();
  private readonly sums = new Float64List();

  push(index: number, amount: number): void {
    const { length } = this.sums;
    this.events.push(index);
    this.sums.push((length > 0 ? this.sums.at(length - 1) : 0) + amount);
  }

  /** Over the events [from, to). */
  sum(from: number, to: number): number {
    return this.before(to) - this.before(from);
  }

  private before(index: number): number {
    const count = countBefore(this.events, index);
    return count === 0 ? 0 : this.sums.at(count - 1);
  }
}

/** Which events of a trace tell of one table, to be asked for any part of the trace. Lists are made when they are needed. */
export class TableTrack {
  /** All that name it. */
  readonly named = new Uint32List();
  private blocks: SummedEvents | undefined;
  private ends: BlockEnds | undefined;
  private writes: SummedEvents | undefined;
  private seeks: Uint32List | undefined;
  private fromIt: Uint32List | undefined;
  private intoIt: Uint32List | undefined;

  name(index: number): void {
    const { named } = this;
    if (named.length === 0 || named.at(named.length - 1) !== index) named.push(index);
  }

  readBlock(index: number, { bytes }: EventOf<'input-block'>): void {
    this.blocks ??= new SummedEvents();
    this.blocks.push(index, bytes);
  }

  endBlock(index: number, event: EventOf<'input-block-end'>): void {
    this.ends ??= new BlockEnds();
    this.ends.push(index, event);
  }

  writeBlock(index: number, { bytes }: EventOf<'output-block'>): void {
    this.writes ??= new SummedEvents();
    this.writes.push(index, bytes);
  }

  charge(index: number): void {
    this.seeks ??= new Uint32List();
    this.seeks.push(index);
  }

  readEntry(index: number): void {
    this.fromIt ??= new Uint32List();
    this.fromIt.push(index);
  }

  writeEntry(index: number): void {
    this.intoIt ??= new Uint32List();
    this.intoIt.push(index);
  }

  /** Events of data blocks that were read from it, or written into it. */
  blockEvents(role: 'input' | 'output'): Uint32List {
    return (role === 'input' ? this.blocks : this.writes)?.events ?? NONE;
  }

  /** Events of blocks that are through. */
  get blockEnds(): Uint32List {
    return this.ends?.events ?? NONE;
  }

  /** Events of entries that were read from it, or went into it. */
  entryEvents(role: 'input' | 'output'): Uint32List {
    return (role === 'input' ? this.fromIt : this.intoIt) ?? NONE;
  }

  get seekEvents(): Uint32List {
    return this.seeks ?? NONE;
  }

  bytesRead(from: number, to: number): number {
    return this.blocks?.sum(from, to) ?? 0;
  }

  /** Of blocks that were through by then. */
  counts(from: number, to: number): EntryCounts {
    return this.ends?.counts(from, to) ?? { entries: 0, kept: 0, shadowed: 0, deletions: 0 };
  }
}

class BlockEnds {
  private readonly entries = new SummedEvents();
  private readonly kept = new SummedEvents();
  private readonly shadowed = new SummedEvents();
  private readonly deletions = new SummedEvents();

  get events(): Uint32List {
    return this.entries.events;
  }

  push(index: number, { entries, kept, shadowed, deletions }: EntryCounts): void {
    this.entries.push(index, entries);
    this.kept.push(index, kept);
    this.shadowed.push(index, shadowed);
    this.deletions.push(index, deletions);
  }

  counts(from: number, to: number): EntryCounts {
    return {
      entries: this.entries.sum(from, to),
      kept: this.kept.sum(from, to),
      shadowed: this.shadowed.sum(from, to),
      deletions: this.deletions.sum(from, to),
    };
  }
}

const NONE = new Uint32List();

/** How many of some events, in order, are before an index. */
export function countBefore(events: Uint32List, index: number): number {
  return events.countUpTo(index - 1);
}
