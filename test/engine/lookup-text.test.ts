// What a get says of itself: the bytes that it claims to have read are those that the files were asked for.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { escapeBytes } from '../../src/engine/bytes/escape';
import { Inspection } from '../../src/engine/db/inspection';
import type { RandomAccessFile } from '../../src/engine/env/env';
import { NodeReadableEnv, nodeInflate } from '../../src/engine/env/node';
import type { LookupEvent } from '../../src/engine/trace/lookup-events';
import { lookupText } from '../../src/engine/trace/lookup-text';
import { fixture, sharedFixtures } from '../helpers/fixtures';

/** Counts the bytes that each table is asked for. */
class CountingEnv extends NodeReadableEnv {
  readonly read = new Map<string, number>();

  override open(path: string): RandomAccessFile {
    const file = super.open(path);
    const { name } = this.split(path);
    const read = (offset: number, target: Uint8Array, start: number, length: number) => {
      const count = file.read(offset, target, start, length);
      this.read.set(name, (this.read.get(name) ?? 0) + count);
      return count;
    };
    return { path: file.path, size: () => file.size(), read, close: () => file.close() };
  }
}

for (const [directory, keys] of [
  [join(sharedFixtures, 's-over'), ['user0000000042', 'user00000002x', 'user0000000001']],
  [fixture('goleveldb-first'), ['account/00001x', 'account/00050']],
  [fixture('leveldb-zstd'), ['item:000001', 'item:000002x']],
] as const) {
  test(`bytes read for gets of ${directory.split('/').at(-1)}`, () => {
    const env = new CountingEnv();
    const db = Inspection.open(env, directory, { inflate: nodeInflate });
    try {
      let asked = 0;
      // A second time everything is in memory.
      for (const key of [...keys, ...keys]) {
        env.read.clear();
        const told = new Map<string, number>();
        db.get(Buffer.from(key), undefined, (event) => {
          if (event.step === 'table') told.set(event.file, event.bytesRead);
        });
        asked += told.size;
        for (const [file, bytes] of told) assert.equal(bytes, env.read.get(file) ?? 0, `${key} in ${file}`);
        for (const file of env.read.keys()) assert.ok(told.has(file) || file.endsWith('.log'), file);
      }
      assert.ok(asked > 1);
    } finally {
      db.close();
    }
  });
}

const table: Extract<LookupEvent, { step: 'table' }> = {
  step: 'table',
  level: 2,
  file: '000007.ldb',
  result: 'absent',
  comparisons: 3,
  bytesRead: 100,
};

test('each step is told, with what it came to and no more', () => {
  const text = (event: LookupEvent) => lookupText(event, (key) => escapeBytes(key));
  assert.deepEqual(text(table).split('\n'), [
    'level 2  000007.ldb: absent',
    '    no index entry at or after the key',
    '    3 keys compared',
    '    100 bytes read',
  ]);
  const indexKey = Uint8Array.of(0x61, 0xff, 0, 9, 0, 0, 0, 0, 0, 0);
  assert.deepEqual(
    text({
      ...table,
      indexKey,
      filter: { index: 1, mayMatch: true },
      falsePositive: true,
      block: { offset: 10, size: 20, restartPoint: 4 },
    }).split('\n'),
    [
      'level 2  000007.ldb: absent',
      '    index entry "a\\xff" @ 9 (deletion)',
      '    filter 1 says maybe (false positive)',
      '    block at 10, 20 bytes, restart point 4',
      '    3 keys compared',
      '    100 bytes read',
    ],
  );
  assert.match(text({ ...table, indexKey }), /\n {4}no filter\n/);
  // A key too short for a sequence is shown as it is.
  assert.match(text({ ...table, indexKey: Uint8Array.of(0x62) }), /index entry "b"\n/);
  assert.equal(
    text({ step: 'memtable', file: '000003.log', entries: 5, result: 'deletion', sequence: 8 }),
    'memtable of 000003.log (5 entries): deletion at sequence 8',
  );
  assert.equal(
    text({ step: 'seek-charge', level: 0, file: '000004.ldb', allowedSeeks: 100 }),
    'seek charged to 000004.ldb in level 0: the first of several tables asked (100 allowed)',
  );
});
