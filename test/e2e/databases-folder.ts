import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Peer, type PeerDigest } from '../helpers/leveldb';

const FIXTURES = resolve(process.env.LSM_FIXTURES ?? '../shared/fixtures');

/** What tests need of `lsm info --json`. */
export interface DatabaseInfo {
  levels: { files: { number: number; smallest: { userKey: string }; largest: { userKey: string } }[] }[];
  logs: { number: number; size: number; live: boolean }[];
}

/** Databases in one folder, which the workbench opens, and what others say of them. */
export class DatabasesFolder {
  readonly path = realpathSync(mkdtempSync(join(tmpdir(), 'lsm-e2e-databases-')));
  private readonly scratch = mkdtempSync(join(tmpdir(), 'lsm-e2e-copies-'));
  private copies = 0;

  of(name: string): string {
    return join(this.path, name);
  }

  /** Puts a copy of a fixture here; returns its folder. */
  add(fixture: string, name = fixture): string {
    cpSync(join(FIXTURES, fixture), this.of(name), { recursive: true });
    return this.of(name);
  }

  /** A copy elsewhere, to be changed. */
  copyOf(name: string): string {
    const copy = join(this.scratch, `${++this.copies}`);
    cpSync(this.of(name), copy, { recursive: true });
    return copy;
  }

  /** Asks C++ LevelDB, of a copy: it changes what it opens. */
  async ask<Answer>(name: string, question: (peer: Peer) => Promise<Answer>): Promise<Answer> {
    const peer = await Peer.open(this.copyOf(name));
    const answer = await question(peer);
    await peer.close();
    return answer;
  }

  digest(name: string): Promise<PeerDigest> {
    return this.ask(name, (peer) => peer.digest());
  }

  /** How many tables C++ LevelDB has in each level. */
  tablesByLevel(name: string): Promise<number[]> {
    return this.ask(name, tablesByLevel);
  }

  info(name: string): DatabaseInfo {
    const { stdout } = spawnSync(process.execPath, ['dist/cli.js', 'info', this.of(name), '--json']);
    return JSON.parse(stdout.toString());
  }

  /** Every file's bytes but LOCK's, of which nobody knows more than that it is there. */
  files(name: string): Record<string, string> {
    const names = readdirSync(this.of(name)).filter((file) => file !== 'LOCK');
    return Object.fromEntries(names.map((file) => [file, readFileSync(join(this.of(name), file), 'base64')]));
  }

  remove(): void {
    rmSync(this.path, { recursive: true });
    rmSync(this.scratch, { recursive: true });
  }
}

export async function tablesByLevel(peer: Peer): Promise<number[]> {
  const counts: number[] = [];
  for (let level = 0; level < 7; level++)
    counts.push(Number(await peer.property(`leveldb.num-files-at-level${level}`)));
  return counts;
}
