// db/log_test.cc, case by case and by the same names, then what our reader adds and hostile input.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { crc32c, maskCrc } from '../../src/engine/bytes/crc32c';
import { writeFixed32 } from '../../src/engine/bytes/fixed';
import { EnvError, type RandomAccessFile } from '../../src/engine/env/env';
import { MemoryFile } from '../../src/engine/env/memory';
import { BLOCK_SIZE, HEADER_SIZE, RecordType } from '../../src/engine/log/format';
import { LogReader, type LogReaderOptions } from '../../src/engine/log/reader';
import { LogWriter } from '../../src/engine/log/writer';
import { LevelDbRandom } from './leveldb-random';

/** The original's BigString: a text repeated to `length` characters. */
function bigString(part: string, length: number): string {
  return part.repeat(Math.ceil(length / part.length)).slice(0, length);
}

function randomSkewedString(i: number, random: LevelDbRandom): string {
  return bigString(`${i}.`, random.skewed(17));
}

interface Report {
  bytes: number;
  reason: string;
  offset: number;
}

/** The original's LogTest: a log in memory that is written, damaged and read. */
class Log {
  contents: Uint8Array = new Uint8Array(0);
  readonly reports: Report[] = [];
  reader: LogReader | undefined;
  private writer = this.newWriter();
  private spare = new Uint8Array(1 << 16);

  private newWriter(): LogWriter {
    return new LogWriter((bytes) => {
      const length = this.contents.length;
      while (this.spare.length < length + bytes.length) {
        const grown = new Uint8Array(this.spare.length * 2);
        grown.set(this.spare);
        this.spare = grown;
      }
      this.spare.set(bytes, length);
      this.contents = this.spare.subarray(0, length + bytes.length);
    }, this.contents.length);
  }

  static of(...records: string[]): Log {
    const log = new Log();
    log.write(...records);
    return log;
  }

  write(...records: string[]): void {
    for (const record of records) this.writer.addRecord(new TextEncoder().encode(record));
  }

  reopenForAppend(): void {
    this.writer = this.newWriter();
  }

  shrink(bytes: number): void {
    this.contents = this.contents.subarray(0, this.contents.length - bytes);
  }

  fixChecksum(header: number, length: number): void {
    const crc = crc32c(this.contents, header + 6, header + 7 + length);
    writeFixed32(this.contents, header, maskCrc(crc));
  }

  start(
    options: LogReaderOptions = {},
    file: RandomAccessFile = new MemoryFile('log', this.contents),
  ): LogReader {
    const reporter = {
      corruption: (bytes: number, reason: string, offset: number) =>
        this.reports.push({ bytes, reason, offset }),
    };
    this.reader = new LogReader(file, { reporter, ...options });
    return this.reader;
  }

  read(): string {
    const reader = this.reader ?? this.start();
    return reader.next() ? new TextDecoder().decode(reader.record) : 'EOF';
  }

  readAll(): string[] {
    const records: string[] = [];
    for (let record = this.read(); record !== 'EOF'; record = this.read()) records.push(record);
    return records;
  }
}

test('log_test: Empty', () => {
  assert.equal(new Log().read(), 'EOF');
});

test('log_test: ReadWrite', () => {
  const log = Log.of('foo', 'bar', '', 'xxxx');
  assert.equal(log.read(), 'foo');
  assert.equal(log.read(), 'bar');
  assert.equal(log.read(), '');
  assert.equal(log.read(), 'xxxx');
  assert.equal(log.read(), 'EOF');
  assert.equal(log.read(), 'EOF'); // reading on at the end is fine
});

test('log_test: ManyBlocks', () => {
  const log = new Log();
  for (let i = 0; i < 100000; i++) log.write(`${i}.`);
  for (let i = 0; i < 100000; i++) assert.equal(log.read(), `${i}.`);
  assert.equal(log.read(), 'EOF');
});

test('log_test: Fragmentation', () => {
  const records = ['small', bigString('medium', 50000), bigString('large', 100000)];
  assert.deepEqual(Log.of(...records).readAll(), records);
});

test('log_test: MarginalTrailer', () => {
  // A trailer of exactly the size of an empty record.
  const big = bigString('foo', BLOCK_SIZE - 2 * HEADER_SIZE);
  const log = Log.of(big);
  assert.equal(log.contents.length, BLOCK_SIZE - HEADER_SIZE);
  log.write('', 'bar');
  assert.deepEqual(log.readAll(), [big, '', 'bar']);
});

test('log_test: MarginalTrailer2', () => {
  const big = bigString('foo', BLOCK_SIZE - 2 * HEADER_SIZE);
  const log = Log.of(big);
  assert.equal(log.contents.length, BLOCK_SIZE - HEADER_SIZE);
  log.write('bar');
  assert.deepEqual(log.readAll(), [big, 'bar']);
  assert.deepEqual(log.reports, []);
});

test('log_test: ShortTrailer', () => {
  const big = bigString('foo', BLOCK_SIZE - 2 * HEADER_SIZE + 4);
  const log = Log.of(big);
  assert.equal(log.contents.length, BLOCK_SIZE - HEADER_SIZE + 4);
  log.write('', 'bar');
  assert.deepEqual(log.readAll(), [big, '', 'bar']);
});

test('log_test: AlignedEof', () => {
  const big = bigString('foo', BLOCK_SIZE - 2 * HEADER_SIZE + 4);
  const log = Log.of(big);
  assert.equal(log.contents.length, BLOCK_SIZE - HEADER_SIZE + 4);
  assert.deepEqual(log.readAll(), [big]);
});

test('log_test: OpenForAppend', () => {
  const log = Log.of('hello');
  log.reopenForAppend();
  log.write('world');
  assert.deepEqual(log.readAll(), ['hello', 'world']);
});

test('log_test: RandomRead', () => {
  const log = new Log();
  const writing = new LevelDbRandom(301);
  for (let i = 0; i < 500; i++) log.write(randomSkewedString(i, writing));
  const reading = new LevelDbRandom(301);
  for (let i = 0; i < 500; i++) assert.equal(log.read(), randomSkewedString(i, reading));
  assert.equal(log.read(), 'EOF');
});

/** A file of which some bytes cannot be read. */
class BadSectors extends MemoryFile {
  private readonly from: number;
  private readonly to: number;

  constructor(contents: Uint8Array, from: number, to: number) {
    super('log', contents);
    this.from = from;
    this.to = to;
  }

  override read(offset: number, target: Uint8Array, targetStart: number, length: number): number {
    if (offset < this.to && offset + length > this.from) throw new EnvError('io', 'log', 'read error');
    return super.read(offset, target, targetStart, length);
  }
}

test('log_test: ReadError', () => {
  const log = Log.of('foo');
  log.start({}, new BadSectors(log.contents, 0, 1));
  assert.equal(log.read(), 'EOF');
  assert.deepEqual(log.reports, [{ bytes: BLOCK_SIZE, reason: 'log: read error', offset: 0 }]);
});

/** One log, one fault, and what is left of it: the original's error paths of log_reader.cc. */
const FAULTS: {
  name: string;
  records: string[];
  damage: (log: Log) => void;
  left: string[];
  reports: Report[];
}[] = [
  {
    name: 'BadRecordType',
    records: ['foo'],
    damage(log) {
      log.contents[6] += 100;
      log.fixChecksum(0, 3);
    },
    left: [],
    reports: [{ bytes: 3, reason: 'unknown record type 101', offset: 0 }],
  },
  {
    name: 'TruncatedTrailingRecordIsIgnored',
    records: ['foo'],
    damage: (log) => log.shrink(4), // the payload and a byte of the header
    left: [],
    reports: [],
  },
  {
    name: 'BadLength',
    records: [bigString('bar', BLOCK_SIZE - HEADER_SIZE), 'foo'],
    damage: (log) => log.contents[4]++,
    left: ['foo'],
    reports: [{ bytes: BLOCK_SIZE, reason: 'bad record length', offset: 0 }],
  },
  {
    name: 'BadLengthAtEndIsIgnored',
    records: ['foo'],
    damage: (log) => log.shrink(1),
    left: [],
    reports: [],
  },
  {
    name: 'ChecksumMismatch',
    records: ['foo'],
    damage(log) {
      log.contents[0] += 10;
    },
    left: [],
    reports: [{ bytes: 10, reason: 'checksum mismatch', offset: 0 }],
  },
  {
    name: 'UnexpectedMiddleType',
    records: ['foo'],
    damage(log) {
      log.contents[6] = RecordType.middle;
      log.fixChecksum(0, 3);
    },
    left: [],
    reports: [{ bytes: 3, reason: 'missing start of fragmented record(1)', offset: 0 }],
  },
  {
    name: 'UnexpectedLastType',
    records: ['foo'],
    damage(log) {
      log.contents[6] = RecordType.last;
      log.fixChecksum(0, 3);
    },
    left: [],
    reports: [{ bytes: 3, reason: 'missing start of fragmented record(2)', offset: 0 }],
  },
  {
    name: 'UnexpectedFullType',
    records: ['foo', 'bar'],
    damage(log) {
      log.contents[6] = RecordType.first;
      log.fixChecksum(0, 3);
    },
    left: ['bar'],
    reports: [{ bytes: 3, reason: 'partial record without end(1)', offset: 0 }],
  },
  {
    name: 'UnexpectedFirstType',
    records: ['foo', bigString('bar', 100000)],
    damage(log) {
      log.contents[6] = RecordType.first;
      log.fixChecksum(0, 3);
    },
    left: [bigString('bar', 100000)],
    reports: [{ bytes: 3, reason: 'partial record without end(2)', offset: 0 }],
  },
  {
    name: 'MissingLastIsIgnored',
    records: [bigString('bar', BLOCK_SIZE)],
    damage: (log) => log.shrink(14), // the last fragment with its header
    left: [],
    reports: [],
  },
  {
    name: 'PartialLastIsIgnored',
    records: [bigString('bar', BLOCK_SIZE)],
    damage: (log) => log.shrink(1),
    left: [],
    reports: [],
  },
  {
    // first(R1) last(R1) first(R2) last(R2): without the middle two the others must not be joined.
    name: 'ErrorJoinsRecords',
    records: [bigString('foo', BLOCK_SIZE), bigString('bar', BLOCK_SIZE), 'correct'],
    damage: (log) => log.contents.fill(0x78, BLOCK_SIZE, 2 * BLOCK_SIZE),
    left: ['correct'],
    reports: [
      { bytes: BLOCK_SIZE, reason: 'checksum mismatch', offset: BLOCK_SIZE },
      { bytes: BLOCK_SIZE - HEADER_SIZE, reason: 'error in middle of record', offset: 0 },
      { bytes: 14 + HEADER_SIZE, reason: 'missing start of fragmented record(2)', offset: 2 * BLOCK_SIZE },
    ],
  },
];

for (const { name, records, damage, left, reports } of FAULTS) {
  test(`log_test: ${name}`, () => {
    const log = Log.of(...records);
    damage(log);
    assert.deepEqual(log.readAll(), left);
    assert.deepEqual(log.reports, reports);
  });
}

test('log_test: SkipIntoMultiRecord', () => {
  // first(R1) middle(R1) last(R1) first(R2), begun behind first(R1): what is left of R1 is no error.
  const log = Log.of(bigString('foo', 3 * BLOCK_SIZE), 'correct');
  log.start({ initialOffset: BLOCK_SIZE });
  assert.equal(log.read(), 'correct');
  assert.deepEqual(log.reports, []);
  assert.equal(log.read(), 'EOF');
});

const SIZES = [10000, 10000, 2 * BLOCK_SIZE - 1000, 1, 13716, BLOCK_SIZE - HEADER_SIZE];
const OFFSETS = [
  0,
  10007,
  20014,
  20014 + 2 * BLOCK_SIZE - 1000 + 21,
  20014 + 2 * BLOCK_SIZE - 1000 + 29,
  3 * BLOCK_SIZE,
];

function initialOffsetLog(): Log {
  return Log.of(...SIZES.map((size, i) => String.fromCharCode(0x61 + i).repeat(size)));
}

const INITIAL_OFFSETS: [name: string, initialOffset: number, firstRecord: number][] = [
  ['ReadStart', 0, 0],
  ['ReadSecondOneOff', 1, 1],
  ['ReadSecondTenThousand', 10000, 1],
  ['ReadSecondStart', 10007, 1],
  ['ReadThirdOneOff', 10008, 2],
  ['ReadThirdStart', 20014, 2],
  ['ReadFourthOneOff', 20015, 3],
  ['ReadFourthFirstBlockTrailer', BLOCK_SIZE - 4, 3],
  ['ReadFourthMiddleBlock', BLOCK_SIZE + 1, 3],
  ['ReadFourthLastBlock', 2 * BLOCK_SIZE + 1, 3],
  ['ReadFourthStart', 2 * (HEADER_SIZE + 1000) + (2 * BLOCK_SIZE - 1000) + 3 * HEADER_SIZE, 3],
  ['ReadInitialOffsetIntoBlockPadding', 3 * BLOCK_SIZE - 3, 5],
];

for (const [name, initialOffset, firstRecord] of INITIAL_OFFSETS) {
  test(`log_test: ${name}`, () => {
    const log = initialOffsetLog();
    const reader = log.start({ initialOffset });
    for (let i = firstRecord; i < SIZES.length; i++) {
      assert.equal(reader.next(), true);
      assert.equal(reader.record.length, SIZES[i]);
      assert.equal(reader.record[0], 0x61 + i);
      assert.equal(reader.recordOffset, OFFSETS[i]);
    }
    assert.equal(reader.next(), false);
  });
}

for (const [name, past] of [
  ['ReadEnd', 0],
  ['ReadPastEnd', 5],
] as const) {
  test(`log_test: ${name}`, () => {
    const log = initialOffsetLog();
    assert.equal(log.start({ initialOffset: log.contents.length + past }).next(), false);
  });
}

test('preallocated space is neither a record nor damage nor torn', () => {
  for (const zeros of [1, 6, 7, 100, BLOCK_SIZE, 5 * BLOCK_SIZE + 3]) {
    const log = Log.of('foo', 'bar');
    log.contents = Uint8Array.from([...log.contents, ...new Uint8Array(zeros)]);
    assert.deepEqual(log.readAll(), ['foo', 'bar']);
    assert.deepEqual(log.reports, []);
    assert.equal(log.reader?.tornTail, undefined);
  }
});

test('a zero record within a fragmented one breaks it', () => {
  const log = Log.of(bigString('x', BLOCK_SIZE), 'behind');
  log.contents.fill(0, BLOCK_SIZE, BLOCK_SIZE + HEADER_SIZE);
  assert.deepEqual(log.readAll(), []);
  assert.deepEqual(log.reports, [
    { bytes: BLOCK_SIZE - HEADER_SIZE, reason: 'error in middle of record', offset: 0 },
  ]);
});

test('type 0 with a length is an unknown type', () => {
  const log = Log.of('foo', 'bar');
  log.contents[6] = 0;
  log.fixChecksum(0, 3);
  assert.deepEqual(log.readAll(), ['bar']);
  assert.deepEqual(log.reports, [{ bytes: 3, reason: 'unknown record type 0', offset: 0 }]);
});

test("types 5 and 6 are LevelDB's own marks: the end, and a record to skip", () => {
  for (const [type, left] of [
    [5, []],
    [6, ['bar']],
  ] as const) {
    const log = Log.of('foo', 'bar');
    log.contents[6] = type;
    log.fixChecksum(0, 3);
    assert.deepEqual(log.readAll(), left);
    assert.deepEqual(log.reports, []);
    assert.deepEqual(log.reader?.tornTail, type === 5 ? { offset: 0, length: 20 } : undefined);
  }
});

test('an unknown type within a fragmented record drops both', () => {
  const log = Log.of(bigString('x', BLOCK_SIZE), 'behind');
  log.contents[BLOCK_SIZE + 6] = 9;
  log.fixChecksum(BLOCK_SIZE, HEADER_SIZE);
  assert.deepEqual(log.readAll(), ['behind']);
  assert.deepEqual(log.reports, [{ bytes: BLOCK_SIZE, reason: 'unknown record type 9', offset: 0 }]);
});

test('an empty first fragment before a full record is no news', () => {
  const log = Log.of('', 'bar');
  log.contents[6] = RecordType.first;
  log.fixChecksum(0, 0);
  assert.deepEqual(log.readAll(), ['bar']);
  assert.deepEqual(log.reports, []);
});

test('without checksums a damaged payload is taken', () => {
  const log = Log.of('foo', 'bar');
  log.contents[7] = 0x67;
  log.start({ checksum: false });
  assert.deepEqual(log.readAll(), ['goo', 'bar']);
  assert.deepEqual(log.reports, []);
});

test('where records begin and end', () => {
  const log = Log.of('foo', bigString('x', 3 * BLOCK_SIZE), '', 'bar');
  const reader = log.start();
  const ranges: [number, number][] = [];
  while (reader.next()) ranges.push([reader.recordOffset, reader.recordEnd]);
  const end = log.contents.length;
  assert.deepEqual(ranges, [
    [0, 10],
    [10, end - 17],
    [end - 17, end - 10],
    [end - 10, end],
  ]);
});

test('a record in one piece is a view', () => {
  const log = Log.of('foo', 'bar');
  const reader = log.start();
  reader.next();
  const { buffer } = reader.record;
  reader.next();
  assert.equal(reader.record.buffer, buffer);
});

test('the torn tail is what a crash left of the last record', () => {
  const whole = Log.of('foo', bigString('x', 2 * BLOCK_SIZE), 'last');
  const size = whole.contents.length;
  const starts = [0, 10, size - 11];
  for (let cut = 0; cut < size; cut++) {
    // Around the edges every cut, in between some.
    if (
      cut > 40 &&
      cut < size - 40 &&
      cut % BLOCK_SIZE > 20 &&
      BLOCK_SIZE - (cut % BLOCK_SIZE) > 20 &&
      cut % 1009
    )
      continue;
    const log = new Log();
    log.contents = whole.contents.subarray(0, cut);
    log.readAll();
    assert.deepEqual(log.reports, [], `cut at ${cut}`);
    const start = Math.max(...starts.filter((at) => at <= cut));
    const expected = start === cut ? undefined : { offset: start, length: cut - start };
    assert.deepEqual(log.reader?.tornTail, expected, `cut at ${cut}`);
  }
});

test('blocks before a bad sector are read, those behind it are not', () => {
  const log = new Log();
  for (let i = 0; i < 3000; i++) log.write(bigString(`${i}.`, 100));
  const reader = log.start();
  let before = 0;
  while (reader.next() && reader.recordEnd <= 5 * BLOCK_SIZE) before++;
  log.start({}, new BadSectors(log.contents, 5 * BLOCK_SIZE, 5 * BLOCK_SIZE + 1));
  assert.equal(log.readAll().length, before);
  assert.deepEqual(log.reports, [{ bytes: BLOCK_SIZE, reason: 'log: read error', offset: 5 * BLOCK_SIZE }]);
});

test('a file that grows while it is read', () => {
  const log = new Log();
  for (let i = 0; i < 30000; i++) log.write(bigString(`${i}.`, 100));
  const whole = log.readAll();
  class Growing extends MemoryFile {
    override size(): number {
      return 100;
    }
  }
  log.start({}, new Growing('log', log.contents));
  assert.deepEqual(log.readAll(), whole);
});

test('records across many chunks, of every size around a block', () => {
  const log = new Log();
  const records: string[] = [];
  for (let i = -40; i <= 40; i++)
    records.push(bigString(`${i},`, BLOCK_SIZE + i), bigString(`${i};`, 3 * BLOCK_SIZE + i));
  log.write(...records);
  assert.deepEqual(log.readAll(), records);
});

test('no input makes the reader throw or run on', () => {
  const random = new LevelDbRandom(301);
  const small = Log.of('foo', '', bigString('x', 50), 'bar');
  const inputs: Uint8Array[] = [];
  for (let at = 0; at < small.contents.length; at++) {
    inputs.push(small.contents.slice(0, at));
    for (const change of [1, 0x80, 0xff]) {
      const flipped = small.contents.slice();
      flipped[at] ^= change;
      inputs.push(flipped);
    }
  }
  const large = Log.of(bigString('y', 3 * BLOCK_SIZE), 'z', bigString('w', BLOCK_SIZE));
  for (let i = 0; i < 200; i++) {
    const flipped = large.contents.slice();
    for (let n = random.uniform(4); n >= 0; n--) flipped[random.uniform(flipped.length)] = random.next();
    inputs.push(flipped, random.bytes(random.skewed(17)));
  }
  for (const contents of inputs) {
    for (const checksum of [true, false]) {
      const log = new Log();
      log.contents = contents;
      const reader = log.start({ checksum });
      let bytes = 0;
      let records = 0;
      while (reader.next()) {
        bytes += reader.record.length;
        assert.ok(reader.recordOffset < reader.recordEnd && reader.recordEnd <= contents.length);
        assert.ok(++records <= contents.length / HEADER_SIZE);
      }
      assert.ok(bytes <= contents.length);
      const torn = reader.tornTail;
      assert.ok(torn === undefined || torn.offset + torn.length === contents.length);
    }
  }
});
