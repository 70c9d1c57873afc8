import type { CodecOptions, Inflate } from '../codec/codec';
import type { ReadableEnv } from '../env/env';
import { FrozenEnv } from '../env/frozen';
import { OverlayEnv, type SpillTarget } from '../env/overlay';
import { type Comparator, findComparator } from '../keys/comparator';
import { parseCurrent } from '../manifest/current';
import { parseFileName } from '../manifest/file-names';
import type { Version } from '../manifest/version';
import { LsmError } from '../problem';
import { bloomFilterPolicy } from '../table/filter';
import { type DatabaseFingerprint, fingerprintOf } from './fingerprint';
import { Inspection } from './inspection';
import type { Options } from './options';
import { type TableWays, tableWays } from './table-ways';
import { UnwrittenCompression } from './unwritten-compression';

export interface DryRunOptions {
  /** For a database whose MANIFEST cannot be asked. */
  comparator?: Comparator | undefined;
  inflate?: Inflate | undefined;
  spill?: SpillTarget | undefined;
}

/** How tables are to be written; what is left out is as the tables present show, or else LevelDB's default. */
export interface ChosenWays {
  compression?: 'none' | 'snappy' | undefined;
  /** 0 for no filter. */
  bitsPerKey?: number | undefined;
  blockSize?: number | undefined;
  blockRestartInterval?: number | undefined;
}

/** Names of files, in order. */
export interface DryRunChanges {
  created: string[];
  /** Files whose name stands for other contents afterwards: CURRENT, and orphans whose number comes again. */
  replaced: string[];
  deleted: string[];
}

/**
 * A database to do something to without changing it: one moment of the directory, held, and an overlay that takes what
 * is written. It works beside a process that holds the database. `end` it.
 */
export class DryRun {
  readonly directory: string;
  readonly env: OverlayEnv;
  readonly fingerprint: DatabaseFingerprint;
  readonly ways: TableWays;
  readonly comparator: Comparator;
  /** What the MANIFEST says before. */
  readonly versionBefore: Version;
  private readonly frozen: FrozenEnv;
  private readonly codec: CodecOptions;

  /**
   * Throws EnvError if the directory cannot be read, and LsmError `not-a-database`, `other-engine`,
   * `unknown-comparator` and, for a comparator that is not the database's, `invalid-argument`. Damage does not throw.
   */
  constructor(base: ReadableEnv, directory: string, options: DryRunOptions = {}) {
    const { comparator, inflate, spill } = options;
    this.directory = directory;
    this.frozen = freeze(base, directory);
    try {
      this.fingerprint = fingerprintOf(this.frozen, directory);
      const db = Inspection.open(this.frozen, directory, { comparator, inflate });
      try {
        requireComparator(db, comparator);
        this.comparator = db.comparator;
        this.versionBefore = db.version;
        this.ways = tableWays(db);
        this.codec = db.codec;
      } finally {
        db.close();
      }
    } catch (error) {
      this.frozen.close();
      throw error;
    }
    this.env = new OverlayEnv(this.frozen, { spill });
  }

  /** Options to open the database with. Throws an LsmError `unknown-compression`, or UnwrittenCompression. */
  options(chosen: ChosenWays = {}): Options {
    const { ways, comparator, codec } = this;
    const bitsPerKey = chosen.bitsPerKey ?? ways.bitsPerKey ?? 0;
    return {
      comparator,
      codec,
      compression: chosen.compression ?? writable(ways, this.directory),
      filterPolicy: bitsPerKey > 0 ? bloomFilterPolicy(bitsPerKey) : undefined,
      blockSize: chosen.blockSize ?? ways.blockSize,
      blockRestartInterval: chosen.blockRestartInterval ?? ways.restartInterval,
      infoLog: false,
      background: 'stepped',
    };
  }

  /** The directory as it was, whatever is done to the view of it. */
  get base(): ReadableEnv {
    return this.frozen;
  }

  /** What would have to be done to the directory. */
  changes(): DryRunChanges {
    const names = (paths: readonly string[]) => paths.map((path) => this.env.split(path).name);
    const { created, replaced, deleted } = this.env.changes();
    return { created: names(created), replaced: names(replaced), deleted: names(deleted) };
  }

  /** Close the database first. Idempotent. */
  end(): void {
    this.env.dispose();
    this.frozen.close();
  }
}

/** CURRENT, MANIFESTs, logs and tables: LOCK is never opened, and LOG tells nothing. */
function freeze(base: ReadableEnv, directory: string): FrozenEnv {
  return new FrozenEnv(base, directory, {
    wants(name) {
      const kind = parseFileName(name)?.kind;
      return kind === 'manifest' || kind === 'log' || kind === 'table';
    },
    pointers: ['CURRENT'],
    witness(contents) {
      try {
        return parseCurrent(contents.get('CURRENT') ?? new Uint8Array(0));
      } catch (error) {
        if (error instanceof LsmError) return undefined;
        throw error;
      }
    },
  });
}

function requireComparator({ versions, directory }: Inspection, chosen: Comparator | undefined): void {
  const { comparatorName } = versions;
  if (!findComparator(comparatorName)) {
    const message = `the comparator "${comparatorName}" is not known: the database can be looked at, but not rewritten`;
    throw new LsmError('Invalid argument', 'unknown-comparator', message, directory);
  }
  if (chosen && chosen.name !== comparatorName) {
    const message = `${comparatorName} does not match existing comparator : ${chosen.name}`;
    throw new LsmError('Invalid argument', 'invalid-argument', message, directory);
  }
}

function writable({ compression }: TableWays, directory: string): 'none' | 'snappy' {
  switch (compression) {
    case undefined:
    case 'snappy':
      return 'snappy';
    case 'none':
      return 'none';
    case 'unknown': {
      const message =
        'its tables have blocks of an unknown compression: it can be looked at, but not rewritten';
      throw new LsmError('Not implemented', 'unknown-compression', message, directory);
    }
    default:
      throw new UnwrittenCompression(compression, directory);
  }
}
