// What a trace tells of one table: where it came from and went, its blocks, its entries.

import type { Listed } from './common';
import type { DropReason, KeepReason, KeyRef, U64 } from './trace-event';
import type { InputReason } from './trace-frame';

/** How a table came or went. */
export interface TableWay {
  /** The event that made it so. */
  event: number;
  how: 'manifest' | 'flush' | 'compaction' | 'move' | 'edit';
  text: string;
  /** The tables that went into it, or that it went into. */
  tables: Listed<U64>;
}

export interface TraceTableDetails {
  number: U64;
  /** In the frame's version; undefined if it is not in it. */
  level: number | undefined;
  bytes: number;
  smallest: KeyRef;
  largest: KeyRef;
  seeksAllowed: number;
  seeksLeft: number;
  chargedByGets: number;
  chargedBySamples: number;
  from: TableWay | undefined;
  /** Undefined if it is there at the end. */
  to: TableWay | undefined;
  stays: Listed<{ level: number; added: number; removed: number | undefined }>;
  /** What the frame's compaction has with it. */
  role: InputReason | 'grandparent' | 'output' | undefined;
}

export type TableRole = 'input' | 'output';

/** A data block of a table that was read or written. Counts are undefined before they are told. */
export interface BlockRow {
  event: number;
  offset: number;
  bytes: number;
  /** Before compression; of outputs. */
  rawBytes: number | undefined;
  entries: number | undefined;
  kept: number | undefined;
  shadowed: number | undefined;
  deletions: number | undefined;
}

/** An entry that a compaction read. `from` and `block` are undefined in traces of version 1. */
export interface EntryRow {
  event: number;
  key: KeyRef;
  valueBytes: number;
  kept: boolean;
  why: KeepReason | DropReason;
  /** The sequence that hides it. */
  by: U64 | undefined;
  from: U64 | undefined;
  block: number | undefined;
  output: U64 | undefined;
}

export interface EntriesRequest {
  table: U64;
  role: TableRole;
  /** The offset of one block of an input. */
  block?: number;
}
