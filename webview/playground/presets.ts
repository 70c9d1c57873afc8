// Workloads and options to begin with. No DOM.

import { t } from '../ui/text';
import type { FieldValues, Preset } from './config-fields';

const NOTHING = { put: 0, overwrite: 0, delete: 0, get: 0, miss: 0, scan: 0 };

export function workloadPresets(): Preset[] {
  const of = (title: string, values: FieldValues): Preset => ({ title, values });
  const mixed = { put: 50, overwrite: 30, delete: 10, get: 5, miss: 4, scan: 1 };
  return [
    of(t('Mixed'), {
      ...mixed,
      order: 'uniform',
      operationsPerSecond: 1500,
      unit: 'bytes',
      perSecond: 1 << 20,
    }),
    of(t('Load in order'), { ...NOTHING, put: 1, order: 'sequential', operationsPerSecond: 1500 }),
    of(t('Random overwrites'), {
      ...NOTHING,
      put: 20,
      overwrite: 80,
      order: 'uniform',
      operationsPerSecond: 1500,
    }),
    of(t('Mostly reads, few keys popular'), {
      ...NOTHING,
      put: 3,
      overwrite: 7,
      get: 85,
      miss: 5,
      order: 'zipfian',
      operationsPerSecond: 2000,
    }),
    of(t('A hot range'), {
      ...NOTHING,
      put: 20,
      overwrite: 60,
      get: 20,
      order: 'hot',
      hotShare: 0.1,
      heat: 0.9,
      operationsPerSecond: 1500,
    }),
    of(t('Deletes'), { ...NOTHING, put: 40, delete: 60, order: 'uniform', operationsPerSecond: 1500 }),
    of(t('Faster than it compacts'), {
      ...NOTHING,
      put: 30,
      overwrite: 70,
      order: 'uniform',
      operationsPerSecond: 8000,
      unit: 'bytes',
      perSecond: 512 << 10,
    }),
  ];
}

export function optionPresets(): Preset[] {
  const small = {
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
  };
  return [
    { title: t('Small: everything moves within seconds'), values: small },
    { title: t('No filter'), values: { ...small, bloomBits: 0 } },
    { title: t('Five memtables'), values: { ...small, maxWriteBufferNumber: 5 } },
    {
      title: t('LevelDB’s own'),
      values: {
        ...small,
        writeBufferSize: 4 << 20,
        bloomBits: 0,
        maxFileBytes: 2 << 20,
        level1Bytes: 10 << 20,
      },
    },
  ];
}
