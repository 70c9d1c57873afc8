import type { ChosenWays } from '../engine/db/dry-run';
import type { Options } from '../engine/db/options';
import { UsageError } from './exit';
import type { Arguments } from './options';

const KIB = 1024;
const MIB = 1024 * KIB;
const GIB = 1024 * MIB;

/** How tables are to be written, as far as it was asked for. Throws a UsageError for what LevelDB would not take. */
export function chosenWays(args: Arguments): ChosenWays {
  return {
    compression: compression(args),
    bitsPerKey: args.bounded('bloom-bits', 0, 1000),
    blockSize: args.bounded('block-size', KIB, 4 * MIB),
    blockRestartInterval: args.bounded('block-restart-interval', 1, 1 << 20),
  };
}

/** What else decides when a table is written and where it ends. The bounds are those to which LevelDB clips. */
export function chosenSizes(args: Arguments): Options {
  return {
    writeBufferSize: args.bounded('write-buffer-size', 64 * KIB, GIB),
    maxWriteBufferNumber: args.bounded('max-write-buffer-number', 2, 1000),
    maxFileSize: args.bounded('max-file-size', MIB, GIB),
  };
}

function compression(args: Arguments): ChosenWays['compression'] {
  const name = args.text('compression');
  if (name === undefined || name === 'none' || name === 'snappy') return name;
  if (name === 'zstd') {
    throw new UsageError('--compression zstd: zstd is read, but not written yet; choose none or snappy');
  }
  throw new UsageError(`--compression: "${name}" is none of none, snappy, zstd`);
}
