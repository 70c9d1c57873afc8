import type { U64 } from '../bytes/u64';
import type { RandomAccessFile } from '../env/env';
import { LsmError, type Problem } from '../problem';
import { readFooter } from './format';

/**
 * Where a table ends that the MANIFEST says to have `stated` bytes. LevelDB looks for the footer there and never sees
 * what stands behind; where there is no footer, the end of the file is what is left to try.
 */
export function endOfTable(file: RandomAccessFile, stated: U64 | undefined, name: string): number {
  const actual = file.size();
  if (stated === undefined || stated >= actual) return actual;
  try {
    readFooter(file, Number(stated), name);
    return Number(stated);
  } catch (error) {
    if (error instanceof LsmError) return actual;
    throw error;
  }
}

/** A file of another size than the MANIFEST says: cut, written to, or another table altogether. */
export function sizeProblem(file: RandomAccessFile, stated: U64, name: string): Problem | undefined {
  const actual = file.size();
  if (actual === stated) return undefined;
  const message = `${actual} bytes, but the MANIFEST says ${stated}`;
  return { severity: 'error', file: name, code: 'bad-size', message };
}
