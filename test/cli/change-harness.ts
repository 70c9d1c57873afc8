// Databases that the command line changes, and what they come to.

import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { EnvError } from '../../src/engine/env/env';
import { NodeReadableEnv } from '../../src/engine/env/node';
import { sharedFixtures } from '../helpers/fixtures';
import { Peer, type PeerDigest } from '../helpers/leveldb';
import { copyWritable } from './copy';
import { lsm } from './run';

/** A folder of this file's own, gone at its end. */
export const root = mkdtempSync(join(tmpdir(), 'lsm-apply-'));
after(() => rmSync(root, { recursive: true, force: true }));
let copies = 0;

/** Why a test is skipped on Windows. */
export const posix = process.platform === 'win32' ? 'needs POSIX' : false;
export const env = new NodeReadableEnv();

interface Account {
  backup: string;
  undo: string;
  created: { name: string; size: number }[];
  unfinished: string[];
}

/** A copy of a shared fixture that may be changed, alone in a folder. */
export function copyOf(fixture: string): string {
  const copy = join(root, `folder${++copies}`, 'db');
  copyWritable(join(sharedFixtures, fixture), copy);
  return copy;
}

/** What a reader sees, as the command line counts it. */
export function digest(directory: string): PeerDigest {
  const { stdout, stderr, status } = lsm('scan', directory, '--count', '--json');
  assert.deepEqual([stderr, status], ['', 0]);
  return JSON.parse(stdout) as PeerDigest;
}

/** What C++ LevelDB sees in a copy. */
export async function peerDigest(directory: string): Promise<PeerDigest> {
  const copy = join(root, `peer${++copies}`);
  copyWritable(directory, copy);
  const peer = await Peer.open(copy);
  try {
    return await peer.digest();
  } finally {
    await peer.kill();
  }
}

/** Of all files but LOG and LOCK. */
export function bytesOf(directory: string): Record<string, string> {
  const names = readdirSync(directory).filter((name) => !/^(LOCK|LOG|LOG\.old)$/.test(name));
  return Object.fromEntries(
    names.sort().map((name) => [name, readFileSync(join(directory, name), 'latin1')]),
  );
}

/** Does it with `--apply`. */
export function applied(...args: string[]): Account {
  const { stdout, stderr, status } = lsm(...args, '--apply', '--json');
  assert.deepEqual([stderr, status], ['', 0], args.join(' '));
  return (JSON.parse(stdout) as { applied: Account }).applied;
}

/** The child that holds a lock for a dead process takes a moment to see that. */
export async function unlocked<Result>(attempt: () => Result): Promise<Result> {
  for (let tries = 0; ; tries++) {
    try {
      return attempt();
    } catch (error) {
      const isLocked =
        error instanceof EnvError ? error.code === 'locked' : error instanceof assert.AssertionError;
      if (!isLocked || tries === 200) throw error;
      await new Promise((done) => setTimeout(done, 10));
    }
  }
}
