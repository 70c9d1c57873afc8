// Single files of a database as bytes, without the database around them.

import assert from 'node:assert/strict';
import { BatchReader } from '../../src/engine/batch/batch-reader';
import { MemoryFile } from '../../src/engine/env/memory';
import { PhysicalRecordScanner } from '../../src/engine/log/physical';
import { LogReader } from '../../src/engine/log/reader';
import { checkManifest } from '../../src/engine/manifest/check';
import { ManifestContents } from '../../src/engine/manifest/manifest-reader';
import { describeTableFile } from '../../src/engine/table/layout';

/** What stands behind `lsm sst`, `wal` and `manifest`, for bytes of any kind. */
export function readAlone(bytes: Uint8Array, what: string): void {
  const file = new MemoryFile('/db/file', bytes);
  let covered = 0;
  const scanner = new PhysicalRecordScanner(file);
  for (let items = 0; scanner.next(); items++) {
    assert.equal(scanner.offset, covered, what);
    covered += scanner.size;
    assert.ok(items <= bytes.length, what);
  }
  assert.equal(covered, bytes.length, what);
  const reader = new LogReader(file);
  const batch = new BatchReader();
  for (let end = 0; reader.next(); end = reader.recordEnd) {
    assert.ok(reader.recordEnd > end, what);
    if (batch.reset(reader.record)) while (batch.next());
  }
  const contents = ManifestContents.read(file, 'file');
  checkManifest(contents, 'file');
  let end = 0;
  for (const region of describeTableFile(file, bytes.length, { name: 'file' }, () => {})) {
    assert.ok(region.offset >= 0 && region.offset + region.size <= bytes.length, what);
    end = Math.max(end, region.offset + region.size);
  }
  assert.ok(end <= bytes.length, what);
}

/** Where the checksums of a sound file stand, and what each is of. */
export function sealsOf(name: string, bytes: Uint8Array): { checksum: number; start: number; end: number }[] {
  const file = new MemoryFile(name, bytes);
  const seals = [];
  if (name.endsWith('.ldb')) {
    for (const { kind, offset, size } of describeTableFile(file, bytes.length, { name }, () => {})) {
      if (kind !== 'footer')
        seals.push({ checksum: offset + size + 1, start: offset, end: offset + size + 1 });
    }
  } else if (name !== 'CURRENT') {
    const scanner = new PhysicalRecordScanner(file);
    while (scanner.next()) {
      const { offset, size } = scanner;
      seals.push({ checksum: offset, start: offset + 6, end: offset + size });
    }
  }
  return seals;
}
