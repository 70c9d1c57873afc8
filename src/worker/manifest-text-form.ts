import { manifestText } from '../engine/manifest/edit-text';
import { checkDocument, contentsOf, type DocumentProblem } from '../engine/manifest/editing/checks';
import { ManifestDocument } from '../engine/manifest/editing/document';
import type { DocumentFolder } from '../engine/manifest/editing/folder';
import type { Operation } from '../engine/manifest/editing/operation';
import { type Diagnostic, parseManifestText } from '../engine/manifest/editing/parse-text';
import { applyAll } from '../engine/manifest/editing/resolve';
import { LsmError } from '../engine/problem';
import type { TextProblem } from './manifest-edit-api';
import { checkedProblem, worst } from './manifest-view';

/** The whole of a document as text. */
export function textOf(document: ManifestDocument): string {
  const { items, tail } = contentsOf(document);
  const lines = [...manifestText(items, document.state.hasTail ? tail : undefined)];
  return `${lines.join('\n')}\n`;
}

/**
 * The operations that make a document what a text says: one that replaces all edits, or none for its own text, whose
 * damage and tail stay then. Throws an LsmError `invalid-argument` for a text that is none.
 */
export function operationsOf(document: ManifestDocument, text: string): Operation[] {
  const { edits, diagnostics } = parseManifestText(text);
  const [first] = diagnostics;
  if (first) {
    const message = `line ${first.line}, column ${first.column}: ${first.message}`;
    throw new LsmError('Invalid argument', 'invalid-argument', message, document.base.name);
  }
  return text === textOf(document) ? [] : [{ op: 'replace-all', edits }];
}

/** A document of its own that says what a text says. */
function documentOf(document: ManifestDocument, text: string): ManifestDocument {
  const other = new ManifestDocument(document.base);
  for (const operation of [...document.operations, ...operationsOf(document, text)]) other.apply(operation);
  return other;
}

export function checkText(
  document: ManifestDocument,
  folder: DocumentFolder | undefined,
  text: string,
): TextProblem[] {
  const { lines, diagnostics } = parseManifestText(text);
  if (diagnostics.length > 0) return diagnostics.map((each) => syntaxProblem(document, each));
  const other = documentOf(document, text);
  const placed = linesOf(text.split(/\r?\n/), lines);
  return worst(checkDocument(other, folder, { ranges: false })).map((problem) => ({
    ...checkedProblem(problem),
    line: placed(problem),
    column: 1,
    characters: 0,
  }));
}

const FIELDS = { logNumber: 'log-number', nextFileNumber: 'next-file-number', lastSequence: 'last-sequence' };

/**
 * Where a text says what a problem is about, counted from 1: the line of the table, the counter, the damage or the tail;
 * else the first line of the edit, else that of the text. `edits` are the first lines of the edits.
 */
function linesOf(text: readonly string[], edits: readonly number[]) {
  // Working them out for each problem anew would cost the length of the text each time.
  const places = new Map<string, number>();
  let edit = -1;
  for (const [i, line] of text.entries()) {
    if (edits[edit + 1] === i + 1) edit++;
    const at = /^(?:damage|tail) @ (\d+)/.exec(line);
    const table = /^(add|delete) level (\d+) file (\d+)/.exec(line);
    const counter = /^[a-z-]+-(?:number|sequence)(?= )/.exec(line);
    if (at) places.set(`@ ${at[1]}`, i + 1);
    // The last one is the one that counts.
    if (counter) places.set(counter[0], i + 1);
    if (table) {
      const [words, kind, level, number] = table;
      places.set(words, i + 1);
      places.set(`${edit} ${kind} ${level} ${number}`, i + 1);
    }
  }
  return ({ problem, edit, subject }: DocumentProblem): number => {
    const line = ((): number | undefined => {
      switch (subject?.kind) {
        case 'table':
          return places.get(`${subject.edit} add ${subject.level} ${subject.number}`);
        case 'deletion':
          return places.get(`${subject.edit} delete ${subject.level} ${subject.number}`);
        case 'overlap':
          return places.get(`add level ${subject.level} file ${subject.right.number}`);
        case 'counter':
          return places.get(FIELDS[subject.field]);
        default:
          return edit === undefined ? places.get(`@ ${problem.offset}`) : undefined;
      }
    })();
    return line ?? (edit === undefined ? undefined : edits[edit]) ?? 1;
  };
}

/** A text after operations; yields while they read the folder. Throws an OperationError. */
export function* changeText(
  document: ManifestDocument,
  folder: DocumentFolder,
  text: string,
  operations: readonly Operation[],
): Generator<void, string> {
  const other = documentOf(document, text);
  yield* applyAll(other, operations, folder);
  return textOf(other);
}

function syntaxProblem(
  { base }: ManifestDocument,
  { line, column, length, message }: Diagnostic,
): TextProblem {
  return {
    severity: 'error',
    file: base.name,
    code: 'bad-version-edit',
    message,
    fixes: [],
    line,
    column,
    characters: length,
  };
}
