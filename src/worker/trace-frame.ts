import type { U64 } from '../engine/bytes/u64';
import { allowedSeeks, levelCapacity, maxGrandparentBytes } from '../engine/compaction/limits';
import { totalBytes } from '../engine/compaction/overlap';
import { parseFileName } from '../engine/manifest/file-names';
import { type FileMetaData, LEVELS } from '../engine/manifest/version-edit';
import type { EventOf } from '../engine/trace/events';
import { dueNext } from '../engine/trace/replay/due';
import {
  bytesWrittenOf,
  type CompactionProgress,
  countsOf,
  type OutputProgress,
} from '../engine/trace/replay/progress';
import type { Replay } from '../engine/trace/replay/replay';
import type { ReplayState } from '../engine/trace/replay/state';
import { isAlive } from '../engine/trace/replay/tables';
import { countBefore } from '../engine/trace/replay/track';
import { cutText } from './cut';
import { keyRef } from './key-ref';
import { listedOf, listOf, MAX_LISTED } from './listed';
import type {
  CompactionFrame,
  ErrorFrame,
  FaultFrame,
  FlushFrame,
  InputFrame,
  InputReason,
  LevelFrame,
  Listed,
  LogFrame,
  ManifestFrame,
  OutputFrame,
  SeekFrame,
  StallFrame,
  TraceFrame,
  WorkFrame,
  WrittenEditFrame,
} from './trace-api';
import { eventRow } from './trace-list';
import { stepOf } from './trace-step';
import { chargedFrom } from './trace-table';
import type { TracePicture } from './trace-tables';

/** Of the numbers of tables that a picture marks. */
const MAX_MARKS = 10_000;

/** Makes frames of a replay. A frame's work is bounded, apart from what of the state it shows. */
export class FrameMaker {
  private readonly replay: Replay;
  private readonly picture: TracePicture;
  /** Of the compaction that was drawn last: they are the same in all its frames. */
  private marks: { event: number; of: PickMarks } | undefined;

  constructor(replay: Replay, picture: TracePicture) {
    this.replay = replay;
    this.picture = picture;
  }

  frame(k: number): TraceFrame {
    const { replay } = this;
    const state = replay.at(k);
    const at = state.events;
    return {
      at,
      events: replay.length,
      event: at === 0 ? undefined : eventRow(replay, at - 1),
      step: at === 0 ? undefined : stepOf(replay.events[at - 1], at - 1),
      phase: state.phase,
      versionId: state.versionId,
      directory: state.directory,
      options: state.options,
      current: state.current,
      manifest: this.manifest(state),
      counters: { ...state.counters },
      levels: this.levels(state),
      logs: this.logs(state),
      missing: this.missing(state),
      faults: this.faults(state),
      memtable: { ...state.memtable, limit: state.options?.writeBufferSize ?? 0 },
      flush: this.flush(state),
      compaction: state.compaction && this.compaction(state, state.compaction),
      work: this.work(state),
      edit: this.edit(state),
      removed: this.removed(state),
      stalls: this.stalls(state),
      seeks: this.seeks(state),
      due: dueNext(state),
      error: failureOf(state),
    };
  }

  private manifest({ manifest, openedAt }: ReplayState): ManifestFrame | undefined {
    if (!manifest) return undefined;
    const { replay } = this;
    const { isRead } = manifest;
    if (isRead) return { ...manifest, editsTotal: manifest.edits };
    // Edits of this opening that are still to come.
    const end = [...replay.index.range('open', openedAt + 1, replay.length, 1)][0] ?? replay.length;
    return { ...manifest, editsTotal: replay.index.count('manifest-edit', openedAt, end) };
  }

  private levels(state: ReplayState): LevelFrame[] {
    const { tables } = this.replay.index;
    const limits = state.options?.limits;
    return Array.from({ length: LEVELS }, (_, level): LevelFrame => {
      const by = level === LEVELS - 1 ? undefined : level === 0 ? 'files' : 'bytes';
      const limit = limits && (level === 0 ? limits.level0Files : levelCapacity(limits, level));
      const pointer = state.pointers[level];
      return {
        level,
        files: tables.filesOf(state.versionId, level),
        bytes: tables.bytesOf(state.versionId, level),
        by,
        limit: by && limit,
        score: state.scores?.[level],
        pointer: pointer && keyRef(pointer),
        pointerPlace: pointer && this.picture.placeOfKey(pointer),
      };
    });
  }

  private logs(state: ReplayState): Listed<LogFrame> {
    const { replay } = this;
    const { index, events } = replay;
    const { openedAt, events: at } = state;
    const rows: LogFrame[] = [];
    const waiting = state.logsAt === undefined ? undefined : (events[state.logsAt] as EventOf<'logs'>).files;
    const skipped = index.count('log-skipped', openedAt, at);
    const begun = index.count('log-begin', openedAt, at);
    const unreadable = index.count('log-unreadable', openedAt, at);
    for (const i of index.range('log-skipped', openedAt, at, MAX_LISTED)) {
      const { file, number, logNumber } = events[i] as EventOf<'log-skipped'>;
      rows.push({ ...EMPTY_LOG, file, number, state: 'too old', why: `${logNumber}` });
    }
    for (const i of index.range('log-unreadable', openedAt, at, MAX_LISTED)) {
      const { file, number, message } = events[i] as EventOf<'log-unreadable'>;
      rows.push({ ...EMPTY_LOG, file, number, state: 'unreadable', why: cutText(message) });
    }
    for (const i of index.range('log-begin', openedAt, at, MAX_LISTED)) {
      const log = replay.logAt(state, i);
      if (!log) continue;
      const { event: _, isOver, ...progress } = log;
      rows.push({ ...progress, state: isOver ? 'replayed' : 'under way', why: undefined });
    }
    // Those before were begun or passed by, in this order.
    const done = begun + unreadable;
    for (const file of waiting?.slice(done, done + MAX_LISTED) ?? []) {
      rows.push({ ...EMPTY_LOG, file, number: parseFileName(file)?.number ?? 0 });
    }
    const total = skipped + Math.max(done, waiting?.length ?? 0);
    return { rows: rows.slice(0, MAX_LISTED), total };
  }

  private missing({ missingAt }: ReplayState): Listed<string> {
    if (missingAt === undefined) return { rows: [], total: 0 };
    return listOf((this.replay.events[missingAt] as EventOf<'missing-files'>).files, (file) => file);
  }

  private faults({ openedAt, events: at }: ReplayState): Listed<FaultFrame> {
    const { index, events } = this.replay;
    const rows = [
      ...index.range('log-batch-fault', openedAt, at, MAX_LISTED),
      ...index.range('log-dropped', openedAt, at, MAX_LISTED),
    ]
      .sort((a, b) => a - b)
      .map((i) => faultOf(i, events[i] as EventOf<'log-batch-fault' | 'log-dropped'>));
    const total = index.count('log-batch-fault', openedAt, at) + index.count('log-dropped', openedAt, at);
    return listedOf(rows, total);
  }

  private flush({ flush }: ReplayState): FlushFrame | undefined {
    if (!flush) return undefined;
    const { file, inBlocks: _, ...rest } = flush;
    const outline = file ?? this.replay.index.fileOf(flush.table);
    return { ...rest, ...this.picture.place(outline) };
  }

  private compaction(state: ReplayState, compaction: CompactionProgress): CompactionFrame {
    const { pick, event, ordinal, outputs } = compaction;
    const { reason, level, begin, end, pointerBefore, pointerAfter, first, trivialMove } = pick;
    const { expansionRefused, smallestSnapshot, inputs, grandparents } = pick;
    const marks = this.marksOf(event, pick);
    const limits = state.options?.limits;
    const isMove = trivialMove && compaction.state === 'done';
    return {
      event,
      ordinal,
      reason,
      level,
      score: pick.scores[level],
      begin,
      end,
      pointerBefore: pointerBefore && keyRef(pointerBefore),
      pointerAfter: pointerAfter && keyRef(pointerAfter),
      first,
      trivialMove,
      expansionRefused,
      smallestSnapshot,
      state: compaction.state,
      inputFiles: [inputs[0].length, inputs[1].length],
      inputBytes: [totalBytes(inputs[0]), totalBytes(inputs[1])],
      grandparentBytes: totalBytes(grandparents),
      grandparentLimit: limits ? maxGrandparentBytes(limits) : 0,
      ...countsOf(compaction),
      bytesRead: compaction.bytesRead,
      bytesWritten: bytesWrittenOf(compaction),
      inputs: this.inputs(state.events, event, pick, marks),
      outputs: isMove ? { rows: [], total: 0 } : this.outputs(state.events, compaction),
      marks: {
        inputs: marks.inputs,
        overlapping: marks.overlapping,
        boundary: marks.boundary,
        expanded: marks.expanded,
        grandparents: marks.grandparents,
        outputs: this.outputNumbers(state.events, event, outputs),
      },
    };
  }

  private inputs(at: number, from: number, pick: EventOf<'pick'>, marks: PickMarks): Listed<InputFrame> {
    const { index, events } = this.replay;
    const rows: InputFrame[] = [];
    for (const [which, files] of pick.inputs.entries()) {
      for (const { number, size } of files) {
        if (rows.length === MAX_LISTED) break;
        const track = index.trackOf(number);
        const blocks = track?.blockEvents('input');
        const read = blocks ? countBefore(blocks, at) : 0;
        const blocksRead = blocks ? read - countBefore(blocks, from) : 0;
        const last =
          blocksRead > 0 && blocks ? (events[blocks.at(read - 1)] as EventOf<'input-block'>) : undefined;
        rows.push({
          number,
          level: pick.level + which,
          bytes: Number(size),
          why: marks.why(number, which),
          bytesRead: track?.bytesRead(from, at) ?? 0,
          blocksRead,
          block: last?.offset,
          ...(track?.counts(from, at) ?? NO_COUNTS),
        });
      }
    }
    return { rows, total: pick.inputs[0].length + pick.inputs[1].length };
  }

  private outputs(at: number, { event, output, outputs }: CompactionProgress): Listed<OutputFrame> {
    const { replay } = this;
    const rows: OutputFrame[] = [];
    for (const i of replay.index.range('output-end', event, at, MAX_LISTED)) {
      const finished = replay.outputAt(i);
      if (finished) rows.push(this.outputFrame(finished));
    }
    if (output && rows.length < MAX_LISTED) rows.push(this.outputFrame(output));
    return { rows, total: outputs };
  }

  private outputFrame({
    table,
    level,
    blocks,
    bytes,
    rawBytes,
    entries,
    why,
    file,
  }: OutputProgress): OutputFrame {
    const outline = file ?? this.replay.index.fileOf(table);
    return {
      number: table,
      level,
      blocks,
      bytes,
      rawBytes,
      entries,
      isOver: file !== undefined,
      why,
      ...this.picture.place(outline),
    };
  }

  private outputNumbers(at: number, from: number, total: number): Float64Array {
    const { index, events } = this.replay;
    const numbers = index.range('output-begin', from, at, Math.min(total, MAX_MARKS));
    return Float64Array.from(numbers, (i) => Number((events[i] as EventOf<'output-begin'>).table));
  }

  private marksOf(event: number, pick: EventOf<'pick'>): PickMarks {
    if (this.marks?.event !== event) this.marks = { event, of: new PickMarks(pick) };
    return this.marks.of;
  }

  private work(state: ReplayState): WorkFrame {
    const { work, flush, compaction, foundVersionId } = state;
    const underWay = compaction?.state === 'under way' ? compaction : undefined;
    const flushedBytes = work.flushedBytes + (flush && !flush.isOver ? flush.bytes : 0);
    const written = work.bytesWritten + (underWay ? bytesWrittenOf(underWay) : 0);
    const { userBytes } = work;
    // Writes are told one by one in the grain `entries` alone.
    const isTold = userBytes > 0 && (state.grain === 'entries' || work.writtenBytes === 0);
    const came = isTold ? userBytes : flushedBytes;
    return {
      flushes: work.flushes,
      compactions: work.compactions,
      moves: work.moves,
      flushedBytes,
      compactionBytesRead: work.bytesRead + (underWay?.bytesRead ?? 0),
      compactionBytesWritten: written,
      userBytes,
      writeAmplification: came > 0 ? (flushedBytes + written) / came : undefined,
      amplifiedBy: came === 0 ? undefined : isTold ? 'user bytes' : 'flushed bytes',
      spaceBefore: foundVersionId === undefined ? 0 : this.space(foundVersionId),
      spaceNow: this.space(state.versionId),
    };
  }

  private space(versionId: number): number {
    const { tables } = this.replay.index;
    let bytes = 0;
    for (let level = 0; level < LEVELS; level++) bytes += tables.bytesOf(versionId, level);
    return bytes;
  }

  private edit({ editAt }: ReplayState): WrittenEditFrame | undefined {
    if (editAt === undefined) return undefined;
    const { edit, manifest, newManifest } = this.replay.events[editAt] as EventOf<'version'>;
    const { logNumber, nextFileNumber, lastSequence } = edit;
    return {
      event: editAt,
      manifest,
      newManifest,
      logNumber,
      nextFileNumber,
      lastSequence,
      pointers: edit.compactPointers.map(({ level }) => level),
      added: listOf(edit.newFiles, ({ level, file: { number, size } }) => {
        return { level, number, bytes: Number(size) };
      }),
      removed: listOf(edit.deletedFiles, ({ level, number }) => ({ level, number })),
    };
  }

  private removed({ openedAt, events: at }: ReplayState): TraceFrame['removed'] {
    const { index, events } = this.replay;
    const total = index.count('remove', openedAt, at);
    const rows = [...index.range('remove', openedAt, at, MAX_LISTED)].map((event) => {
      const { file, kind } = events[event] as EventOf<'remove'>;
      return { event, file, kind };
    });
    return { rows, total };
  }

  private stalls({ openedAt, events: at }: ReplayState): StallFrame {
    const { index, events } = this.replay;
    const total = index.count('stall', openedAt, at);
    const event = total > 0 ? index.lastBefore('stall', at) : undefined;
    if (event === undefined) return { total, last: undefined };
    const { why, level0Files } = events[event] as EventOf<'stall'>;
    return { total, last: { event, why, level0Files } };
  }

  private seeks({ openedAt, events: at, versionId }: ReplayState): Listed<SeekFrame> {
    const { index, events } = this.replay;
    const rows: SeekFrame[] = [];
    let total = 0;
    for (const [number, first] of index.chargedTables) {
      if (first.event >= at) break;
      const charges = index.trackOf(number)?.seekEvents;
      if (!charges) continue;
      const count = countBefore(charges, at);
      const life = index.tables.of(number).find((each) => isAlive(each, versionId));
      if (!life) continue;
      const charged = count - countBefore(charges, chargedFrom(life, openedAt));
      if (charged <= 0) continue;
      total++;
      const { level, left, by } = events[charges.at(count - 1)] as EventOf<'seek-charge'>;
      const allowed = allowedSeeks(Number(life.file.size));
      rows.push({ number, level, allowed, left, charged, by });
    }
    rows.sort((a, b) => a.left - b.left);
    return { rows: rows.slice(0, MAX_LISTED), total };
  }
}

/** The numbers of a pick's tables, and why each is in. */
class PickMarks {
  readonly inputs: Float64Array;
  readonly overlapping: Float64Array;
  readonly boundary: Float64Array;
  readonly expanded: Float64Array;
  readonly grandparents: Float64Array;
  private readonly pick: EventOf<'pick'>;
  private readonly reasons: Map<U64, InputReason>;

  constructor(pick: EventOf<'pick'>) {
    this.pick = pick;
    const files = (list: readonly FileMetaData[]) => marked(list.map(({ number }) => number));
    this.inputs = files(pick.inputs.flat());
    this.grandparents = files(pick.grandparents);
    this.overlapping = marked(pick.overlapping);
    this.boundary = marked(pick.boundary);
    this.expanded = marked(pick.expanded);
    this.reasons = new Map([
      ...pick.overlapping.map((number) => [number, 'overlapping'] as const),
      ...pick.boundary.map((number) => [number, 'boundary'] as const),
      ...pick.expanded.map((number) => [number, 'expanded'] as const),
    ]);
  }

  /** `which`: 0 for the level of the compaction, 1 for the next one. */
  why(number: U64, which: number): InputReason {
    const reason = this.reasons.get(number);
    if (reason) return reason;
    if (which === 1) return 'next level';
    if (this.pick.reason === 'manual') return 'in range';
    return number === this.pick.first ? 'first' : 'overlapping';
  }
}

function marked(numbers: readonly U64[]): Float64Array {
  return Float64Array.from(numbers.slice(0, MAX_MARKS), Number);
}

export function faultOf(event: number, fault: EventOf<'log-batch-fault' | 'log-dropped'>): FaultFrame {
  const { file, offset, ignored } = fault;
  const reason = cutText(fault.reason);
  return fault.type === 'log-dropped'
    ? { event, file, offset, reason, bytes: fault.bytes, kept: undefined, ignored }
    : { event, file, offset, reason, bytes: undefined, kept: fault.kept, ignored };
}

export function failureOf({ failure }: ReplayState): ErrorFrame | undefined {
  return failure && { ...failure, message: cutText(failure.message) };
}

const NO_COUNTS = { entries: 0, kept: 0, shadowed: 0, deletions: 0 };

const EMPTY_LOG: LogFrame = {
  file: '',
  number: 0,
  state: 'to replay',
  why: undefined,
  bytes: undefined,
  offset: 0,
  batches: 0,
  operations: 0,
  faults: 0,
  droppedBytes: 0,
  reused: false,
};
