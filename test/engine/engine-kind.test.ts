import assert from 'node:assert/strict';
import { test } from 'node:test';
import { engineOf } from '../../src/engine/db/inspection';
import { MemoryEnv } from '../../src/engine/env/memory';
import { NodeReadableEnv } from '../../src/engine/env/node';
import { fixture } from '../helpers/fixtures';
import { MemoryDatabase } from '../helpers/memory-database';
import { bytes } from './table-harness';

/** The engine of a folder with these files. */
function kindOf(files: Record<string, string>): string {
  const env = new MemoryEnv();
  env.makeDirectory('/db');
  for (const [name, contents] of Object.entries(files)) env.setFile(`/db/${name}`, bytes(contents));
  return engineOf(env, '/db').engine;
}

const CURRENT = 'MANIFEST-000001\n';

test('folders are told apart by what only their engine leaves', () => {
  const cases: [kind: string, files: Record<string, string>][] = [
    ['unknown', {}],
    ['unknown', { 'notes.txt': 'x', LOCK: '', LOG: '' }],
    ['leveldb', { CURRENT, 'MANIFEST-000001': '' }],
    ['leveldb', { 'MANIFEST-000001': '' }],
    ['leveldb', { '000005.ldb': '' }],
    ['leveldb', { '000003.log': '' }],
    ['leveldb', { CURRENT, 'MANIFEST-000001': '', 'OPTIONS-x': 'rocksdb_version' }],
    ['rocksdb', { CURRENT, 'MANIFEST-000001': '', IDENTITY: '8f2c' }],
    ['rocksdb', { CURRENT, 'OPTIONS-000007': '[Version]\n  rocksdb_version=7.8.3\n' }],
    ['pebble', { CURRENT, 'OPTIONS-000007': '[Version]\n  pebble_version=0.1\n' }],
    ['pebble', { 'marker.manifest.000001.MANIFEST-000001': '', 'MANIFEST-000001': '' }],
    ['pebble', { 'marker.format-version.000013.018': '', '000002.log': '' }],
    ['rocksdb', { '000005.sst': `data\xf7\xcf\xf4\x85\xb7\x41\xe2\x88` }],
    ['leveldb', { '000005.sst': `data\x57\xfb\x80\x8b\x24\x75\x47\xdb` }],
  ];
  for (const [kind, files] of cases) assert.equal(kindOf(files), kind, JSON.stringify(files));
});

test('real folders', () => {
  const env = new NodeReadableEnv();
  assert.equal(engineOf(env, fixture('rocksdb')).engine, 'rocksdb');
  for (const name of ['goleveldb', 'goleveldb-first', 'leveldb-zstd', 'mojang-zlib', 'chromium-indexeddb']) {
    assert.equal(engineOf(env, fixture(name)).engine, 'leveldb', name);
  }
  const { env: memory, directory } = new MemoryDatabase().finish();
  assert.equal(engineOf(memory, directory).engine, 'leveldb');
});
