import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as vscode from 'vscode';

interface LevelDb {
  iterator(options: object): AsyncIterable<[Buffer, Buffer]>;
  getProperty(name: string): string;
  open(options: object): Promise<void>;
  close(): Promise<void>;
}

/** What C++ LevelDB reads, of a copy: it changes what it opens. Keys and values as Latin-1. */
export function readBy(folder: string): Promise<Map<string, string>> {
  return withLevelDb(folder, async (db) => {
    const entries = new Map<string, string>();
    for await (const [key, value] of db.iterator({}))
      entries.set(key.toString('latin1'), value.toString('latin1'));
    return entries;
  });
}

/** How many tables C++ LevelDB finds in each level, in a copy. */
export function levelsBy(folder: string): Promise<number[]> {
  return withLevelDb(folder, async (db) =>
    Array.from({ length: 7 }, (_, level) => Number(db.getProperty(`leveldb.num-files-at-level${level}`))),
  );
}

async function withLevelDb<Result>(folder: string, use: (db: LevelDb) => Promise<Result>): Promise<Result> {
  const root = vscode.extensions.getExtension('lsm-inspector.lsm-inspector')?.extensionPath ?? '.';
  const { ClassicLevel } = require(join(root, 'node_modules', 'classic-level')) as {
    ClassicLevel: new (folder: string, options: object) => LevelDb;
  };
  const copy = mkdtempSync(join(tmpdir(), 'lsm-read-'));
  try {
    cpSync(folder, copy, { recursive: true });
    const db = new ClassicLevel(copy, { keyEncoding: 'buffer', valueEncoding: 'buffer' });
    await db.open({ createIfMissing: false });
    try {
      return await use(db);
    } finally {
      await db.close();
    }
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}
