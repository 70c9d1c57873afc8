import { manifestText } from '../engine/manifest/edit-text';
import { checkDocument, contentsOf } from '../engine/manifest/editing/checks';
import { ManifestDocument } from '../engine/manifest/editing/document';
import type { DocumentFolder } from '../engine/manifest/editing/folder';
import type { Operation } from '../engine/manifest/editing/operation';
import { type Diagnostic, parseManifestText } from '../engine/manifest/editing/parse-text';
import { applyAll } from '../engine/manifest/editing/resolve';
import { LsmError } from '../engine/problem';
import type { TextProblem } from './manifest-edit-api';
import { worstOf } from './manifest-view';

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
  const places = linesOfPlaces(text);
  return worstOf(checkDocument(other, folder, { ranges: false })).map((problem) => {
    const { edit, offset } = problem;
    const line = edit === undefined ? places.get(`${offset}`) : lines[edit];
    return { ...problem, line: line ?? 1, column: 1, characters: 0 };
  });
}

/** Damage and tail by their offsets: the lines that tell of them. */
function linesOfPlaces(text: string): Map<string, number> {
  const places = new Map<string, number>();
  for (const [i, line] of text.split('\n').entries()) {
    const match = /^(?:damage|tail) @ (\d+)/.exec(line);
    if (match) places.set(match[1], i + 1);
  }
  return places;
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
