import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as vscode from 'vscode';

interface LevelDb {
  iterator(options: object): AsyncIterable<[Buffer, Buffer]>;
  open(options: object): Promise<void>;
  close(): Promise<void>;
}

/** What C++ LevelDB reads, of a copy: it changes what it opens. Keys and values as Latin-1. */
export async function readBy(folder: string): Promise<Map<string, string>> {
  const root = vscode.extensions.getExtension('lsm-inspector.lsm-inspector')?.extensionPath ?? '.';
  const { ClassicLevel } = require(join(root, 'node_modules', 'classic-level')) as {
    ClassicLevel: new (folder: string, options: object) => LevelDb;
  };
  const copy = mkdtempSync(join(tmpdir(), 'lsm-read-'));
  try {
    cpSync(folder, copy, { recursive: true });
    const db = new ClassicLevel(copy, { keyEncoding: 'buffer', valueEncoding: 'buffer' });
    await db.open({ createIfMissing: false });
    const entries = new Map<string, string>();
    for await (const [key, value] of db.iterator({}))
      entries.set(key.toString('latin1'), value.toString('latin1'));
    await db.close();
    return entries;
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}
