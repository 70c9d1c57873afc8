import type { VersionEdit } from '../version-edit';
import { applyOperation } from './apply-operation';
import type { ManifestBase } from './base';
import { type EncodedManifest, encodeState } from './encode';
import { type Operation, OperationError } from './operation';
import { operationsJson, readOperations } from './operation-json';
import { operationText } from './operation-text';
import { type EditState, editsOf, stateOf } from './state';

/** An operation in the log, and the state after it. */
interface Entry {
  operation: Operation;
  state: EditState;
}

/**
 * A MANIFEST that is edited: the file as it was read, and a log of operations. Undo and redo move in the log; what is
 * kept of unsaved work is the log, not the file.
 */
export class ManifestDocument {
  readonly base: ManifestBase;
  private readonly first: EditState;
  private readonly entries: Entry[] = [];
  /** How many of the entries are in force. */
  private position = 0;
  /** The position that was saved last; undefined once redo cannot reach it any more. */
  private saved: number | undefined = 0;
  private lastSaved: EditState;
  private encoding: { state: EditState; encoded: EncodedManifest } | undefined;

  constructor(base: ManifestBase) {
    this.base = base;
    this.first = stateOf(base);
    this.lastSaved = this.first;
  }

  get state(): EditState {
    return this.position === 0 ? this.first : this.entries[this.position - 1].state;
  }

  get edits(): VersionEdit[] {
    return editsOf(this.state);
  }

  /** The operations in force. */
  get operations(): Operation[] {
    return this.entries.slice(0, this.position).map(({ operation }) => operation);
  }

  /** Whether something is in force that was not saved. */
  get isDirty(): boolean {
    return this.position !== this.saved;
  }

  get canUndo(): boolean {
    return this.position > 0;
  }

  get canRedo(): boolean {
    return this.position < this.entries.length;
  }

  /** What undo and redo would take back or do again. */
  get undoLabel(): string | undefined {
    return this.canUndo ? operationText(this.entries[this.position - 1].operation) : undefined;
  }

  get redoLabel(): string | undefined {
    return this.canRedo ? operationText(this.entries[this.position].operation) : undefined;
  }

  /** The bytes of the present state, and the place of each item in them. */
  get encoded(): EncodedManifest {
    const { state } = this;
    if (this.encoding?.state !== state) this.encoding = { state, encoded: encodeState(this.base, state) };
    return this.encoding.encoded;
  }

  /**
   * Throws an OperationError, and nothing has changed then. `rebuild` and `measure-file` are to be resolved first
   * (resolve.ts).
   */
  apply(operation: Operation): void {
    let state: EditState;
    try {
      state = applyOperation(this.state, operation);
    } catch (error) {
      if (error instanceof OperationError) throw error.at(this.position, operation.op);
      throw error;
    }
    if (this.saved !== undefined && this.saved > this.position) this.saved = undefined;
    this.entries.splice(this.position, Number.POSITIVE_INFINITY, { operation, state });
    this.position++;
  }

  /** The document as it is now, to come back to where several operations are to be done or none. */
  mark(): () => void {
    const entries = [...this.entries];
    const { position, saved } = this;
    return () => {
      this.entries.splice(0, Number.POSITIVE_INFINITY, ...entries);
      this.position = position;
      this.saved = saved;
    };
  }

  /** False if there is nothing to undo. */
  undo(): boolean {
    if (!this.canUndo) return false;
    this.position--;
    return true;
  }

  redo(): boolean {
    if (!this.canRedo) return false;
    this.position++;
    return true;
  }

  /** Back to what was read, with nothing to redo. */
  revert(): void {
    this.entries.length = 0;
    this.position = 0;
    this.saved = 0;
    this.lastSaved = this.first;
  }

  markSaved(): void {
    this.saved = this.position;
    this.lastSaved = this.state;
  }

  /** What a hot exit keeps; the form of a script. */
  toJSON(): unknown[] {
    return operationsJson(this.operations);
  }

  /** The state that was read or saved last. */
  get savedState(): EditState {
    return this.lastSaved;
  }

  /**
   * What leads from the file that was read or saved last to the present state: the log behind the save, or where undo
   * went past it all edits as they are now.
   */
  get unsaved(): Operation[] {
    const { saved, position, state } = this;
    if (saved !== undefined && saved <= position) {
      return this.entries.slice(saved, position).map(({ operation }) => operation);
    }
    const all: Operation[] = [{ op: 'replace-all', edits: editsOf(state) }];
    return state.switchesCurrent ? [...all, { op: 'fix-current' }] : all;
  }

  /** The document with its log done again. Throws an OperationError where the base is another one than it was. */
  static restore(base: ManifestBase, log: unknown): ManifestDocument {
    const document = new ManifestDocument(base);
    for (const operation of readOperations(log)) document.apply(operation);
    return document;
  }
}
