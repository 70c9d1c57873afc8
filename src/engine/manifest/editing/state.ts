import type { ManifestRecord } from '../manifest-reader';
import type { VersionEdit } from '../version-edit';
import type { EditItem, Item, ManifestBase } from './base';
import { OperationError } from './operation';

/** A MANIFEST as edited up to some operation. States share what they have in common, and are never changed. */
export interface EditState {
  readonly items: readonly Item[];
  /** Whether the tail of the base stands there still. */
  readonly hasTail: boolean;
  /** Whether saving makes CURRENT name this MANIFEST. */
  readonly switchesCurrent: boolean;
}

export function stateOf(base: ManifestBase): EditState {
  return { items: base.items, hasTail: base.tail !== undefined, switchesCurrent: false };
}

export function editsOf({ items }: EditState): VersionEdit[] {
  return items.filter(isEdit).map(({ edit }) => edit);
}

export function isEdit(item: Item): item is EditItem {
  return item.kind === 'edit';
}

/** The edits as records, with places where they have or would have some. */
export function recordsOf(state: EditState, offsets?: readonly number[]): ManifestRecord[] {
  return state.items.flatMap((item, i) => {
    if (!isEdit(item)) return [];
    const offset = offsets?.[i] ?? item.source?.offset ?? 0;
    return [{ offset, end: item.source?.end ?? offset, edit: item.edit }];
  });
}

/** The index in `items` of an edit. Throws an OperationError if there is none. */
export function itemIndex({ items }: EditState, edit: number, field = 'edit'): number {
  let count = 0;
  for (const [i, item] of items.entries()) if (isEdit(item) && count++ === edit) return i;
  const there = count === 0 ? 'there are no edits' : `the edits are 0 to ${count - 1}`;
  throw new OperationError(`there is no edit ${edit}: ${there}`, field);
}
