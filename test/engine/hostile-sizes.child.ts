// Reads hostile files in a small heap, and prints what was allocated at most for each: JSON lines.

import { MemoryFile } from '../../src/engine/env/memory';
import { nodeInflate } from '../../src/engine/env/node';
import type { Cursor } from '../../src/engine/iterator/cursor';
import { bytewiseComparator } from '../../src/engine/keys/comparator';
import { encodeInternalKey, InternalKeyComparator } from '../../src/engine/keys/internal-key';
import { PhysicalRecordScanner } from '../../src/engine/log/physical';
import { checkManifest } from '../../src/engine/manifest/check';
import { ManifestContents } from '../../src/engine/manifest/manifest-reader';
import { replayLog } from '../../src/engine/memtable/log-replay';
import { LsmError } from '../../src/engine/problem';
import { verifyLogRecords } from '../../src/engine/recovery/verify-log';
import { verifyTable } from '../../src/engine/recovery/verify-table';
import { BlockCursor } from '../../src/engine/table/block';
import { describeTableFile } from '../../src/engine/table/layout';
import { Table } from '../../src/engine/table/table';
import { type HostileFile, hostileFiles } from '../helpers/hostile-files';

let largest = 0;

/** Every array of bytes or numbers is made through these; `largest` sees how large it is. */
function watchAllocations(): void {
  for (const name of ['Uint8Array', 'Uint16Array', 'Int32Array', 'Uint32Array', 'ArrayBuffer'] as const) {
    const original = globalThis[name] as new (...args: never[]) => { byteLength: number };
    const watched: typeof original = new Proxy(original, {
      construct(target, args, self): object {
        const size = typeof args[0] === 'number' ? args[0] : 0;
        largest = Math.max(largest, size);
        return Reflect.construct(target, args, self === watched ? target : self);
      },
    });
    Object.defineProperty(globalThis, name, { value: watched });
  }
}

const codec = { inflate: nodeInflate };
const comparator = new InternalKeyComparator(bytewiseComparator);
const ignore = () => {};

function readTable(file: MemoryFile): void {
  for (const _ of describeTableFile(file, file.size(), { name: 'table', codec }, ignore));
  const options = { name: 'table', comparator, codec, sink: ignore };
  verifyTable(file, { ...options, orderKnown: true, checksumsOnly: false });
  const table = Table.open(file, options);
  walk(table.cursor());
  const target = encodeInternalKey(Uint8Array.of(0x61), 9, 1);
  table.lookup(target, 0, target.length, new BlockCursor(comparator));
}

function walk(cursor: Cursor): void {
  for (cursor.seekToFirst(); cursor.valid; cursor.next());
  for (cursor.seekToLast(); cursor.valid; cursor.prev());
}

function readLog(file: MemoryFile): void {
  walk(replayLog(file, 'log', comparator).memtable.cursor());
  verifyLogRecords(file, 'log', true, 1, ignore);
  const scanner = new PhysicalRecordScanner(file);
  while (scanner.next());
}

function read({ kind, bytes }: HostileFile): string {
  const file = new MemoryFile('file', bytes);
  try {
    if (kind === 'table') readTable(file);
    else if (kind === 'log') readLog(file);
    else checkManifest(ManifestContents.read(file, 'file'), 'file');
    return 'read';
  } catch (error) {
    return error instanceof LsmError ? error.message : `NOT EXPECTED: ${(error as Error).stack}`;
  }
}

const files = hostileFiles();
// A log that claims to be larger than any memory, as a sparse file can be.
class HollowFile extends MemoryFile {
  override size(): number {
    return 2 ** 45;
  }
}
watchAllocations();
for (const file of files) {
  largest = 0;
  const started = performance.now();
  const outcome = read(file);
  const milliseconds = performance.now() - started;
  const { name, expanded, bytes } = file;
  console.log(JSON.stringify({ name, outcome, largest, expanded, size: bytes.length, milliseconds }));
}
largest = 0;
readLog(new HollowFile('hollow', new Uint8Array(100)));
console.log(
  JSON.stringify({ name: 'a hole', outcome: 'read', largest, expanded: 0, size: 2 ** 26, milliseconds: 0 }),
);
