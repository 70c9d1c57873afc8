import type { Compression } from '../codec/codec';
import type { FileMetaData } from '../manifest/version-edit';
import { LsmError, type Problem } from '../problem';
import { Block, BlockCursor } from '../table/block';
import { BUILTIN_BLOOM_NAME, bloomParameters } from '../table/bloom';
import { BLOCK_TRAILER_SIZE } from '../table/format';
import { TableOutline } from '../table/layout';
import { readStoredBlock } from '../table/read-block';
import { surveyTable } from '../table/survey';
import type { Table } from '../table/table';
import { DEFAULT_BLOCK_SIZE } from '../table/table-builder';
import type { Inspection } from './inspection';

/** How a database's tables are written, as they show it themselves. What they do not show is undefined. */
export interface TableWays {
  /** Names of the tables that were looked at. */
  sampled: string[];
  /** `unknown`: a block has a type that no LevelDB writes. Undefined without tables. */
  compression: Compression | 'unknown' | undefined;
  /** Of the metaindex, without `filter.`; undefined if the tables have none. */
  filterPolicy: string | undefined;
  /** Of LevelDB's Bloom filter. */
  bitsPerKey: number | undefined;
  blockSize: number | undefined;
  restartInterval: number | undefined;
}

/** The newest tables show what the options are now. */
const SAMPLED_TABLES = 4;
/** Larger tables are looked at only where there is no smaller one. */
const SAMPLED_TABLE_BYTES = 16 << 20;
const SAMPLED_BLOCKS = 64;
const DEFAULT_BITS_PER_KEY = 10;

/** Reads the ways off a few tables. Damaged ones are passed by. */
export function tableWays(db: Inspection): TableWays {
  const found = new Findings();
  for (const meta of sample(db)) {
    try {
      found.look(db, db.tables.get(meta));
    } catch (error) {
      if (!(error instanceof LsmError)) throw error;
    }
  }
  return found.ways();
}

function sample({ version }: Inspection): FileMetaData[] {
  const files = [...version.files()].map(({ file }) => file);
  const small = files.filter(({ size }) => size <= SAMPLED_TABLE_BYTES);
  if (small.length === 0) return files.sort((a, b) => order(a.size, b.size)).slice(0, 1);
  return small.sort((a, b) => order(b.number, a.number)).slice(0, SAMPLED_TABLES);
}

function order(a: number | bigint, b: number | bigint): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

class Findings {
  private readonly sampled: string[] = [];
  private readonly compressions = new Set<Compression>();
  private isUnknown = false;
  private filterPolicy: string | undefined;
  private bitsPerKey: number | undefined;
  private restartInterval: number | undefined;
  /** A block ended at its size, not before: that lies between these two. */
  private moreThan = 0;
  private atMost = Number.POSITIVE_INFINITY;

  look(db: Inspection, table: Table): void {
    this.sampled.push(table.name);
    const layoutOptions = { name: table.name, codec: db.codec };
    const outline = new TableOutline(table.file, table.fileSize, layoutOptions, (problem) => {
      // Where the checksum is wrong, so may be the type.
      if (problem.code === 'unknown-compression' && isWhole(table, problem)) this.isUnknown = true;
    });
    const survey = surveyTable(outline, table, db.version.comparator);
    for (;;) {
      const { done, value } = survey.next();
      if (done) {
        this.restartInterval ??= value.restartInterval;
        if (value.bitsPerKey !== undefined) this.bitsPerKey ??= wholeBits(table, value.bitsPerKey);
        break;
      }
      const { compression, crcOk } = value.region;
      if (compression && crcOk) this.compressions.add(compression);
    }
    const filter = table.metaindex.find(({ name }) => name.startsWith('filter.'));
    this.filterPolicy ??= filter?.name.slice('filter.'.length);
    this.measureBlocks(outline, table);
  }

  ways(): TableWays {
    const { sampled, filterPolicy, bitsPerKey, restartInterval } = this;
    const hasBloom = filterPolicy === BUILTIN_BLOOM_NAME;
    return {
      sampled,
      compression: this.compression(),
      filterPolicy,
      bitsPerKey: hasBloom ? (bitsPerKey ?? DEFAULT_BITS_PER_KEY) : undefined,
      blockSize: this.blockSize(),
      restartInterval,
    };
  }

  /** Blocks that do not shrink are stored as they are whatever was asked for: one that shrank tells. */
  private compression(): TableWays['compression'] {
    if (this.isUnknown) return 'unknown';
    if (this.sampled.length === 0) return undefined;
    return [...this.compressions].find((compression) => compression !== 'none') ?? 'none';
  }

  /** The plainest size that fits what was seen. */
  private blockSize(): number | undefined {
    const { moreThan, atMost } = this;
    if (atMost === Number.POSITIVE_INFINITY || moreThan >= atMost) return undefined;
    const fits = (size: number) => size > moreThan && size <= atMost;
    if (fits(DEFAULT_BLOCK_SIZE)) return DEFAULT_BLOCK_SIZE;
    const power = 2 ** Math.floor(Math.log2(atMost));
    if (fits(power)) return power;
    const kibibytes = atMost - (atMost % 1024);
    return fits(kibibytes) ? kibibytes : atMost;
  }

  /** All blocks of a table but the last were full. */
  private measureBlocks(outline: TableOutline, table: Table): void {
    const data = outline.regions.flatMap(({ kind }, i) => (kind === 'data' ? [i] : []));
    for (const index of data.slice(0, -1).slice(0, SAMPLED_BLOCKS)) {
      outline.read(index, (bytes) => {
        const block = new Block(bytes);
        if (block.bad || block.restartCount === 0) return;
        const cursor = new BlockCursor(table.comparator, block);
        cursor.seekToLast();
        if (!cursor.valid) return;
        const isRestart = block.restartPoint(block.restartCount - 1) === cursor.entryOffset;
        const restarts = block.restartCount - (isRestart ? 1 : 0);
        this.moreThan = Math.max(this.moreThan, cursor.entryOffset + 4 * restarts + 4);
        this.atMost = Math.min(this.atMost, bytes.length);
      });
    }
  }
}

/** Whether the checksum is right of a block that a problem is about. */
function isWhole({ file, fileSize, name }: Table, { offset, length }: Problem): boolean {
  if (offset === undefined || length === undefined) return false;
  try {
    const handle = { offset: Number(offset), size: Number(length) - BLOCK_TRAILER_SIZE };
    const { crcStored, crcComputed } = readStoredBlock(file, fileSize, handle, name);
    return crcStored === crcComputed;
  } catch (error) {
    if (error instanceof LsmError) return false;
    throw error;
  }
}

/**
 * Whole bits for each key. The mean is too high, since each filter is rounded up to bytes and to 64 bits; the number of
 * probes, floor(0.69 * bits), leaves one or two numbers.
 */
function wholeBits({ filter }: Table, mean: number): number | undefined {
  if (!filter) return undefined;
  for (let i = 0; i < filter.filterCount; i++) {
    const range = filter.filterRange(i);
    const made = range && bloomParameters(filter.contents, range.start, range.end);
    if (!made || made.k < 1) continue;
    if (made.k >= 30) break;
    const least = made.k === 1 ? 1 : Math.ceil(made.k / 0.69);
    const most = Math.ceil((made.k + 1) / 0.69) - 1;
    return Math.min(most, Math.max(least, Math.floor(mean)));
  }
  return Math.max(1, Math.floor(mean));
}
