import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Copies a file or folder so that it can be changed: the databases are kept read-only. */
export function copyWritable(from: string, to: string): void {
  if (!statSync(from).isDirectory()) {
    writeFileSync(to, readFileSync(from));
    return;
  }
  mkdirSync(to, { recursive: true });
  for (const name of readdirSync(from)) copyWritable(join(from, name), join(to, name));
}
