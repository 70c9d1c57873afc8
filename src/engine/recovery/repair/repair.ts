import type { U64 } from '../../bytes/u64';
import { statusText } from '../../db/core';
import { Database } from '../../db/database';
import type { DryRun } from '../../db/dry-run';
import { isLiveLog } from '../../db/folder-state';
import { Inspection } from '../../db/inspection';
import { listDatabase } from '../../db/listing';
import type { Options } from '../../db/options';
import { RunningDigest, type ScanDigest } from '../../db/scan';
import { NO_MANIFEST } from '../../db/state';
import { EnvError } from '../../env/env';
import { OverlayEnv } from '../../env/overlay';
import { readBase } from '../../manifest/editing/base';
import { checkDocument } from '../../manifest/editing/checks';
import { ManifestDocument } from '../../manifest/editing/document';
import type { DocumentFolder } from '../../manifest/editing/folder';
import { ChoiceNeeded, OperationError, type RebuildInputs } from '../../manifest/editing/operation';
import { operationText } from '../../manifest/editing/operation-text';
import { checkOrder } from '../../manifest/editing/order-check';
import { type Rebuilt, rebuild } from '../../manifest/editing/rebuild/rebuild';
import { squashed } from '../../manifest/editing/squash';
import type { VersionEdit } from '../../manifest/version-edit';
import { LsmError, type Problem } from '../../problem';
import { verifyDatabase } from '../verify';
import { type ChosenManifest, chooseManifest, type ManifestChoice } from './choose-manifest';
import { isInLogs, tablesThatNothingCovers } from './doubtful-tables';
import { compareWithLevelDb, type LevelDbRepair } from './leveldb-repair';
import { progress, type RepairSteps } from './progress';
import { type LogRepair, repairLog } from './repair-log';
import { repairTables, type TableRepair, type TableToRepair } from './repair-tables';
import { findUncovered } from './uncovered';
import { type Renumbered, writeVersion } from './write-version';

export interface RepairOptions {
  /** For a MANIFEST that is rebuilt. */
  inputs?: RebuildInputs | undefined;
}

/** What becomes of CURRENT and the MANIFEST. */
export interface ManifestRepair {
  /**
   * `kept`: sound, if need be with what became of tables. `switched`: another one than CURRENT names is sound. `mended`:
   * without its damage. `rebuilt`: from the tables.
   */
  action: 'kept' | 'switched' | 'mended' | 'rebuilt';
  /** The MANIFEST that was gone by; undefined if it is rebuilt. */
  name: string | undefined;
  /** What is wrong with CURRENT. */
  current: string | undefined;
  problems: Problem[];
  rejected: ManifestChoice['rejected'];
  /** What was done to it, in words. */
  operations: string[];
  /** Tables that it does not name although they hold what nothing else does. */
  unnamed: U64[];
  /** Of a rebuilt one. */
  leftOut: Rebuilt['leftOut'];
}

export interface RepairResult {
  /** Whether LevelDB would open it. */
  ok: boolean;
  error: string | undefined;
  /** What an iterator shows afterwards. */
  digest: ScanDigest | undefined;
  lastSequence: U64 | undefined;
  /** Of verification. */
  problems: Problem[];
}

export interface Repair {
  /** Whether anything is wrong that can be repaired. */
  isNeeded: boolean;
  /** Why it cannot be repaired; `choose` if `inputs` has to be chosen. */
  refusal: { reason: string; choose: boolean } | undefined;
  tables: TableRepair[];
  manifest: ManifestRepair;
  logs: LogRepair[];
  /** What scanning reads before; undefined where no table can be placed. */
  before: ScanDigest | undefined;
  result: RepairResult | undefined;
  /** What LevelDB's own repair would do instead; undefined where there is no result to compare with. */
  levelDb: LevelDbRepair | undefined;
}

/** Scanned entries between two looks at who else wants to work. */
const SLICE = 1 << 16;

/**
 * Repairs a database in the overlay of a dry run, so that LevelDB opens it with everything that can be had: sound entries
 * of damaged tables, the version of a damaged MANIFEST, sound batches behind damage in logs. Then it is opened as LevelDB
 * would, and verified. Where nothing is wrong nothing is written.
 *
 * Throws EnvError for what may not be read, and LsmErrors; damage does not throw.
 */
export function* repairDatabase(
  dryRun: DryRun,
  options: Options,
  { inputs }: RepairOptions = {},
): RepairSteps<Repair> {
  const repairer = new Repairer(dryRun, options, inputs);
  return yield* repairer.run();
}

/** A state to write, or none if the MANIFEST stays. */
interface Target {
  state: VersionEdit;
  lastSequence: U64;
}

class Repairer {
  private readonly dryRun: DryRun;
  private readonly options: Options;
  private readonly inputs: RebuildInputs | undefined;
  private readonly folder: DocumentFolder;
  private readonly repair: Repair;

  constructor(dryRun: DryRun, options: Options, inputs: RebuildInputs | undefined) {
    this.dryRun = dryRun;
    this.options = options;
    this.inputs = inputs;
    this.folder = { env: dryRun.env, directory: dryRun.directory, codec: options.codec ?? {} };
    this.repair = {
      isNeeded: false,
      refusal: undefined,
      tables: [],
      manifest: {
        action: 'kept',
        name: undefined,
        current: undefined,
        problems: [],
        rejected: [],
        operations: [],
        unnamed: [],
        leftOut: [],
      },
      logs: [],
      before: undefined,
      result: undefined,
      levelDb: undefined,
    };
  }

  *run(): RepairSteps<Repair> {
    const { repair, folder } = this;
    repair.before = yield* this.digest('what can be read before');
    const choice = chooseManifest(folder);
    const { manifest } = repair;
    Object.assign(manifest, {
      current: choice.current,
      problems: choice.problems,
      rejected: choice.rejected,
    });
    let target: Target | undefined;
    try {
      const chosen = choice.chosen && (yield* this.goByManifest(choice, choice.chosen));
      target = chosen ? chosen.target : yield* this.rebuildManifest(choice);
    } catch (error) {
      if (!(error instanceof OperationError)) throw error;
      repair.isNeeded = true;
      repair.refusal = { reason: error.reason, choose: error instanceof ChoiceNeeded };
      return repair;
    }
    repair.isNeeded = target !== undefined || repair.logs.length > 0;
    if (!repair.isNeeded) {
      repair.result = yield* this.tryUnchanged();
      return repair;
    }
    const numbers: Renumbered = target
      ? writeVersion(this.dryRun, target.state, repair.tables, target.lastSequence).numbers
      : new Map();
    repair.result = yield* this.open(numbers);
    return repair;
  }

  /** Undefined if the MANIFEST does not know all that the database holds, and has to be rebuilt. */
  private *goByManifest(
    choice: ManifestChoice,
    chosen: ChosenManifest,
  ): RepairSteps<{ target: Target | undefined } | undefined> {
    const { dryRun, options, repair } = this;
    const { version, counters, document } = chosen;
    const tables = [...version.files()].map(({ level, file }) => ({
      number: file.number,
      level,
      meta: file,
    }));
    const lastSequence = counters.lastSequence ?? 0;
    const repaired = yield* repairTables(dryRun, options, tables, lastSequence);
    repair.tables = repaired.repairs;
    const unnamed = yield* tablesThatNothingCovers(dryRun, options, chosen);
    if (unnamed.length > 0) {
      repair.manifest.unnamed = unnamed;
      const reason = `${unnamed.length} tables hold what it has lost: the edits that named them are not in it`;
      repair.manifest.rejected.push({ name: chosen.name, reason });
      return undefined;
    }
    const isMended = chosen.operations.length > 0;
    const isSwitched = choice.rejected.length > 0 && !isMended;
    repair.manifest.action = isMended ? 'mended' : isSwitched ? 'switched' : 'kept';
    repair.manifest.name = chosen.name;
    repair.manifest.operations = chosen.operations.map(operationText);
    const { logNumber = 0, prevLogNumber = 0 } = counters;
    yield* this.repairLogs((number) => isLiveLog(number, logNumber, prevLogNumber));
    const mustBeWritten =
      isMended ||
      isSwitched ||
      choice.current !== undefined ||
      chosen.mustBeWritten ||
      repair.tables.length > 0 ||
      repaired.greatestSequence > lastSequence;
    if (!mustBeWritten) return { target: undefined };
    const target = { state: squashed(document.edits), lastSequence: repaired.greatestSequence };
    const isDoubted = isMended || isSwitched || repair.tables.some(isOfAnotherSize);
    const fault = yield* this.faultOf(target, isDoubted);
    if (fault === undefined) return { target };
    repair.manifest.rejected.push({ name: chosen.name, reason: fault });
    return undefined;
  }

  /** What is wrong with a state, in LevelDB's eyes; undefined if nothing is. `inOrder`: reads every entry. */
  private *faultOf({ state, lastSequence }: Target, inOrder: boolean): RepairSteps<string | undefined> {
    const { dryRun, repair, folder } = this;
    const { directory } = dryRun;
    const env = new OverlayEnv(dryRun.env);
    try {
      const { manifest } = writeVersion({ env, directory }, state, repair.tables, lastSequence, true);
      const document = new ManifestDocument(readBase(env, directory, manifest));
      const written = { ...folder, env };
      const problems = checkDocument(document, written, { ranges: inOrder, asNew: true });
      if (inOrder) {
        const order = checkOrder(document, written);
        let step = order.next();
        for (; !step.done; step = order.next()) yield progress('the order of all versions is checked');
        problems.push(...step.value);
      }
      return problems.find(({ problem }) => problem.severity === 'error')?.problem.message;
    } finally {
      env.dispose();
    }
  }

  private *rebuildManifest({ evidence, listing }: ManifestChoice): RepairSteps<Target> {
    const { dryRun, options, repair, folder, inputs } = this;
    repair.manifest.action = 'rebuilt';
    const done = new Set(repair.tables.map(({ number }) => number));
    const tables: TableToRepair[] = [];
    for (const [number] of listing.tables) {
      if (done.has(number) || evidence.isObsolete(number)) continue;
      tables.push({ number, level: evidence.levels.get(number), meta: undefined });
    }
    // What a lost edit may have taken out is not missing.
    repair.tables = repair.tables.filter(({ number }) => listing.tables.has(number));
    repair.tables.push(...(yield* repairTables(dryRun, options, tables, undefined)).repairs);
    // Before the log number is looked for: it is that of the first log that goes beyond the tables.
    yield* this.repairLogs(() => true);
    const cutShort = this.leaveOutFlushes();
    const steps = rebuild(folder, { inputs, comparator: dryRun.comparator, isIncomplete: true });
    let step = steps.next();
    for (; !step.done; step = steps.next()) yield progress('the MANIFEST is rebuilt from the tables');
    const { edits, leftOut } = step.value;
    const [state] = edits;
    repair.manifest.leftOut = [...cutShort, ...leftOut].filter(({ number }) => {
      return !repair.tables.some((table) => table.number === number && table.action === 'left out');
    });
    const levels = new Map(state.newFiles.map(({ level, file }) => [file.number, level]));
    // What is left out for another reason need not have been written anew.
    repair.tables = repair.tables.filter(({ number, action }) => levels.has(number) || action === 'left out');
    for (const table of repair.tables) table.level = levels.get(table.number) ?? table.level;
    const { logNumber = 0 } = state;
    repair.logs = repair.logs.filter(({ number }) => number >= logNumber);
    const target = { state, lastSequence: 0 };
    const fault = yield* this.faultOf(target, false);
    if (fault !== undefined) throw new OperationError(`rebuilt, the MANIFEST would not do: ${fault}`);
    return target;
  }

  /**
   * A table of which a part is lost and the rest is in logs was being flushed: its log has all of it. Taken for whole, it
   * would make the log look flushed.
   */
  private leaveOutFlushes(): Rebuilt['leftOut'] {
    const { dryRun, options, repair } = this;
    const { env, directory } = dryRun;
    const leftOut: Rebuilt['leftOut'] = [];
    repair.tables = repair.tables.filter(({ number, name, meta, action, rangesLost }) => {
      const isPart = action === 'rewritten' && meta === undefined && rangesLost > 0;
      if (!isPart || !isInLogs(dryRun, options, number)) return true;
      env.remove(env.join(directory, name));
      leftOut.push({ number, reason: 'a part of it is lost, but all that is left of it is in the logs' });
      return false;
    });
    return leftOut;
  }

  private *repairLogs(isWanted: (number: U64) => boolean): RepairSteps<void> {
    const { dryRun, repair } = this;
    const done = new Set(repair.logs.map(({ number }) => number));
    for (const { name, number } of listDatabase(dryRun.env, dryRun.directory).logs) {
      if (!isWanted(number) || done.has(number)) continue;
      try {
        const log = yield* repairLog(dryRun, name, number);
        if (log) repair.logs.push(log);
      } catch (error) {
        // LevelDB passes by a log that it cannot open.
        if (!(error instanceof EnvError) || error.code === 'permission') throw error;
      }
    }
  }

  /** Opens the repaired database as LevelDB would, and looks at what came of it. */
  private *open(numbers: Renumbered): RepairSteps<RepairResult> {
    const { dryRun, options, repair } = this;
    let lastSequence: U64;
    try {
      const database = yield* Database.open(dryRun.env, dryRun.directory, options);
      database.close();
      ({ lastSequence } = database);
      for (const table of repair.tables) {
        if (table.rangesLost === 0) continue;
        table.uncovered = yield* findUncovered(dryRun, options, database.version, table, numbers);
      }
      const damaged = new Set(repair.tables.map(({ number }) => number));
      repair.levelDb = yield* compareWithLevelDb(dryRun, options, database.version, damaged);
    } catch (error) {
      return failed(error);
    }
    const digest = yield* this.digest('what can be read afterwards');
    const problems = yield* this.verify();
    return { ok: true, error: undefined, digest, lastSequence, problems };
  }

  /** A database in which nothing was found is opened on an overlay of its own: nothing is to come of it. */
  private *tryUnchanged(): RepairSteps<RepairResult> {
    const { dryRun, options, repair } = this;
    const overlay = new OverlayEnv(dryRun.env);
    try {
      const database = yield* Database.open(overlay, dryRun.directory, options);
      const { lastSequence } = database;
      database.close();
      const problems = yield* this.verify();
      return { ok: true, error: undefined, digest: repair.before, lastSequence, problems };
    } catch (error) {
      return failed(error);
    } finally {
      overlay.dispose();
    }
  }

  private *verify(): RepairSteps<Problem[]> {
    const { dryRun, options } = this;
    const db = Inspection.open(dryRun.env, dryRun.directory, { inflate: options.codec?.inflate });
    try {
      const steps = verifyDatabase(db);
      let step = steps.next();
      for (; !step.done; step = steps.next()) yield progress(`${step.value.file}: verified`);
      return step.value.problems;
    } finally {
      db.close();
    }
  }

  /** Undefined where there is no MANIFEST to read by. */
  private *digest(text: string): RepairSteps<ScanDigest | undefined> {
    const { dryRun, options } = this;
    const { comparator, directory, env } = dryRun;
    const db = Inspection.open(env, directory, { comparator, inflate: options.codec?.inflate });
    try {
      if (db.versions.manifest === NO_MANIFEST) return undefined;
      const scan = db.scan();
      try {
        const digest = new RunningDigest();
        while (scan.valid) {
          scan.digest(digest, SLICE);
          yield progress(`${text}: ${digest.entries} entries`);
        }
        return digest.result;
      } finally {
        scan.close();
      }
    } finally {
      db.close();
    }
  }
}

/** It may be another table than the MANIFEST means, with newer or older versions than belong where it stands. */
function isOfAnotherSize({ action, problems }: TableRepair): boolean {
  return (
    action === 'measured' || (action === 'rewritten' && problems.some(({ code }) => code === 'bad-size'))
  );
}

function failed(error: unknown): RepairResult {
  const isOurs = error instanceof EnvError && error.code === 'permission';
  if (isOurs || !(error instanceof LsmError || error instanceof EnvError)) throw error;
  return { ok: false, error: statusText(error), digest: undefined, lastSequence: undefined, problems: [] };
}
