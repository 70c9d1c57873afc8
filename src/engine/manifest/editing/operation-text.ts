import type { Operation, SingleField } from './operation';

const FIELD_NAMES: Record<SingleField, string> = {
  comparator: 'comparator',
  logNumber: 'log number',
  prevLogNumber: 'previous log number',
  nextFileNumber: 'next file number',
  lastSequence: 'last sequence',
};

/** An operation in words: the label of undo and redo. */
export function operationText(operation: Operation): string {
  switch (operation.op) {
    case 'set': {
      const { edit, field, value } = operation;
      const name = FIELD_NAMES[field];
      return value === undefined ? `edit ${edit}: no ${name}` : `edit ${edit}: ${name} ${value}`;
    }
    case 'set-compact-pointer':
      return `edit ${operation.edit}: ${operation.key ? '' : 'no '}compaction pointer of level ${operation.level}`;
    case 'set-file':
      return `edit ${operation.edit}: change table ${operation.number} (${Object.keys(operation.to).join(', ')})`;
    case 'set-deletion':
      return `edit ${operation.edit}: change the deletion of table ${operation.number}`;
    case 'remove-entry':
      return `edit ${operation.edit}: take out the line that ${operation.kind}s table ${operation.number}`;
    case 'add-file':
      return `add table ${operation.file.number} to level ${operation.level}`;
    case 'remove-file':
      return `remove table ${operation.number} from level ${operation.level}`;
    case 'move-file':
      return `move table ${operation.number} from level ${operation.from} to ${operation.to}`;
    case 'insert-edit':
      return `insert an edit at ${operation.at}`;
    case 'replace-edit':
      return `replace edit ${operation.edit}`;
    case 'delete-edit':
      return `delete edit ${operation.edit}`;
    case 'duplicate-edit':
      return `duplicate edit ${operation.edit}`;
    case 'move-edit':
      return `move edit ${operation.edit} to ${operation.to}`;
    case 'roll-back':
      return `roll back to edit ${operation.edit}`;
    case 'squash':
      return operation.edit === undefined ? 'squash to one record' : `squash edits 0 to ${operation.edit}`;
    case 'drop-tail':
      return 'drop the tail';
    case 'drop-damage':
      return operation.offset === undefined ? 'drop all damage' : `drop the damage at ${operation.offset}`;
    case 'salvage-damage':
      return operation.offset === undefined
        ? 'keep the sound records among the damage'
        : `keep the sound records among the damage at ${operation.offset}`;
    case 'replace-all':
      return 'replace all edits';
    case 'rebuild':
      return 'rebuild from the tables present';
    case 'measure-file':
      return `take size and range of table ${operation.number} from the file`;
    case 'fix-current':
      return 'make CURRENT name this MANIFEST';
  }
}
