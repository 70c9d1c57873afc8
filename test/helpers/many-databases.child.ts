// C++ LevelDB over many directories, one after the other: opens each twice and tells what is in it.
import { ClassicLevel } from 'classic-level';
import { ContentsDigest } from './contents';
import type { PeerContents } from './many-databases';

async function contents(directory: string): Promise<string> {
  const database = new ClassicLevel<Uint8Array, Uint8Array>(directory, {
    keyEncoding: 'view',
    valueEncoding: 'view',
  });
  await database.open({ createIfMissing: true });
  try {
    const digest = new ContentsDigest();
    const iterator = database.iterator({ highWaterMarkBytes: 4 << 20 });
    for (;;) {
      const entries = await iterator.nextv(1000);
      if (entries.length === 0) break;
      for (const [key, value] of entries) digest.add(key, value);
    }
    await iterator.close();
    return digest.digest();
  } finally {
    await database.close();
  }
}

process.on('message', async (directories: string[]) => {
  const results: PeerContents[] = [];
  for (const directory of directories) {
    const result: PeerContents = {};
    try {
      result.first = await contents(directory);
      result.again = await contents(directory);
    } catch (error) {
      const { message, cause } = error as Error;
      result.error = cause instanceof Error ? `${message}: ${cause.message}` : message;
    }
    results.push(result);
  }
  process.send?.(results);
});
process.on('disconnect', () => process.exit());
