// The fields of the two forms: of the workload, and of the options. Flat names and texts here, the worker's objects
// there. No DOM. The worker checks all of it once more, and what fields have to do with each other.

import type {
  BackgroundSpeed,
  KeyOrder,
  PlaygroundConfig,
  PlaygroundOptions,
  PlaygroundWorkload,
} from '../protocol/playground';
import type { TraceGrain } from '../protocol/trace-event';
import { t } from '../ui/text';

export type FieldValue = number | string | boolean;
export type FieldValues = { readonly [name: string]: FieldValue };

export interface ConfigField {
  name: string;
  title: string;
  /** `kilobytes` are bytes that are typed in KB; `share` is from 0 to 1 and typed in percent. */
  kind: 'number' | 'kilobytes' | 'share' | 'choice' | 'flag';
  least?: number;
  most?: number;
  /** Also parts of a whole number. */
  isFraction?: boolean;
  note?: string;
  choices?: [value: string, title: string][];
  /** Left out for other values. */
  isShown?: (values: FieldValues) => boolean;
}

export interface Preset {
  title: string;
  values: FieldValues;
}

const KB = 1024;

export function workloadFields(): ConfigField[] {
  const isHot = ({ order }: FieldValues) => order === 'hot';
  const share = (name: string, title: string): ConfigField => {
    return { name, title, kind: 'number', least: 0, most: 1e6, isFraction: true };
  };
  return [
    {
      name: 'keys',
      title: t('Keys'),
      kind: 'number',
      least: 1,
      most: 1e6,
      note: t('another count opens a new database'),
    },
    {
      name: 'order',
      title: t('Order of keys'),
      kind: 'choice',
      choices: [
        ['sequential', t('sequential')],
        ['uniform', t('uniform')],
        ['zipfian', t('zipfian: few keys get most operations')],
        ['hot', t('hot range: some keys that lie together')],
      ],
    },
    { name: 'hotShare', title: t('Hot keys, in percent'), kind: 'share', least: 0, most: 1, isShown: isHot },
    {
      name: 'heat',
      title: t('Operations on them, in percent'),
      kind: 'share',
      least: 0,
      most: 1,
      isShown: isHot,
    },
    { name: 'valueMin', title: t('Value size from, in bytes'), kind: 'number', least: 8, most: 65_536 },
    { name: 'valueMax', title: t('Value size to, in bytes'), kind: 'number', least: 8, most: 65_536 },
    share('put', t('Share of puts')),
    share('overwrite', t('Share of overwrites')),
    share('delete', t('Share of deletes')),
    share('get', t('Share of gets')),
    share('miss', t('Share of misses')),
    share('scan', t('Share of scans')),
    { name: 'scanLength', title: t('Entries of a scan'), kind: 'number', least: 1, most: 10_000 },
    { name: 'operationsPerSecond', title: t('Operations a second'), kind: 'number', least: 1, most: 100_000 },
    { name: 'sync', title: t('Write with sync'), kind: 'flag' },
    {
      name: 'unit',
      title: t('The background is measured in'),
      kind: 'choice',
      choices: [
        ['bytes', t('bytes a second')],
        ['steps', t('steps a second')],
      ],
    },
    {
      name: 'perSecond',
      title: t('Background a second'),
      kind: 'number',
      least: 0,
      most: 256 << 20,
      isFraction: true,
    },
    {
      name: 'seed',
      title: t('Seed'),
      kind: 'number',
      least: 0,
      most: 2147483647,
      note: t('the same operations for the same seed'),
    },
  ];
}

export function optionFields(): ConfigField[] {
  return [
    {
      name: 'writeBufferSize',
      title: t('write_buffer_size, in KB'),
      kind: 'kilobytes',
      least: 64 * KB,
      most: 16 << 20,
    },
    { name: 'maxWriteBufferNumber', title: 'max_write_buffer_number', kind: 'number', least: 2, most: 16 },
    { name: 'level0Files', title: t('Level 0: compaction at files'), kind: 'number', least: 1, most: 1000 },
    {
      name: 'level0SlowdownFiles',
      title: t('Level 0: slowdown at files'),
      kind: 'number',
      least: 1,
      most: 1000,
    },
    { name: 'level0StopFiles', title: t('Level 0: stop at files'), kind: 'number', least: 1, most: 1000 },
    {
      name: 'level1Bytes',
      title: t('Level 1 holds, in KB'),
      kind: 'kilobytes',
      least: 16 * KB,
      most: 1 << 30,
      note: t('each further level ten times as much'),
    },
    {
      name: 'maxFileBytes',
      title: t('max_file_size, in KB'),
      kind: 'kilobytes',
      least: 16 * KB,
      most: 64 << 20,
    },
    {
      name: 'bloomBits',
      title: t('Bloom filter, bits a key'),
      kind: 'number',
      least: 0,
      most: 30,
      note: t('0 for none'),
    },
    { name: 'blockSize', title: t('block_size, in bytes'), kind: 'number', least: KB, most: 1 << 20 },
    { name: 'blockRestartInterval', title: 'block_restart_interval', kind: 'number', least: 1, most: 1024 },
    {
      name: 'compression',
      title: t('Compression'),
      kind: 'choice',
      choices: [
        ['none', t('none')],
        ['snappy', 'Snappy'],
      ],
    },
    { name: 'reuseLogs', title: 'reuse_logs', kind: 'flag' },
    {
      name: 'grain',
      title: t('The history has'),
      kind: 'choice',
      choices: [
        ['files', t('files, blocks, decisions')],
        ['entries', t('single writes and entries, too')],
      ],
    },
  ];
}

export function workloadValues({
  workload,
  background,
}: Pick<PlaygroundConfig, 'workload' | 'background'>): FieldValues {
  const { order, valueBytes, mix, keys, scanLength, operationsPerSecond, sync, seed } = workload;
  const hot = order.kind === 'hot' ? order : { share: 0.1, heat: 0.9 };
  return {
    keys,
    order: order.kind,
    hotShare: hot.share,
    heat: hot.heat,
    valueMin: valueBytes.min,
    valueMax: valueBytes.max,
    ...mix,
    scanLength,
    operationsPerSecond,
    sync,
    ...background,
    seed,
  };
}

export function optionValues({ database, grain }: Pick<PlaygroundConfig, 'database' | 'grain'>): FieldValues {
  return { ...database, grain };
}

export function workloadOf(values: FieldValues): {
  workload: PlaygroundWorkload;
  background: BackgroundSpeed;
} {
  const number = (name: string) => values[name] as number;
  const [put, overwrite, deletes, get, miss, scan] = [
    number('put'),
    number('overwrite'),
    number('delete'),
    number('get'),
    number('miss'),
    number('scan'),
  ];
  const order =
    values.order === 'hot'
      ? { kind: 'hot', share: number('hotShare'), heat: number('heat') }
      : { kind: values.order };
  return {
    workload: {
      keys: number('keys'),
      order: order as KeyOrder,
      valueBytes: { min: number('valueMin'), max: number('valueMax') },
      mix: { put, overwrite, delete: deletes, get, miss, scan },
      scanLength: number('scanLength'),
      seed: number('seed'),
      operationsPerSecond: number('operationsPerSecond'),
      sync: values.sync === true,
    },
    background: { unit: values.unit as BackgroundSpeed['unit'], perSecond: number('perSecond') },
  };
}

export function optionsOf(values: FieldValues): { database: PlaygroundOptions; grain: TraceGrain } {
  const { grain, ...database } = values;
  return { database: database as unknown as PlaygroundOptions, grain: grain as TraceGrain };
}

/** What a text says in a field, as it is kept, or what is wrong with it. */
export function parseField(
  { kind, least = 0, most = Number.MAX_SAFE_INTEGER, isFraction = false }: ConfigField,
  text: string,
): { value: number } | { error: string } {
  const unit = unitOf(kind);
  const typed = text.replace(/[,\s]/g, '');
  const isNumber = isFraction || kind === 'share' ? /^\d+(\.\d+)?$/ : /^\d+$/;
  const value = Number(typed) * unit;
  if (!isNumber.test(typed) || value < least || value > most) {
    const [from, to] = [least / unit, most / unit];
    return {
      error:
        isFraction || kind === 'share'
          ? t('A number from {0} to {1}.', from, to)
          : t('A whole number from {0} to {1}.', from, to),
    };
  }
  return { value };
}

/** As it stands in the field. */
export function fieldText({ kind }: ConfigField, value: FieldValue): string {
  return typeof value === 'number' ? `${Number((value / unitOf(kind)).toFixed(3))}` : `${value}`;
}

function unitOf(kind: ConfigField['kind']): number {
  return kind === 'kilobytes' ? KB : kind === 'share' ? 0.01 : 1;
}
