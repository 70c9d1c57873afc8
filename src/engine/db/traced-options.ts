import type { TracedOptions } from '../trace/events';
import type { SanitizedOptions } from './options';

/** The options that decide what a database does, as a trace tells them. */
export function tracedOptions(options: SanitizedOptions): TracedOptions {
  const { comparator, compression, filterPolicy, limits } = options;
  return {
    comparator: comparator.name,
    createIfMissing: options.createIfMissing,
    paranoidChecks: options.paranoidChecks,
    verifyChecksums: options.verifyChecksums,
    reuseLogs: options.reuseLogs,
    writeBufferSize: options.writeBufferSize,
    maxWriteBufferNumber: options.maxWriteBufferNumber,
    blockSize: options.blockSize,
    blockRestartInterval: options.blockRestartInterval,
    compression: typeof compression === 'string' ? compression : String(compression.type),
    filterPolicy: filterPolicy?.name,
    limits: { ...limits },
  };
}
