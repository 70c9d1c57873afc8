import type { ProblemRow } from '../protocol/manifest';
import type { MenuItem } from '../ui/menu';
import type { Row } from './columns';
import { damageProblems } from './damage-view';
import { type Apply, editActions } from './plans';

/** What the menu of a row offers: operations on an edit of so many, or fixes of damage. */
export function rowMenu(
  row: Row,
  edits: number,
  problems: readonly ProblemRow[],
  { act, apply }: { act(id: string): void; apply: Apply },
): MenuItem[] {
  if (row.edit === undefined) {
    return damageProblems(row.offset, problems).flatMap(({ fixes }) =>
      fixes.map(({ label, operations }) => ({ label, run: () => void apply({ operations }) })),
    );
  }
  return editActions(row.edit, edits).map(({ id, label, keys, isDisabled, startsGroup }) => ({
    label,
    keys,
    isDisabled,
    startsGroup,
    run: () => act(id),
  }));
}
