// The edits of a sound MANIFEST (manifest/version-edit.ts), all in one call, down to the tables that are left. At anything
// unusual it stops, for manifest/version-set.ts to judge it.

import { readString, stringEnd } from './batches';
import { RECORD_BYTES, scanLog } from './log-scan';
import { sortEntries } from './sort-entries';

const COMPARATOR: u32 = 1;
const LOG_NUMBER: u32 = 2;
const NEXT_FILE_NUMBER: u32 = 3;
const LAST_SEQUENCE: u32 = 4;
const COMPACT_POINTER: u32 = 5;
const DELETED_FILE: u32 = 6;
const NEW_FILE: u32 = 7;
const PREV_LOG_NUMBER: u32 = 9;

const LEVELS: u32 = 7;
const TAG_BYTES: usize = 8;
/** A number has at most seven bytes, so that a double holds it. */
const MAX_NUMBER_SHIFT: u64 = 42;

/** What the edits say; kernel/manifest-layout.ts has the same places. Offsets count from where the MANIFEST begins. */
@unmanaged
export class Manifest {
  /** Numbers are below 0 as long as no edit says them. */
  logNumber: f64;
  prevLogNumber: f64;
  nextFileNumber: f64;
  lastSequence: f64;
  edits: u32;
  /** Tables in the list, and the bytes of their keys, which `gatherTables` moved to the front. */
  tables: u32;
  keyBytes: u32;
  /** The comparator's name; nothing if `nameEnd` is 0. */
  nameStart: u32;
  nameEnd: u32;
  /** Of each level two: where its compaction pointer begins and ends; nothing if the end is 0. */
  pointers: u32;
}

/** A table in the list. Its smallest key ends in the middle. */
@unmanaged
export class Table {
  number: f64;
  size: f64;
  start: u32;
  middle: u32;
  end: u32;
  level: u16;
  /** An edit took it away. */
  isGone: u16;
}

export const MANIFEST: usize = memory.data(128, 16);

const RECORDS_AT_ONCE: u32 = 64;
const RECORDS = memory.data(64 * 32, 16);

/** A number has a slot for each of its levels: compactions move long runs of tables from one level to the next. */
const SLOT_BITS: u64 = 3;
const FIRST_SLOTS: u32 = 256;
/** Steps from a slot that is taken; more come of numbers that somebody chose to collide. */
const MAX_STEPS: u32 = 64;

let file: usize = 0;
let tables: usize = 0;
/** Places of tables in the list and 1, by open addressing; 0 is empty. */
let slots: usize = 0;
let mask: u32 = 0;
// The record under way.
let at: usize = 0;
let end: usize = 0;
let failed = false;

function manifest(): Manifest {
  return changetype<Manifest>(MANIFEST);
}

function table(index: u32): Table {
  return changetype<Table>(tables + <usize>index * offsetof<Table>());
}

/**
 * Reads the MANIFEST of `size` bytes at `begin` and lists at `list` all tables that its edits add. `list` has room for as
 * many as there can be, `hash` behind it for four times as many numbers. False for a MANIFEST with anything unusual.
 */
export function readManifest(begin: usize, size: u32, list: usize, hash: usize): bool {
  file = begin;
  tables = list;
  slots = hash;
  failed = false;
  memory.fill(MANIFEST, 0, 128);
  const found = manifest();
  found.logNumber = found.prevLogNumber = found.nextFileNumber = found.lastSequence = -1;
  emptySlots(FIRST_SLOTS);
  let from: u32 = 0;
  while (from < size) {
    const count = scanLog(begin, from, size, RECORDS, RECORDS_AT_ONCE);
    if (count === 0) return false;
    for (let i: u32 = 0; i < count; i++) {
      const record = RECORDS + <usize>i * RECORD_BYTES;
      at = begin + load<u32>(record, 4);
      end = begin + load<u32>(record, 8);
      if (!readEdit()) return false;
      found.edits++;
      from = load<u32>(record, 12);
    }
  }
  return true;
}

/**
 * Takes those that went out of the list, moves the keys of the others together, to the MANIFEST's beginning, and writes to
 * `order` where they stand in the list, ascending by their smallest keys; `scratch` has room for 32 bytes a table. False if
 * two begin with the same internal key, as no two tables do.
 */
export function gatherTables(order: usize, scratch: usize): bool {
  const found = manifest();
  let count: u32 = 0;
  let bytes: u32 = 0;
  for (let i: u32 = 0; i < found.tables; i++) {
    const each = table(i);
    if (each.isGone) continue;
    const start = each.start;
    const length = each.end - start;
    memory.copy(file + bytes, file + start, length);
    const left = table(count);
    left.number = each.number;
    left.size = each.size;
    left.middle = each.middle - start + bytes;
    left.level = each.level;
    left.isGone = 0;
    left.start = bytes;
    bytes += length;
    left.end = bytes;
    count++;
  }
  found.tables = count;
  found.keyBytes = bytes;
  sortEntries(
    file,
    tables + offsetof<Table>('start'),
    <u32>(offsetof<Table>() >> 2),
    count,
    order,
    scratch,
    false,
  );
  for (let i: u32 = 1; i < count; i++) {
    const a = table(load<u32>(order + ((<usize>i) << 2)));
    const b = table(load<u32>(order + ((<usize>i) << 2) - 4));
    const length = a.middle - a.start;
    if (length !== b.middle - b.start) continue;
    if (memory.compare(file + a.start, file + b.start, length) === 0) return false;
  }
  return true;
}

/** All fields of a record. */
function readEdit(): bool {
  let hasTables = false;
  const found = manifest();
  while (at < end) {
    const tag = smallNumber();
    if (failed) return false;
    switch (tag) {
      case COMPARATOR:
        readName();
        break;
      case LOG_NUMBER:
        found.logNumber = number();
        break;
      case PREV_LOG_NUMBER:
        found.prevLogNumber = number();
        break;
      case NEXT_FILE_NUMBER:
        found.nextFileNumber = number();
        break;
      case LAST_SEQUENCE:
        found.lastSequence = number();
        break;
      case COMPACT_POINTER: {
        const pointer = MANIFEST + offsetof<Manifest>('pointers') + ((<usize>level()) << 3);
        const key = readKey();
        if (failed) return false;
        store<u32>(pointer, <u32>(key - file));
        store<u32>(pointer, <u32>(at - file), 4);
        break;
      }
      case DELETED_FILE: {
        // What an edit adds stays, also where it takes it away behind that.
        if (hasTables) return false;
        const where = level();
        const which = number();
        if (failed) return false;
        const slot = slotOf(where, <u64>which);
        // LevelDB passes by what is not there, but remembers it.
        if (slot === 0 || load<u32>(slot) === 0) return false;
        table(load<u32>(slot) - 1).isGone = 1;
        break;
      }
      case NEW_FILE:
        hasTables = true;
        addTable();
        break;
      default:
        return false;
    }
    if (failed) return false;
  }
  return true;
}

function readName(): void {
  const found = manifest();
  const name = readString(at, end);
  if (name === 0) {
    failed = true;
    return;
  }
  at = stringEnd;
  const length = <u32>(at - name);
  if (found.nameEnd > 0) {
    // LevelDB refuses a second one that differs.
    const before = file + found.nameStart;
    failed = found.nameEnd - found.nameStart !== length || memory.compare(before, name, <usize>length) !== 0;
  }
  found.nameStart = <u32>(name - file);
  found.nameEnd = <u32>(at - file);
}

function addTable(): void {
  const where = level();
  const which = number();
  const size = number();
  const smallest = readKey();
  const middle = at;
  const largest = readKey();
  if (failed) return;
  const found = manifest();
  if (found.tables << 1 >= mask && !growSlots()) {
    failed = true;
    return;
  }
  const slot = slotOf(where, <u64>which);
  if (slot === 0 || load<u32>(slot) !== 0) {
    failed = true;
    return;
  }
  const added = table(found.tables);
  added.number = which;
  added.size = size;
  added.start = <u32>(smallest - file);
  // Without the length that stands between them.
  const length = at - largest;
  memory.copy(middle, largest, length);
  added.middle = <u32>(middle - file);
  added.end = <u32>(middle - file + length);
  added.level = <u16>where;
  added.isGone = 0;
  found.tables++;
  store<u32>(slot, found.tables);
}

function emptySlots(count: u32): void {
  mask = count - 1;
  memory.fill(slots, 0, (<usize>count) << 2);
}

function growSlots(): bool {
  emptySlots((mask + 1) << 1);
  const count = manifest().tables;
  for (let i: u32 = 0; i < count; i++) {
    const each = table(i);
    const slot = slotOf(each.level, <u64>each.number);
    if (slot === 0) return false;
    store<u32>(slot, i + 1);
  }
  return true;
}

/** Where the slot of a table is or would be; 0 if it is too far. */
function slotOf(level: u32, number: u64): usize {
  let slot = <u32>(number << SLOT_BITS) | level;
  for (let step: u32 = 0; step < MAX_STEPS; step++, slot++) {
    const place = slots + ((<usize>(slot & mask)) << 2);
    const index = load<u32>(place);
    if (index === 0) return place;
    const each = table(index - 1);
    if (each.level === level && each.number === <f64>number) return place;
  }
  return 0;
}

function level(): u32 {
  const found = smallNumber();
  if (found >= LEVELS) failed = true;
  return found;
}

/** An internal key with its length before it: where it begins; it ends at `at`. */
function readKey(): usize {
  const key = readString(at, end);
  if (key === 0 || stringEnd - key < TAG_BYTES) {
    failed = true;
    return 0;
  }
  at = stringEnd;
  return key;
}

/** At most four bytes: more is unusual. */
function smallNumber(): u32 {
  let value: u32 = 0;
  for (let shift: u32 = 0; shift <= 21 && at < end; shift += 7) {
    const byte = <u32>load<u8>(at++);
    value |= (byte & 0x7f) << shift;
    if (byte < 0x80) return value;
  }
  failed = true;
  return 0;
}

function number(): f64 {
  let value: u64 = 0;
  for (let shift: u64 = 0; shift <= MAX_NUMBER_SHIFT && at < end; shift += 7) {
    const byte = <u64>load<u8>(at++);
    value |= (byte & 0x7f) << shift;
    if (byte < 0x80) return <f64>value;
  }
  failed = true;
  return 0;
}
