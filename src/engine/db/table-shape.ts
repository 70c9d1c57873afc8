import { bytewiseComparator } from '../keys/comparator';
import { InternalKeyComparator } from '../keys/internal-key';
import { bloomFilterPolicy, internalFilterPolicy } from '../table/filter';
import { TableBuilder } from '../table/table-builder';
import type { TableHost } from './build-table';
import type { DatabaseCore } from './core';

/** How tables are written, as it crosses between threads. */
export interface TableShape {
  blockSize: number;
  blockRestartInterval: number;
  compression: 'none' | 'snappy';
  /** Of LevelDB's own filter; undefined for none. */
  bitsPerKey: number | undefined;
}

/** The order of the keys: only one crosses. */
export const SHAPE_COMPARATOR = new InternalKeyComparator(bytewiseComparator);

/**
 * How another thread is to write tables of a database; undefined where none is asked for, or only this one can do it: its
 * steps are watched, or what is not plain data decides.
 */
export function shapeElsewhere({ env, options }: DatabaseCore): TableShape | undefined {
  const { thread, trace, traceGrain, comparator, compression, filterPolicy } = options;
  if (!thread || thread.env !== env || trace || traceGrain === 'entries') return undefined;
  if (comparator !== bytewiseComparator || typeof compression !== 'string') return undefined;
  if (filterPolicy && filterPolicy.bitsPerKey === undefined) return undefined;
  const { blockSize, blockRestartInterval } = options;
  return { blockSize, blockRestartInterval, compression, bitsPerKey: filterPolicy?.bitsPerKey };
}

export function builderOf(shape: TableShape): TableHost['newTableBuilder'] {
  const { bitsPerKey, ...options } = shape;
  const filterPolicy =
    bitsPerKey === undefined ? undefined : internalFilterPolicy(bloomFilterPolicy(bitsPerKey));
  return (append, onBlock) =>
    new TableBuilder({ ...options, comparator: SHAPE_COMPARATOR, filterPolicy, onBlock }, append);
}
