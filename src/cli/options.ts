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

  has(name: string): boolean {
    return this.values[name] === true;
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
