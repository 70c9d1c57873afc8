import { unescapeBytes } from '../../bytes/escape';
import { parseU64, type U64, u64FromBigInt } from '../../bytes/u64';
import { encodeInternalKey, MAX_SEQUENCE, ValueType } from '../../keys/internal-key';
import { LEVELS } from '../version-edit';
import { OperationError } from './operation';

/** Takes fields out of a JSON object, with an error that names the field; `end` refuses what was not taken. */
export class JsonReader {
  private readonly object: Readonly<Record<string, unknown>>;
  private readonly prefix: string;
  private readonly left: Set<string>;

  constructor(value: unknown, path = '') {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      throw new OperationError('not an object', path === '' ? undefined : path);
    }
    this.object = value as Record<string, unknown>;
    this.prefix = path === '' ? '' : `${path}.`;
    this.left = new Set(Object.keys(this.object));
  }

  has(name: string): boolean {
    return this.object[name] !== undefined;
  }

  /** Whether it stands there as null. */
  isNull(name: string): boolean {
    return this.object[name] === null;
  }

  take(name: string): unknown {
    this.left.delete(name);
    return this.object[name];
  }

  path(name: string): string {
    return `${this.prefix}${name}`;
  }

  string(name: string): string {
    const value = this.take(name);
    if (typeof value !== 'string') throw this.wrong(name, 'a string', value);
    return value;
  }

  oneOf<Word extends string>(name: string, words: readonly Word[]): Word {
    const value = this.take(name);
    const word = words.find((each) => each === value);
    if (word === undefined) throw this.wrong(name, `one of ${words.join(', ')}`, value);
    return word;
  }

  /** An index or count. */
  index(name: string): number {
    const value = this.take(name);
    if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) {
      throw this.wrong(name, 'a whole number from 0 on', value);
    }
    return value;
  }

  level(name: string): number {
    const value = this.take(name);
    if (typeof value !== 'number' || !Number.isInteger(value) || value < 0 || value >= LEVELS) {
      throw this.wrong(name, `a level from 0 to ${LEVELS - 1}`, value);
    }
    return value;
  }

  /** An unsigned integer of 64 bits; a string, above 2^53. */
  u64(name: string): U64 {
    const value = this.take(name);
    const parsed =
      typeof value === 'string'
        ? parseU64(value)
        : typeof value === 'bigint' && value >= 0n
          ? u64FromBigInt(value)
          : typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
            ? value
            : undefined;
    if (parsed === undefined) {
      throw this.wrong(name, 'an unsigned integer of 64 bits (above 2^53 as a string)', value);
    }
    return parsed;
  }

  /** {userKey, sequence, type}; `keyName` is what the user key is called. */
  key(keyName = 'userKey'): Uint8Array {
    const text = this.string(keyName);
    const sequence = this.u64('sequence');
    if (sequence > MAX_SEQUENCE) throw new OperationError('above 2^56 - 1', this.path('sequence'));
    const type = this.has('type') ? this.take('type') : 'value';
    const tag =
      type === 'value' || type === 'deletion'
        ? ValueType[type]
        : typeof type === 'number' && Number.isInteger(type) && type >= 0 && type < 256
          ? type
          : undefined;
    if (tag === undefined) throw this.wrong('type', '"value", "deletion" or a number below 256', type);
    try {
      return encodeInternalKey(unescapeBytes(text), sequence, tag);
    } catch (error) {
      throw new OperationError((error as Error).message, this.path(keyName));
    }
  }

  member(name: string): JsonReader {
    return new JsonReader(this.take(name), this.path(name));
  }

  list<Item>(name: string, read: (item: JsonReader) => Item): Item[] {
    const value = this.take(name);
    if (!Array.isArray(value)) throw this.wrong(name, 'an array', value);
    return value.map((item, i) => {
      const reader = new JsonReader(item, `${this.path(name)}[${i}]`);
      const result = read(reader);
      reader.end();
      return result;
    });
  }

  /** Refuses fields that nobody asked for: a misspelt one would be passed by in silence. */
  end(): void {
    const [name] = this.left;
    if (name !== undefined) throw new OperationError('there is no such field', this.path(name));
  }

  private wrong(name: string, wanted: string, value: unknown): OperationError {
    const found = value === undefined ? 'it is missing' : `not ${shown(value)}`;
    return new OperationError(`must be ${wanted}: ${found}`, this.path(name));
  }
}

function shown(value: unknown): string {
  const text = typeof value === 'bigint' ? `${value}` : JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
