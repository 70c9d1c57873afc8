import { cpSync, mkdtempSync } from 'node:fs';
import { join } from 'node:path';

interface LevelDb {
  iterator(options: object): AsyncIterable<[Buffer, Buffer]>;
  open(options: object): Promise<void>;
  close(): Promise<void>;
}

/**
 * What C++ LevelDB reads, of a copy: it changes what it opens. Bytes are characters up to 0xff.
 * @param root the project's folder
 * @param scratch where the copy is made
 */
export async function readByLevelDb(
  folder: string,
  root: string,
  scratch: string,
): Promise<Map<string, string>> {
  const { ClassicLevel } = require(join(root, 'node_modules', 'classic-level')) as {
    ClassicLevel: new (folder: string, options: object) => LevelDb;
  };
  const copy = mkdtempSync(join(scratch, 'read-'));
  cpSync(folder, copy, { recursive: true });
  const db = new ClassicLevel(copy, { keyEncoding: 'buffer', valueEncoding: 'buffer' });
  await db.open({ createIfMissing: false });
  const entries = new Map<string, string>();
  for await (const [key, value] of db.iterator({}))
    entries.set(key.toString('latin1'), value.toString('latin1'));
  await db.close();
  return entries;
}
