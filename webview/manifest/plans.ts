// What is to be done to a MANIFEST, as the page asks for it: operations as a script has them
// (src/engine/manifest/editing/README.md), and where to look afterwards.

import type { FileNumber, KeyForm } from '../protocol/manifest';
import type { IconName } from '../ui/icon';
import { t } from '../ui/text';
import type { Refusal } from './change-queue';

export interface Plan {
  operations: unknown[];
  /** The edit that is selected afterwards; the present one if it is left out. */
  edit?: number;
}

/**
 * Does a plan, one that is made when its turn comes and the page shows what was done before it; then there may be none any
 * more. Resolves to why it was refused, which the banner says too.
 */
export type Apply = (plan: Plan | (() => Plan | undefined)) => Promise<Refusal | undefined>;

/** One of the operations on a whole edit. */
export interface EditAction {
  id: string;
  label: string;
  icons: IconName[];
  /** The key on the list of edits. */
  keys?: string;
  isDisabled: boolean;
  startsGroup?: boolean;
  plan: Plan;
}

/** The operations on an edit, of so many. */
export function editActions(edit: number, edits: number): EditAction[] {
  const none = edits === 0;
  const last = edits - 1;
  const after = none ? 0 : edit + 1;
  return [
    {
      id: 'insert-before',
      label: t('Insert Before'),
      icons: ['add', 'arrow-small-up'],
      isDisabled: none,
      plan: { operations: [{ op: 'insert-edit', at: edit, with: {} }], edit },
    },
    {
      id: 'insert-after',
      label: none ? t('Insert an Edit') : t('Insert After'),
      icons: ['add', 'arrow-small-down'],
      keys: 'Insert',
      isDisabled: false,
      plan: { operations: [{ op: 'insert-edit', at: after, with: {} }], edit: after },
    },
    {
      id: 'duplicate',
      label: t('Duplicate'),
      icons: ['copy'],
      isDisabled: none,
      plan: { operations: [{ op: 'duplicate-edit', edit }], edit: edit + 1 },
    },
    {
      id: 'delete',
      label: t('Delete'),
      icons: ['trash'],
      keys: 'Delete',
      isDisabled: none,
      plan: { operations: [{ op: 'delete-edit', edit }], edit: Math.max(0, Math.min(edit, last - 1)) },
    },
    {
      id: 'move-up',
      label: t('Move Up'),
      icons: ['arrow-up'],
      keys: 'Alt+↑',
      isDisabled: none || edit === 0,
      startsGroup: true,
      plan: { operations: [{ op: 'move-edit', edit, to: edit - 1 }], edit: edit - 1 },
    },
    {
      id: 'move-down',
      label: t('Move Down'),
      icons: ['arrow-down'],
      keys: 'Alt+↓',
      isDisabled: none || edit >= last,
      plan: { operations: [{ op: 'move-edit', edit, to: edit + 1 }], edit: edit + 1 },
    },
    {
      id: 'roll-back',
      label: t('Roll Back to Here'),
      icons: [],
      isDisabled: none || edit >= last,
      startsGroup: true,
      plan: { operations: [{ op: 'roll-back', edit }], edit },
    },
    {
      id: 'squash',
      label: t('Squash up to Here'),
      icons: [],
      isDisabled: none || edit === 0,
      plan: { operations: [{ op: 'squash', edit }], edit: 0 },
    },
  ];
}

/** Which of the actions a key on the list of edits is for. */
export function actionOfKey({ key, altKey, ctrlKey, metaKey, shiftKey }: KeyboardEvent): string | undefined {
  if (ctrlKey || metaKey || shiftKey) return undefined;
  if (altKey) return { ArrowUp: 'move-up', ArrowDown: 'move-down' }[key];
  return { Delete: 'delete', Insert: 'insert-after' }[key];
}

/** Adds a table with the size and range that its file has; in a new edit at the end if none is named. */
export function addFromFile(level: number, number: FileNumber, edits: number, edit?: number): Plan {
  const key: Omit<KeyForm, 'isWhole'> = { userKey: '', sequence: 0, type: 'value' };
  const place = { level, number };
  const to = edit ?? edits;
  return {
    operations: [
      {
        op: 'add-file',
        ...(edit === undefined ? {} : { edit }),
        ...place,
        size: 0,
        smallest: key,
        largest: key,
      },
      { op: 'measure-file', edit: to, ...place },
    ],
    edit: to,
  };
}
