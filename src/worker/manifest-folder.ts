import type { U64 } from '../engine/bytes/u64';
import { type Listing, listDatabase } from '../engine/db/listing';
import { manifestIn } from '../engine/db/table-history';
import { EnvError, ignoreFailure, type ReadableEnv } from '../engine/env/env';
import { nodeInflate } from '../engine/env/node';
import { editedManifest } from '../engine/manifest/editing/edited-manifest';
import type { DocumentFolder } from '../engine/manifest/editing/folder';
import { oldTableFileName, tableFileName } from '../engine/manifest/file-names';
import { fileFingerprint } from './surroundings';

/** The folder in which a MANIFEST lies, as it is whenever something is asked. */
export class ManifestFolder {
  readonly forChecks: DocumentFolder;
  private readonly env: ReadableEnv;
  private readonly directory: string;

  constructor(env: ReadableEnv, directory: string) {
    this.env = env;
    this.directory = directory;
    this.forChecks = { env, directory, codec: { inflate: nodeInflate } };
  }

  /** Whether there is more of a database than MANIFESTs. */
  get isDatabase(): boolean {
    const listing = this.listing();
    if (!listing) return false;
    const { tables, logs, hasCurrent } = listing;
    return tables.size > 0 || logs.length > 0 || hasCurrent;
  }

  /** The MANIFEST that is to be edited: the one that CURRENT names, there or not; else the newest one, or a new name. */
  get edited(): string {
    return editedManifest(this.forChecks);
  }

  /** Whether the database lacks this MANIFEST: CURRENT names it, or there is none at all. */
  misses(name: string): boolean {
    return this.isDatabase && this.edited === name;
  }

  /** Whether CURRENT names a MANIFEST; undefined if there is no CURRENT. */
  isCurrent(name: string): boolean | undefined {
    const { env, directory } = this;
    if (!ignoreFailure(() => env.stat(env.join(directory, 'CURRENT')))) return undefined;
    return ignoreFailure(() => manifestIn(env, directory)) === name;
  }

  /** A table's file, under either of its names; undefined if it is not there. */
  table(number: U64): { name: string; bytes: number } | undefined {
    const { env, directory } = this;
    for (const name of [tableFileName(number), oldTableFileName(number)]) {
      const found = ignoreFailure(() => env.stat(env.join(directory, name)));
      if (found) return { name, bytes: found.size };
    }
    return undefined;
  }

  /** Numbers of the tables that are there, in no order. */
  tableNumbers(): Iterable<U64> {
    return this.listing()?.tables.keys() ?? [];
  }

  /**
   * A text that differs when the file does, or what the checks go by: which files there are, and CURRENT. Throws
   * EnvError, but for a file that is not there.
   */
  fingerprint(name: string): string {
    const { env, directory } = this;
    const around = this.surroundings();
    try {
      return `${fileFingerprint(env, env.join(directory, name))}\n${around}`;
    } catch (error) {
      if (error instanceof EnvError && error.code === 'not-found') return `none\n${around}`;
      throw error;
    }
  }

  private surroundings(): string {
    const { env, directory } = this;
    const names = ignoreFailure(() => env.list(directory))?.map(({ name }) => name);
    if (!names) return '';
    const current = ignoreFailure(() => env.stat(env.join(directory, 'CURRENT')));
    return `${current?.size} ${current?.modified}\n${names.sort().join('\n')}`;
  }

  private listing(): Listing | undefined {
    return ignoreFailure(() => listDatabase(this.env, this.directory));
  }
}
