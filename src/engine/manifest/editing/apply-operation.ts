import { emptyVersionEdit, type VersionEdit } from '../version-edit';
import type { DamageItem, EditItem, Item } from './base';
import { spliced, withItem } from './lists';
import { type FilePlace, type Operation, OperationError } from './operation';
import { squashed, versionOf } from './squash';
import { type EditState, editsOf, isEdit, itemIndex } from './state';

/** The state after an operation. Throws an OperationError; `rebuild` and `measure-file` must be resolved before. */
export function applyOperation(state: EditState, operation: Operation): EditState {
  switch (operation.op) {
    case 'set': {
      const { edit, field, value } = operation;
      return changed(state, edit, (before) => {
        const { [field]: _, ...rest } = before;
        return (value === undefined ? rest : { ...rest, [field]: value }) as VersionEdit;
      });
    }
    case 'set-compact-pointer': {
      const { edit, level, key } = operation;
      return changed(state, edit, (before) => {
        const others = before.compactPointers.filter((pointer) => pointer.level !== level);
        return { ...before, compactPointers: key ? [...others, { level, key }] : others };
      });
    }
    case 'set-file': {
      const { edit, to } = operation;
      const { level: toLevel, ...fields } = to;
      return changed(state, edit, (before) => {
        const at = addedIndex(before, operation);
        const { level, file } = before.newFiles[at];
        const entry = { level: toLevel ?? level, file: { ...file, ...fields } };
        return { ...before, newFiles: withItem(before.newFiles, at, entry) };
      });
    }
    case 'set-deletion': {
      const { edit, to } = operation;
      return changed(state, edit, (before) => {
        const at = deletedIndex(before, operation);
        return {
          ...before,
          deletedFiles: withItem(before.deletedFiles, at, { ...before.deletedFiles[at], ...to }),
        };
      });
    }
    case 'remove-entry': {
      const { edit, kind } = operation;
      return changed(state, edit, (before) =>
        kind === 'add'
          ? { ...before, newFiles: spliced(before.newFiles, addedIndex(before, operation), 1) }
          : { ...before, deletedFiles: spliced(before.deletedFiles, deletedIndex(before, operation), 1) },
      );
    }
    case 'add-file': {
      const { edit, level, file } = operation;
      return changed(state, edit, (before) => {
        if (before.newFiles.some((each) => each.level === level && each.file.number === file.number)) {
          throw new OperationError(`the edit adds table ${file.number} to level ${level} already`, 'number');
        }
        return { ...before, newFiles: [...before.newFiles, { level, file }] };
      });
    }
    case 'remove-file':
      return removeFile(state, operation);
    case 'move-file':
      return moveFile(state, operation);
    case 'insert-edit':
      return inserted(state, operation.at, operation.with);
    case 'replace-edit':
      return changed(state, operation.edit, () => operation.with);
    case 'delete-edit':
      return withItems(state, spliced(state.items, itemIndex(state, operation.edit), 1));
    case 'duplicate-edit': {
      const at = itemIndex(state, operation.edit);
      return withItems(state, spliced(state.items, at + 1, 0, fresh((state.items[at] as EditItem).edit)));
    }
    case 'move-edit':
      return moveEdit(state, operation);
    case 'roll-back': {
      const at = itemIndex(state, operation.edit);
      return { ...state, items: state.items.slice(0, at + 1), hasTail: false };
    }
    case 'squash':
      return squash(state, operation.edit);
    case 'drop-tail':
      if (!state.hasTail) throw new OperationError('nothing stands behind the last record');
      return { ...state, hasTail: false };
    case 'drop-damage':
      return replaceDamage(state, operation.offset, () => []);
    case 'salvage-damage':
      return replaceDamage(state, operation.offset, ({ salvage }) => salvage);
    case 'replace-all':
      return { ...state, items: operation.edits.map(fresh), hasTail: false };
    case 'rebuild':
      if (!operation.edits) throw new OperationError('the tables of the folder have to be read first');
      return { ...state, items: operation.edits.map(fresh), hasTail: false };
    case 'measure-file':
      throw new OperationError('the table has to be read first');
    case 'fix-current':
      return { ...state, switchesCurrent: true };
  }
}

function fresh(edit: VersionEdit): EditItem {
  return { kind: 'edit', edit };
}

function withItems(state: EditState, items: readonly Item[]): EditState {
  return { ...state, items };
}

/** Changes an edit, or a new one at the end where none is named. */
function changed(
  state: EditState,
  edit: number | undefined,
  change: (edit: VersionEdit) => VersionEdit,
): EditState {
  if (edit === undefined) return withItems(state, [...state.items, fresh(change(emptyVersionEdit()))]);
  const at = itemIndex(state, edit);
  return withItems(state, withItem(state.items, at, fresh(change((state.items[at] as EditItem).edit))));
}

function addedIndex({ newFiles }: VersionEdit, { level, number }: FilePlace): number {
  const at = newFiles.findIndex((each) => each.level === level && each.file.number === number);
  if (at < 0) throw new OperationError(`the edit adds no table ${number} to level ${level}`, 'number');
  return at;
}

function deletedIndex({ deletedFiles }: VersionEdit, { level, number }: FilePlace): number {
  const at = deletedFiles.findIndex((each) => each.level === level && each.number === number);
  if (at < 0) throw new OperationError(`the edit deletes no table ${number} from level ${level}`, 'number');
  return at;
}

/** The table as the version has it before the edit that is to take it away. */
function liveFile(state: EditState, edit: number | undefined, level: number, number: FilePlace['number']) {
  const edits = editsOf(state);
  const file = versionOf(edits.slice(0, edit)).levels[level].find((each) => each.number === number);
  const when = edit === undefined ? '' : ` before edit ${edit}`;
  if (!file) throw new OperationError(`table ${number} is not in level ${level}${when}`, 'number');
  return file;
}

function removeFile(state: EditState, { edit, level, number }: Extract<Operation, { op: 'remove-file' }>) {
  if (edit !== undefined) itemIndex(state, edit);
  liveFile(state, edit, level, number);
  return changed(state, edit, (before) => ({
    ...before,
    deletedFiles: [...before.deletedFiles, { level, number }],
  }));
}

function moveFile(state: EditState, { edit, number, from, to }: Extract<Operation, { op: 'move-file' }>) {
  if (from === to) throw new OperationError('the table is in that level', 'to');
  if (edit !== undefined) itemIndex(state, edit);
  const file = liveFile(state, edit, from, number);
  return changed(state, edit, (before) => ({
    ...before,
    deletedFiles: [...before.deletedFiles, { level: from, number }],
    newFiles: [...before.newFiles, { level: to, file }],
  }));
}

function inserted(state: EditState, at: number, edit: VersionEdit): EditState {
  const count = state.items.filter(isEdit).length;
  if (at > count) throw new OperationError(`an edit is inserted at 0 to ${count}`, 'at');
  const index = at === count ? state.items.length : itemIndex(state, at);
  return withItems(state, spliced(state.items, index, 0, fresh(edit)));
}

function moveEdit(state: EditState, { edit, to }: Extract<Operation, { op: 'move-edit' }>): EditState {
  const from = itemIndex(state, edit);
  const target = itemIndex(state, to, 'to');
  const without = spliced(state.items, from, 1);
  return withItems(state, spliced(without, target, 0, fresh((state.items[from] as EditItem).edit)));
}

/** What is damaged among the edits goes with them. */
function squash(state: EditState, edit: number | undefined): EditState {
  const count = state.items.filter(isEdit).length;
  if (count === 0) throw new OperationError('there are no edits');
  const at = edit === undefined ? state.items.length - 1 : itemIndex(state, edit);
  const edits = state.items.slice(0, at + 1).filter(isEdit);
  const one = fresh(squashed(edits.map((item) => item.edit)));
  const rest = state.items.slice(at + 1);
  return { ...state, items: [one, ...rest], hasTail: state.hasTail && rest.length > 0 };
}

function replaceDamage(
  state: EditState,
  offset: number | undefined,
  by: (damage: DamageItem) => readonly VersionEdit[],
): EditState {
  let count = 0;
  const items = state.items.flatMap((item): Item[] => {
    if (isEdit(item) || (offset !== undefined && item.source.offset !== offset)) return [item];
    count++;
    return by(item).map(fresh);
  });
  if (count > 0) return withItems(state, items);
  throw offset === undefined
    ? new OperationError('there is no damage')
    : new OperationError(`there is no damage at ${offset}`, 'offset');
}
