// The log of a document as JSON: what a hot exit keeps, and the script of `lsm edit-manifest`.

import {
  editFields,
  fileFields,
  integerJson,
  keyJson,
  readEdit,
  readEdits,
  readFileFields,
  readKey,
} from './edit-json';
import { JsonReader } from './json-reader';
import { type Operation, OperationError, type OperationName, SINGLE_FIELDS } from './operation';

const REBUILD_INPUTS = ['refuse', 'keep', 'leave-out'] as const;

/** The operations in the text of a script. Throws an OperationError that says which operation and which field. */
export function parseOperations(text: string): Operation[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new OperationError(`not JSON: ${(error as Error).message}`);
  }
  return readOperations(value);
}

export function readOperations(value: unknown): Operation[] {
  if (!Array.isArray(value)) throw new OperationError('a script is an array of operations');
  return value.map((item, index) => {
    try {
      return readOperation(item);
    } catch (error) {
      if (!(error instanceof OperationError)) throw error;
      const op = (item as { op?: unknown } | null)?.op;
      throw error.at(index, typeof op === 'string' ? op : undefined);
    }
  });
}

export function operationsJson(operations: readonly Operation[]): unknown[] {
  return operations.map(operationJson);
}

const READERS: { [Name in OperationName]: (reader: JsonReader) => Extract<Operation, { op: Name }> } = {
  set(reader) {
    const edit = reader.index('edit');
    const field = reader.oneOf('field', SINGLE_FIELDS);
    if (reader.isNull('value')) {
      reader.take('value');
      return { op: 'set', edit, field, value: undefined };
    }
    const value = field === 'comparator' ? reader.string('value') : reader.u64('value');
    return { op: 'set', edit, field, value };
  },
  'set-compact-pointer'(reader) {
    const [edit, level] = [reader.index('edit'), reader.level('level')];
    const isRemoved = reader.isNull('key');
    if (isRemoved) reader.take('key');
    return { op: 'set-compact-pointer', edit, level, key: isRemoved ? undefined : readKey(reader, 'key') };
  },
  'set-file'(reader) {
    const place = inEdit(reader);
    const to = reader.member('to');
    const fields = {
      ...(to.has('level') ? { level: to.level('level') } : {}),
      ...(to.has('number') ? { number: to.u64('number') } : {}),
      ...(to.has('size') ? { size: to.u64('size') } : {}),
      ...(to.has('smallest') ? { smallest: readKey(to, 'smallest') } : {}),
      ...(to.has('largest') ? { largest: readKey(to, 'largest') } : {}),
    };
    to.end();
    return { op: 'set-file', ...place, to: fields };
  },
  'set-deletion'(reader) {
    const place = inEdit(reader);
    const to = reader.member('to');
    const fields = {
      ...(to.has('level') ? { level: to.level('level') } : {}),
      ...(to.has('number') ? { number: to.u64('number') } : {}),
    };
    to.end();
    return { op: 'set-deletion', ...place, to: fields };
  },
  'remove-entry': (reader) => ({
    op: 'remove-entry',
    ...inEdit(reader),
    kind: reader.oneOf('kind', ['add', 'delete']),
  }),
  'add-file': (reader) => ({
    op: 'add-file',
    ...optionalIndex(reader, 'edit'),
    level: reader.level('level'),
    file: readFileFields(reader),
  }),
  'remove-file': (reader) => ({
    op: 'remove-file',
    ...optionalIndex(reader, 'edit'),
    level: reader.level('level'),
    number: reader.u64('number'),
  }),
  'move-file': (reader) => ({
    op: 'move-file',
    ...optionalIndex(reader, 'edit'),
    number: reader.u64('number'),
    from: reader.level('from'),
    to: reader.level('to'),
  }),
  'insert-edit': (reader) => ({
    op: 'insert-edit',
    at: reader.index('at'),
    with: readEdit(reader.member('with')),
  }),
  'replace-edit': (reader) => ({
    op: 'replace-edit',
    edit: reader.index('edit'),
    with: readEdit(reader.member('with')),
  }),
  'delete-edit': (reader) => ({ op: 'delete-edit', edit: reader.index('edit') }),
  'duplicate-edit': (reader) => ({ op: 'duplicate-edit', edit: reader.index('edit') }),
  'move-edit': (reader) => ({ op: 'move-edit', edit: reader.index('edit'), to: reader.index('to') }),
  'roll-back': (reader) => ({ op: 'roll-back', edit: reader.index('edit') }),
  squash: (reader) => ({ op: 'squash', ...optionalIndex(reader, 'edit') }),
  'drop-tail': () => ({ op: 'drop-tail' }),
  'drop-damage': (reader) => ({ op: 'drop-damage', ...optionalIndex(reader, 'offset') }),
  'salvage-damage': (reader) => ({ op: 'salvage-damage', ...optionalIndex(reader, 'offset') }),
  'replace-all': (reader) => ({ op: 'replace-all', edits: readEdits(reader, 'edits') }),
  rebuild: (reader) => ({
    op: 'rebuild',
    ...(reader.has('inputs') ? { inputs: reader.oneOf('inputs', REBUILD_INPUTS) } : {}),
    ...(reader.has('edits') ? { edits: readEdits(reader, 'edits') } : {}),
  }),
  'measure-file': (reader) => ({ op: 'measure-file', ...inEdit(reader) }),
  'fix-current': () => ({ op: 'fix-current' }),
};

function readOperation(value: unknown): Operation {
  const reader = new JsonReader(value);
  const op = reader.string('op');
  if (!Object.hasOwn(READERS, op)) {
    throw new OperationError(`there is no operation "${op}": ${Object.keys(READERS).join(', ')}`, 'op');
  }
  const operation = READERS[op as OperationName](reader);
  reader.end();
  return operation;
}

function inEdit(reader: JsonReader) {
  return { edit: reader.index('edit'), level: reader.level('level'), number: reader.u64('number') };
}

function optionalIndex<Name extends string>(reader: JsonReader, name: Name): { [Key in Name]?: number } {
  return reader.has(name) ? ({ [name]: reader.index(name) } as { [Key in Name]?: number }) : {};
}

function operationJson(operation: Operation): unknown {
  switch (operation.op) {
    case 'set': {
      const { op, edit, field, value = null } = operation;
      return { op, edit, field, value: typeof value === 'bigint' ? integerJson(value) : value };
    }
    case 'set-compact-pointer': {
      const { key, ...rest } = operation;
      return { ...rest, key: key ? keyJson(key) : null };
    }
    case 'set-file': {
      const { to, number, ...rest } = operation;
      return { ...rest, number: integerJson(number), to: partialFile(to) };
    }
    case 'set-deletion': {
      const { to, number, ...rest } = operation;
      return { ...rest, number: integerJson(number), to: partialFile(to) };
    }
    case 'add-file': {
      const { file, ...rest } = operation;
      return { ...rest, ...fileFields(file) };
    }
    case 'remove-entry':
    case 'remove-file':
    case 'move-file':
    case 'measure-file':
      return { ...operation, number: integerJson(operation.number) };
    case 'insert-edit':
    case 'replace-edit':
      return { ...operation, with: editFields(operation.with) };
    case 'replace-all':
      return { ...operation, edits: operation.edits.map(editFields) };
    case 'rebuild': {
      const { edits, ...rest } = operation;
      return { ...rest, ...(edits ? { edits: edits.map(editFields) } : {}) };
    }
    default:
      return operation;
  }
}

function partialFile(to: Extract<Operation, { op: 'set-file' }>['to']) {
  const { level, number, size, smallest, largest } = to;
  return {
    ...(level === undefined ? {} : { level }),
    ...(number === undefined ? {} : { number: integerJson(number) }),
    ...(size === undefined ? {} : { size: integerJson(size) }),
    ...(smallest === undefined ? {} : { smallest: keyJson(smallest) }),
    ...(largest === undefined ? {} : { largest: keyJson(largest) }),
  };
}
