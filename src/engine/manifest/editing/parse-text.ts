import { unescapeBytes } from '../../bytes/escape';
import { parseU64, type U64 } from '../../bytes/u64';
import { encodeInternalKey, MAX_SEQUENCE, ValueType } from '../../keys/internal-key';
import { emptyVersionEdit, type FileMetaData, LEVELS, type VersionEdit } from '../version-edit';

/** What is wrong in a text. Lines and columns are counted from 1. */
export interface Diagnostic {
  line: number;
  column: number;
  /** Characters; 0 where something is missing. */
  length: number;
  message: string;
}

/** The edits of a text; damage and tail are passed by, since they are no part of what is written. */
export interface ParsedManifest {
  edits: VersionEdit[];
  /** Of each edit the line on which its paragraph begins. */
  lines: number[];
  diagnostics: Diagnostic[];
}

/** LevelDB writes the fields in this order; so does the text. Fields of a higher rank may not come before lower ones. */
const RANKS: Record<string, number> = {
  comparator: 0,
  'log-number': 1,
  'prev-log-number': 2,
  'next-file-number': 3,
  'last-sequence': 4,
  'compact-pointer': 5,
  delete: 6,
  add: 7,
};

const COUNTERS = {
  'log-number': 'logNumber',
  'prev-log-number': 'prevLogNumber',
  'next-file-number': 'nextFileNumber',
  'last-sequence': 'lastSequence',
} as const;

/**
 * Parses what `manifestText` writes (the grammar is in the room's README of manifest/). The numbers and offsets behind
 * `edit` may be left out or wrong: edits count by their order. Every line is looked at, whatever stands before it.
 */
export function parseManifestText(text: string): ParsedManifest {
  const parsed: ParsedManifest = { edits: [], lines: [], diagnostics: [] };
  let edit: VersionEdit | undefined;
  let rank = 0;
  for (const [i, line] of text.split(/\r?\n/).entries()) {
    const scanner = new LineScanner(line);
    try {
      if (scanner.isAtEnd) {
        edit = undefined;
        continue;
      }
      const word = scanner.word();
      if (word === 'damage' || word === 'tail') {
        edit = undefined;
        continue;
      }
      if (word === 'edit') {
        edit = emptyVersionEdit();
        rank = 0;
        parsed.edits.push(edit);
        parsed.lines.push(i + 1);
        editHeader(scanner);
        continue;
      }
      const own = Object.hasOwn(RANKS, word) ? RANKS[word] : undefined;
      if (own === undefined)
        throw scanner.wrongWord(`"edit", ${Object.keys(RANKS).map(quotedWord).join(', ')}`);
      if (!edit) throw scanner.wrongWord('"edit": a paragraph begins with it');
      if (own < rank) throw scanner.outOfOrder(word);
      if (own === rank && own < RANKS['compact-pointer'] && hasField(edit, word)) throw scanner.twice(word);
      rank = own;
      readField(edit, word, scanner);
      scanner.end();
    } catch (error) {
      if (!(error instanceof LineError)) throw error;
      const { column, length, message } = error;
      parsed.diagnostics.push({ line: i + 1, column, length, message });
    }
  }
  return parsed;
}

/** `edit 3 @ 120`: what stands behind the word is for people. */
function editHeader(scanner: LineScanner): void {
  if (scanner.isAtEnd) return;
  scanner.number('the number of the edit');
  if (scanner.isAtEnd) return;
  scanner.expect('@');
  scanner.number('an offset');
  scanner.end();
}

function hasField(edit: VersionEdit, word: string): boolean {
  if (word === 'comparator') return edit.comparator !== undefined;
  return edit[COUNTERS[word as keyof typeof COUNTERS]] !== undefined;
}

function readField(edit: VersionEdit, word: string, scanner: LineScanner): void {
  switch (word) {
    case 'comparator':
      edit.comparator = new TextDecoder().decode(scanner.quoted());
      break;
    case 'compact-pointer':
      scanner.expect('level');
      edit.compactPointers.push({ level: scanner.level(), key: internalKey(scanner) });
      break;
    case 'delete': {
      scanner.expect('level');
      const level = scanner.level();
      scanner.expect('file');
      edit.deletedFiles.push({ level, number: scanner.number('a file number') });
      break;
    }
    case 'add':
      scanner.expect('level');
      edit.newFiles.push({ level: scanner.level(), file: fileIn(scanner) });
      break;
    default:
      edit[COUNTERS[word as keyof typeof COUNTERS]] = scanner.number('an unsigned integer of 64 bits');
  }
}

function fileIn(scanner: LineScanner): FileMetaData {
  scanner.expect('file');
  const number = scanner.number('a file number');
  scanner.expect('size');
  const size = scanner.number('a size in bytes');
  scanner.expect('smallest');
  const smallest = internalKey(scanner);
  scanner.expect('largest');
  return { number, size, smallest, largest: internalKey(scanner) };
}

function internalKey(scanner: LineScanner): Uint8Array {
  const userKey = scanner.quoted();
  scanner.expect('@');
  const sequence = scanner.number('a sequence');
  if (sequence > MAX_SEQUENCE) throw scanner.wrongWord('a sequence up to 2^56 - 1');
  const word = scanner.word();
  if (word === 'value' || word === 'deletion') return encodeInternalKey(userKey, sequence, ValueType[word]);
  if (word !== 'type') throw scanner.wrongWord('"value", "deletion" or "type"');
  const type = scanner.number('a type');
  if (type > 255) throw scanner.wrongWord('a type up to 255');
  return encodeInternalKey(userKey, sequence, Number(type));
}

class LineError extends Error {
  readonly column: number;
  readonly length: number;

  constructor(column: number, length: number, message: string) {
    super(message);
    this.column = column;
    this.length = length;
  }
}

/** Takes a line apart. Words stand apart by spaces. */
class LineScanner {
  private readonly line: string;
  private at = 0;
  /** The word that was taken last. */
  private start = 0;

  constructor(line: string) {
    this.line = line;
    this.skip();
  }

  get isAtEnd(): boolean {
    return this.at === this.line.length;
  }

  word(): string {
    this.start = this.at;
    while (this.at < this.line.length && this.line[this.at] !== ' ') this.at++;
    const word = this.line.slice(this.start, this.at);
    this.skip();
    return word;
  }

  expect(wanted: string): void {
    if (this.word() !== wanted) throw this.wrongWord(quotedWord(wanted));
  }

  number(what: string): U64 {
    const value = parseU64(this.word());
    if (value === undefined) throw this.wrongWord(what);
    return value;
  }

  level(): number {
    const value = this.number('a level');
    if (value >= LEVELS) throw this.wrongWord(`a level from 0 to ${LEVELS - 1}`);
    return Number(value);
  }

  /** Bytes between quotation marks, of which none can stand within. */
  quoted(): Uint8Array {
    this.start = this.at;
    if (this.line[this.at] !== '"') {
      this.word();
      throw this.wrongWord('a text between quotation marks');
    }
    const end = this.line.indexOf('"', this.at + 1);
    if (end < 0) throw this.fail(this.line.length - this.at, 'the quotation mark at the end is missing');
    const text = this.line.slice(this.at + 1, end);
    this.at = end + 1;
    try {
      const bytes = unescapeBytes(text);
      this.skip();
      return bytes;
    } catch (error) {
      throw this.fail(end + 1 - this.start, (error as Error).message);
    }
  }

  end(): void {
    if (this.isAtEnd) return;
    this.start = this.at;
    throw this.fail(this.line.length - this.at, 'nothing more is expected on this line');
  }

  wrongWord(wanted: string): LineError {
    const found = this.line.slice(this.start, this.at).trimEnd();
    return this.fail(found.length, found === '' ? `${wanted} is missing` : `expected ${wanted}`);
  }

  outOfOrder(word: string): LineError {
    return this.fail(
      word.length,
      `"${word}" comes before what stands above it: fields are written in LevelDB's order`,
    );
  }

  twice(word: string): LineError {
    return this.fail(word.length, `"${word}" stands in this edit already`);
  }

  private fail(length: number, message: string): LineError {
    return new LineError(this.start + 1, length, message);
  }

  private skip(): void {
    while (this.line[this.at] === ' ') this.at++;
  }
}

function quotedWord(word: string): string {
  return `"${word}"`;
}
