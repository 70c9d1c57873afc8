// Traces: every event comes back from its line as it was, and lines that are none are refused with their number.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Database } from '../../src/engine/db/database';
import { fingerprintOf } from '../../src/engine/db/fingerprint';
import type { Options } from '../../src/engine/db/options';
import { workloadOperations } from '../../src/engine/db/workload';
import { MemoryEnv } from '../../src/engine/env/memory';
import { OverlayEnv } from '../../src/engine/env/overlay';
import { encodeInternalKey } from '../../src/engine/keys/internal-key';
import type { FileMetaData } from '../../src/engine/manifest/version-edit';
import { eventText } from '../../src/engine/trace/event-text';
import { runSteps, TRACE_VERSION, type TraceEvent } from '../../src/engine/trace/events';
import { eventLine, headerLine, parseTrace, type TraceHeader } from '../../src/engine/trace/trace-file';
import { DIRECTORY, environment, smallDatabase } from '../helpers/small-database';

const bytes = (text: string) => new TextEncoder().encode(text);

function header(events: readonly TraceEvent[]): TraceHeader {
  const open = events.find((event) => event.type === 'open');
  assert.ok(open?.type === 'open');
  const env = environment(smallDatabase().files);
  return {
    engine: 'test 1.0',
    grain: open.grain,
    options: open.options,
    database: fingerprintOf(env, DIRECTORY),
    dryRun: true,
    leftOut: undefined,
  };
}

function text(of: TraceHeader, events: readonly TraceEvent[]): string {
  return [headerLine(of), ...events.map(eventLine), ''].join('\n');
}

/** Arrays that are views and copies are the same to a reader. */
function assertRoundTrip(events: TraceEvent[]): void {
  const head = header(events);
  const trace = parseTrace(text(head, events));
  assert.deepEqual(trace.header, head);
  assert.equal(trace.events.length, events.length);
  for (const [i, event] of events.entries()) {
    assert.deepEqual(normal(trace.events[i]), normal(event), event.type);
    assert.equal(eventLine(trace.events[i]), eventLine(event));
    const shown = eventText(event);
    assert.ok(shown !== '' && !shown.includes('\n') && !shown.includes('undefined'), shown);
    assert.equal(eventText(trace.events[i]), shown);
  }
}

/** Without fields that are undefined, and with plain arrays of bytes. */
function normal(value: unknown): unknown {
  if (value instanceof Uint8Array) return [...value];
  if (Array.isArray(value)) return value.map(normal);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, field]) => field !== undefined)
      .map(([name, field]) => [name, normal(field)]),
  );
}

function recordCompaction(traceGrain: Options['traceGrain']): TraceEvent[] {
  const events: TraceEvent[] = [];
  const env = new OverlayEnv(environment(smallDatabase().files));
  const trace = (event: TraceEvent) => void events.push(event);
  const options = { traceGrain, trace, infoLog: false, background: 'stepped' } as const;
  const database = Database.openNow(env, DIRECTORY, options);
  runSteps(database.compactRange(undefined, bytes('zzz')));
  assert.equal(database.failure, undefined);
  database.close();
  return events;
}

for (const grain of ['files', 'entries'] as const) {
  test(`trace: recovery and compaction come back from their lines (${grain})`, () => {
    const events = recordCompaction(grain);
    assertRoundTrip(events);
    const types = new Set(events.map(({ type }) => type));
    for (const type of [
      'open',
      'manifest-edit',
      'manifest-end',
      'log-batch',
      'flush-begin',
      'flush-end',
      'version',
      'remove',
      'compact-range',
      'pick',
      'input-block',
      'input-block-end',
      'output-block',
      'output-end',
      'compaction-end',
    ] as const) {
      assert.ok(types.has(type), type);
    }
    assert.equal(types.has('entry-kept'), grain === 'entries');
  });
}

test('trace: writes, stalls, switches and seeks come back from their lines', () => {
  const events: TraceEvent[] = [];
  const env = new MemoryEnv();
  env.makeDirectory('/db');
  const database = Database.openNow(env, '/db', {
    createIfMissing: true,
    writeBufferSize: 65536,
    traceGrain: 'entries',
    trace: (event) => void events.push(event),
    background: 'stepped',
  });
  const workload = { workload: 'delete', operations: 9000, valueSize: 100, seed: 3 } as const;
  for (const { key, value } of workloadOperations(workload)) {
    if (value) database.put(key, value);
    else database.delete(key);
  }
  for (const { key } of workloadOperations({ ...workload, operations: 300 })) database.get(key);
  database.close();
  const types = new Set(events.map(({ type }) => type));
  for (const type of ['create', 'write', 'memtable-switch', 'stall'] as const)
    assert.ok(types.has(type), type);
  assertRoundTrip(events);
});

const file = (smallest: Uint8Array): FileMetaData => ({
  number: 2n ** 60n,
  size: 18446744073709551615n,
  smallest,
  largest: encodeInternalKey(bytes('\u00e9\\"'), 2n ** 56n - 1n, 7),
});

test('trace: what is unusual comes back too', () => {
  const [open] = recordCompaction('files');
  const edit = {
    comparator: 'a\n"b"\u001b',
    lastSequence: 2n ** 60n,
    compactPointers: [{ level: 6, key: encodeInternalKey(Uint8Array.of(0, 255, 0x5c), 1, 0) }],
    deletedFiles: [{ level: 0, number: 2n ** 63n }],
    newFiles: [{ level: 3, file: file(Uint8Array.of(1, 2)) }],
  };
  assertRoundTrip([
    open,
    { type: 'manifest-edit', manifest: 'MANIFEST-000001', index: 0, offset: 0, edit },
    { type: 'log-unreadable', file: '000001.log', number: 1, message: 'IO error: x' },
    { type: 'log-skipped', file: '000001.log', number: 1, logNumber: 2n ** 60n },
    {
      type: 'log-batch-fault',
      file: 'a',
      offset: 1,
      reason: 'unknown WriteBatch tag',
      kept: 0,
      ignored: true,
    },
    { type: 'log-dropped', file: 'a', offset: 1, bytes: 2, reason: 'checksum mismatch', ignored: false },
    { type: 'missing-files', files: ['000001.ldb'] },
    { type: 'move', level: 1, file: file(encodeInternalKey(bytes('a'), 3, 1)) },
    {
      type: 'entry-dropped',
      key: Uint8Array.of(1),
      valueBytes: 0,
      why: 'shadowed',
      by: 2n ** 55n,
      from: undefined,
      block: undefined,
    },
    { type: 'seek-charge', table: 5, level: 1, left: -3, by: 'sample' },
    { type: 'error', message: 'Corruption: x', file: undefined, offset: undefined },
  ]);
});

test('trace: lines that are none are refused with their number', () => {
  const events = recordCompaction('files');
  const head = headerLine(header(events));
  const pick = eventLine(events.find(({ type }) => type === 'pick')!);
  const refused = (lines: string[], message: RegExp) =>
    assert.throws(
      () => parseTrace(lines.join('\n'), 'x.lsmtrace'),
      (error: Error & { file?: string }) => {
        assert.match(error.message, message);
        assert.equal(error.file, 'x.lsmtrace');
        return true;
      },
    );
  refused([''], /^line \d: there is no header/);
  refused(['{'], /^line 1: not JSON/);
  refused(['[]'], /^line 1: not a trace/);
  refused(['null'], /^line 1: not a trace/);
  refused([pick], /^line 1: not a trace/);
  refused(
    [head.replace(`"version":${TRACE_VERSION}`, '"version":99')],
    /^line 1: the trace is of version 99/,
  );
  refused([head.replace('"grain":"files"', '"grain":"x"')], /^line 1: header\.grain is not one of/);
  refused([head, pick, '{"type":"lock"'], /^line 3: not JSON/);
  refused([head, '7'], /^line 2: an event is an object/);
  refused([head, '{}'], /^line 2: type is not a text/);
  refused([head, '{"type":"no such event"}'], /^line 2: there is no event "no such event"/);
  refused([head, '{"type":"__proto__"}'], /^line 2: there is no event/);
  refused([head, '{"type":"constructor"}'], /^line 2: there is no event/);
  refused([head, '{"type":"remove","file":"x","kind":"y"}'], /^line 2: remove\.kind is not one of/);
  refused([head, '', '{"type":"move","level":9}'], /^line 3: move\.level is not a level from 0 to 6/);
  refused([head, '{"type":"move","level":1,"file":[]}'], /^line 2: move\.file is not an object/);
  refused([head, pick.replace('"inputs":[', '"inputs":[[],')], /^line 2: pick\.inputs is not a list of 2/);
  refused(
    [head, pick.replace(/"userKey":"[^"]*"/, '"userKey":"\\\\q"')],
    /^line 2: pick\..*\.userKey is not an escaped/,
  );
  refused(
    [head, pick.replace(/"sequence":\d+/, '"sequence":-1')],
    /^line 2: pick\..*\.sequence is not a whole number/,
  );
  refused(
    [head, pick.replace(/"sequence":\d+/, '"sequence":"18446744073709551615"')],
    /sequence is not a sequence number/,
  );
  refused([head, `{"type":"missing-files","files":${'['.repeat(100_000)}`], /^line 2: not/);
  const sound = parseTrace([head, '', pick, ''].join('\r\n'));
  assert.equal(sound.events.length, 1);
});
