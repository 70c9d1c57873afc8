import { type ParseArgsConfig, parseArgs } from 'node:util';
import { parseHex, unescapeBytes } from '../engine/bytes/escape';
import { parseU64, type U64 } from '../engine/bytes/u64';
import { type Comparator, comparatorNames, findComparator } from '../engine/keys/comparator';
import { MAX_SEQUENCE } from '../engine/keys/internal-key';
import { UsageError } from './exit';

/** One option of a command, for parsing and for its help. */
export interface OptionSpec {
  /** What stands for the value in the help; undefined for a switch. */
  value?: string;
  help: string;
}

export type OptionSpecs = Readonly<Record<string, OptionSpec>>;

/** Options that every command takes. */
export const commonOptions: OptionSpecs = {
  json: { help: 'machine-readable output' },
  hex: { help: 'keys and values as plain hex, in output and arguments' },
  comparator: { value: 'NAME', help: `order of the keys: ${comparatorNames.join(', ')}` },
  help: { help: 'this text' },
};

/** Options of commands that write tables, or show what would be written. */
export const writeOptions: OptionSpecs = {
  'write-buffer-size': { value: 'BYTES', help: 'bytes of a memtable (default 4194304)' },
  'max-write-buffer-number': {
    value: 'N',
    help: 'memtables, the active one included (default 2, as in LevelDB)',
  },
  'block-size': { value: 'BYTES', help: 'bytes of a block (default: as the tables show, else 4096)' },
  'block-restart-interval': {
    value: 'N',
    help: 'entries between restart points (default: as the tables show, else 16)',
  },
  'max-file-size': { value: 'BYTES', help: 'bytes at which a table ends (default 2097152)' },
  compression: {
    value: 'none|snappy|zstd',
    help: 'of blocks (default: as the tables show, else snappy); zstd is read, but not written yet',
  },
  'bloom-bits': {
    value: 'N',
    help: 'bits per key of the Bloom filter, 0 for none (default: as the tables show, else none)',
  },
};

/** The arguments of one call. */
export class Arguments {
  readonly positionals: readonly string[];
  private readonly values: Readonly<Record<string, string | boolean | undefined>>;

  /** Throws a UsageError for options that the command does not have. */
  constructor(argv: readonly string[], specs: OptionSpecs) {
    const options: ParseArgsConfig['options'] = {};
    for (const [name, { value }] of Object.entries(specs)) {
      options[name] = { type: value === undefined ? 'boolean' : 'string' };
    }
    try {
      const parsed = parseArgs({ args: [...argv], options, allowPositionals: true, strict: true });
      this.positionals = parsed.positionals;
      this.values = parsed.values as Record<string, string | boolean | undefined>;
    } catch (error) {
      throw new UsageError((error as Error).message.split('\n')[0]);
    }
  }

  /** Whether an option was given, with a value or without. */
  has(name: string): boolean {
    return this.values[name] !== undefined;
  }

  text(name: string): string | undefined {
    const value = this.values[name];
    return typeof value === 'string' ? value : undefined;
  }

  /** A key or value as it is written on the command line. */
  bytes(text: string): Uint8Array {
    try {
      return this.has('hex') ? parseHex(text) : unescapeBytes(text);
    } catch (error) {
      throw new UsageError((error as Error).message);
    }
  }

  bytesOption(name: string): Uint8Array | undefined {
    const text = this.text(name);
    return text === undefined ? undefined : this.bytes(text);
  }

  /** An unsigned integer. */
  integer(name: string): U64 | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    const value = parseU64(text);
    if (value === undefined) throw new UsageError(`--${name}: not an unsigned integer: ${text}`);
    return value;
  }

  /** A sequence number. What is above the greatest one there can be sees as much as that. */
  sequence(name: string): U64 | undefined {
    const value = this.integer(name);
    return value !== undefined && value > MAX_SEQUENCE ? MAX_SEQUENCE : value;
  }

  /** An unsigned integer that counts things. */
  count(name: string): number | undefined {
    const value = this.integer(name);
    return value === undefined ? undefined : Number(value);
  }

  /** An unsigned integer from `least` to `most`. */
  bounded(name: string, least: number, most: number): number | undefined {
    const value = this.count(name);
    if (value === undefined || (value >= least && value <= most)) return value;
    throw new UsageError(`--${name}: ${value} is not from ${least} to ${most}`);
  }

  comparator(): Comparator | undefined {
    const name = this.text('comparator');
    if (name === undefined) return undefined;
    const comparator = findComparator(name);
    if (!comparator) {
      throw new UsageError(`--comparator: "${name}" is none of ${comparatorNames.join(', ')}`);
    }
    return comparator;
  }
}
