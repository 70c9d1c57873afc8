import type { Options } from '../engine/db/options';
import { LsmError } from '../engine/problem';
import { bloomFilterPolicy } from '../engine/table/bloom';
import type {
  BackgroundSpeed,
  OperationKind,
  PlaygroundChanges,
  PlaygroundConfig,
  PlaygroundOptions,
  PlaygroundStart,
  PlaygroundWorkload,
  PlugOptions,
  RecoverOptions,
} from './playground-api';

/** Small enough for everything to move within seconds. */
export const DEFAULT_PLAYGROUND: PlaygroundConfig = {
  database: {
    writeBufferSize: 64 << 10,
    maxWriteBufferNumber: 2,
    blockSize: 4096,
    blockRestartInterval: 16,
    compression: 'snappy',
    bloomBits: 10,
    maxFileBytes: 64 << 10,
    level0Files: 4,
    level0SlowdownFiles: 8,
    level0StopFiles: 12,
    level1Bytes: 256 << 10,
    reuseLogs: false,
  },
  workload: {
    keys: 20_000,
    order: { kind: 'uniform' },
    valueBytes: { min: 50, max: 150 },
    mix: { put: 50, overwrite: 30, delete: 10, get: 5, miss: 4, scan: 1 },
    scanLength: 20,
    seed: 1,
    operationsPerSecond: 1500,
    sync: false,
  },
  background: { unit: 'bytes', perSecond: 1 << 20 },
  grain: 'files',
};

export const OPERATIONS = [
  'put',
  'overwrite',
  'delete',
  'get',
  'miss',
  'scan',
] as const satisfies readonly OperationKind[];

/** Of the keys with the largest values that there can be: what is on the disk is a few times as much. */
const MAX_LIVE_BYTES = 256 << 20;
const MAX_SEED = 2147483647;

/** A whole configuration: what is left out is the default. Throws an LsmError that names the field. */
export function playgroundConfig(start: PlaygroundStart): PlaygroundConfig {
  const { database, workload, background, grain } = fields<PlaygroundStart>(start, '', [
    'database',
    'workload',
    'background',
    'grain',
  ]);
  return {
    database: checkedOptions(over(DEFAULT_PLAYGROUND.database, database, 'database')),
    ...changedConfig(DEFAULT_PLAYGROUND, { workload, background }),
    grain: oneOf(grain ?? DEFAULT_PLAYGROUND.grain, 'grain', ['files', 'entries']),
  };
}

/** What can be changed while the database is open. Throws an LsmError that names the field. */
export function changedConfig(
  before: Pick<PlaygroundConfig, 'workload' | 'background'>,
  changes: PlaygroundChanges,
): Pick<PlaygroundConfig, 'workload' | 'background'> {
  const { workload, background } = fields<PlaygroundChanges>(changes, '', ['workload', 'background']);
  return {
    workload: checkedWorkload(over(before.workload, workload, 'workload')),
    background: checkedSpeed(over(before.background, background, 'background')),
  };
}

export function checkedPlug(given: PlugOptions): PlugOptions {
  const { keep, seed } = fields<{ keep: string; seed: number }>(given, 'plug', ['keep', 'seed']);
  const known = oneOf(keep, 'plug.keep', ['synced', 'part']);
  return known === 'synced'
    ? { keep: known }
    : { keep: known, seed: integer(seed, 'plug.seed', 0, MAX_SEED) };
}

export function checkedRecovery(given: RecoverOptions): RecoverOptions {
  const { stepped = false, paranoid = false } = fields<RecoverOptions>(given, 'recover', [
    'stepped',
    'paranoid',
  ]);
  return { stepped: flag(stepped, 'recover.stepped'), paranoid: flag(paranoid, 'recover.paranoid') };
}

export function checkedRange(from: unknown, to: unknown): void {
  if (from !== undefined && !(from instanceof Uint8Array)) throw wrong('from', 'a key is bytes');
  if (to !== undefined && !(to instanceof Uint8Array)) throw wrong('to', 'a key is bytes');
}

/** The engine's options. */
export function engineOptions({ database, grain }: PlaygroundConfig, paranoidChecks: boolean): Options {
  const { bloomBits, maxFileBytes, reuseLogs, compression, blockSize, blockRestartInterval } = database;
  const { level0Files, level0SlowdownFiles, level0StopFiles, level1Bytes } = database;
  return {
    createIfMissing: true,
    paranoidChecks,
    writeBufferSize: database.writeBufferSize,
    maxWriteBufferNumber: database.maxWriteBufferNumber,
    blockSize,
    blockRestartInterval,
    compression,
    reuseLogs,
    filterPolicy: bloomBits === 0 ? undefined : bloomFilterPolicy(bloomBits),
    limits: { level0Files, level0SlowdownFiles, level0StopFiles, level1Bytes, maxFileBytes },
    infoLog: false,
    traceGrain: grain,
    background: 'stepped',
  };
}

function checkedOptions(given: PlaygroundOptions): PlaygroundOptions {
  const int = (name: keyof PlaygroundOptions, least: number, most: number) =>
    integer(given[name], `database.${name}`, least, most);
  const level0Files = int('level0Files', 1, 1000);
  const level0SlowdownFiles = int('level0SlowdownFiles', level0Files, 1000);
  return {
    // LevelDB takes no less.
    writeBufferSize: int('writeBufferSize', 64 << 10, 16 << 20),
    maxWriteBufferNumber: int('maxWriteBufferNumber', 2, 16),
    blockSize: int('blockSize', 1 << 10, 1 << 20),
    blockRestartInterval: int('blockRestartInterval', 1, 1024),
    compression: oneOf(given.compression, 'database.compression', ['none', 'snappy']),
    bloomBits: int('bloomBits', 0, 30),
    maxFileBytes: int('maxFileBytes', 16 << 10, 64 << 20),
    level0Files,
    level0SlowdownFiles,
    level0StopFiles: int('level0StopFiles', level0SlowdownFiles, 1000),
    level1Bytes: int('level1Bytes', 16 << 10, 1 << 30),
    reuseLogs: flag(given.reuseLogs, 'database.reuseLogs'),
  };
}

function checkedWorkload(given: PlaygroundWorkload): PlaygroundWorkload {
  const valueBytes = fields<PlaygroundWorkload['valueBytes']>(given.valueBytes, 'workload.valueBytes', [
    'min',
    'max',
  ]);
  // A value has the number of its write in it: see playground-values.ts.
  const min = integer(valueBytes.min, 'workload.valueBytes.min', 8, 65_536);
  const max = integer(valueBytes.max, 'workload.valueBytes.max', min, 65_536);
  const keys = integer(given.keys, 'workload.keys', 1, 1_000_000);
  if (keys * max > MAX_LIVE_BYTES) {
    throw wrong('workload.valueBytes.max', `${keys} keys with ${max} bytes are more than ${MAX_LIVE_BYTES}`);
  }
  return {
    keys,
    order: checkedOrder(given.order),
    valueBytes: { min, max },
    mix: checkedMix(given.mix),
    scanLength: integer(given.scanLength, 'workload.scanLength', 1, 10_000),
    seed: integer(given.seed, 'workload.seed', 0, MAX_SEED),
    operationsPerSecond: integer(given.operationsPerSecond, 'workload.operationsPerSecond', 1, 100_000),
    sync: flag(given.sync, 'workload.sync'),
  };
}

function checkedOrder(given: PlaygroundWorkload['order']): PlaygroundWorkload['order'] {
  const at = 'workload.order';
  const { kind, ...rest } = fields<{ kind: string; share: number; heat: number }>(given, at, [
    'kind',
    'share',
    'heat',
  ]);
  const known = oneOf(kind, `${at}.kind`, ['sequential', 'uniform', 'zipfian', 'hot']);
  if (known !== 'hot') return { kind: known };
  const share = within(rest.share, `${at}.share`, 0, 1);
  if (share === 0) throw wrong(`${at}.share`, 'it must be above 0');
  return { kind: known, share, heat: within(rest.heat, `${at}.heat`, 0, 1) };
}

function checkedMix(given: PlaygroundWorkload['mix']): PlaygroundWorkload['mix'] {
  const at = 'workload.mix';
  const mix = fields<PlaygroundWorkload['mix']>(given, at, OPERATIONS);
  const checked = Object.fromEntries(
    OPERATIONS.map((kind) => [kind, within(mix[kind] ?? 0, `${at}.${kind}`, 0, 1e6)]),
  ) as PlaygroundWorkload['mix'];
  if (OPERATIONS.every((kind) => checked[kind] === 0)) throw wrong(at, 'one share must be above 0');
  return checked;
}

/** A tick does no more than a slice's worth, whatever is due. */
const MAX_SPEED = { bytes: 256 << 20, steps: 1_000_000 };

function checkedSpeed(given: BackgroundSpeed): BackgroundSpeed {
  const unit = oneOf(given.unit, 'background.unit', ['bytes', 'steps']);
  return { unit, perSecond: within(given.perSecond, 'background.perSecond', 0, MAX_SPEED[unit]) };
}

/** The fields that are given over those from before; others than these are refused. */
function over<Fields extends object>(before: Fields, given: Partial<Fields> | undefined, at: string): Fields {
  if (given === undefined) return before;
  const names = Object.keys(before) as (keyof Fields & string)[];
  const found = fields<Fields>(given, at, names);
  const present = Object.entries(found).filter(([, value]) => value !== undefined);
  return { ...before, ...Object.fromEntries(present) };
}

/** The fields of an object that came from somewhere else. */
function fields<Fields>(value: unknown, at: string, names: readonly string[]): Partial<Fields> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw wrong(at === '' ? 'config' : at, 'it must be an object');
  }
  for (const name of Object.keys(value)) {
    if (!names.includes(name)) throw wrong(at === '' ? name : `${at}.${name}`, 'there is no such field');
  }
  // Only what is its own: a prototype's fields are nobody's choice.
  return Object.fromEntries(Object.entries(value)) as Partial<Fields>;
}

function integer(value: unknown, at: string, least: number, most: number): number {
  if (!Number.isInteger(value)) throw wrong(at, `it must be a whole number from ${least} to ${most}`);
  return within(value, at, least, most);
}

function within(value: unknown, at: string, least: number, most: number): number {
  if (typeof value !== 'number' || !(value >= least && value <= most)) {
    throw wrong(at, `it must be from ${least} to ${most}`);
  }
  return value;
}

function flag(value: unknown, at: string): boolean {
  if (typeof value !== 'boolean') throw wrong(at, 'it must be true or false');
  return value;
}

function oneOf<const Choice extends string>(value: unknown, at: string, choices: readonly Choice[]): Choice {
  if (!choices.includes(value as Choice)) throw wrong(at, `it must be one of ${choices.join(', ')}`);
  return value as Choice;
}

/** An error for a field. */
export function wrong(field: string, message: string): LsmError {
  return new LsmError('Invalid argument', 'invalid-argument', `${field}: ${message}`);
}
