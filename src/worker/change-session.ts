import { resolve } from 'node:path';
import { backUp } from '../engine/db/backup';
import { listBackups } from '../engine/db/backup-folder';
import type { DryRun } from '../engine/db/dry-run';
import type { LineForm } from '../engine/db/entry-lines';
import { Inspection } from '../engine/db/inspection';
import type { Options } from '../engine/db/options';
import { previewRestore, restoreBackup } from '../engine/db/restore';
import { writeLines } from '../engine/db/shared-lines';
import { NodeReadableEnv, nodeInflate } from '../engine/env/node';
import { NodeBackupTarget } from '../engine/env/node-backup-target';
import { isInside } from '../engine/env/node-paths';
import { LsmError, type Problem } from '../engine/problem';
import type { RepairProgress } from '../engine/recovery/repair/progress';
import { written } from './applied';
import type {
  AppliedChange,
  BackUpResult,
  BackupEntry,
  ChangeCalls,
  ChangedLevels,
  ChangedTable,
  ChangeJobs,
  ChangeRequest,
  ChangeSummary,
  ChosenWays,
  ExportResult,
  RestorePreview,
  WriteOptions,
} from './change-api';
import { LevelPictures, summaryOf } from './change-summary';
import { ChangeWatch } from './change-watch';
import { type ChangeEnd, changeIn } from './change-work';
import { ExportFile } from './export-file';
import { HeldDryRun } from './held-dry-run';
import { HelperThreads } from './helper-threads';
import type { JobOf, JobsOf } from './job';
import { writeKey } from './write-key';

/** Lines of problems that are told. */
const MAX_PROBLEMS = 20;
/** The form of an export, which an import reads. */
const LINES: LineForm = { json: true, hex: false };

/** A dry run that is through, and what is to be kept as long as it is there. */
interface Present {
  held: HeldDryRun;
  pictures: LevelPictures;
}

/** Changes of databases, in the worker's thread. */
export class ChangeSession implements ChangeCalls {
  private readonly env = new NodeReadableEnv();
  private readonly helperScript: string | undefined;
  private present: Present | undefined;
  private isWorking = false;

  readonly jobs: JobsOf<ChangeJobs> = {
    tryOut: (directory, request, options) => this.alone(this.tryOut(directory, request, options)),
    apply: (label, options) => this.alone(this.apply(label, options)),
    write: (directory, request, options) => this.alone(writeKey(resolve(directory), request, options)),
    restore: (directory, backup, options) => this.alone(this.restore(directory, backup, options)),
    backUp: (directory, target) => this.backUp(directory, target),
    exportLines: (directory, path) => this.exportLines(directory, path),
  };

  /** `helperScript` is the bundle of the helpers for long jobs: none help without it. */
  constructor({ helperScript }: { helperScript?: string | undefined } = {}) {
    this.helperScript = helperScript;
  }

  discard(): void {
    const { present } = this;
    this.present = undefined;
    present?.held.end();
  }

  levels(): ChangedLevels {
    return this.required().pictures.levels();
  }

  table(index: number): ChangedTable {
    const table = this.required().pictures.table(index);
    if (!table) throw new LsmError('Invalid argument', 'invalid-argument', `no table ${index}`);
    return table;
  }

  backups(directory: string, parent?: string): BackupEntry[] {
    return listBackups(this.env, resolve(directory), parent).map(({ folder, name, record, problem }) => ({
      folder,
      name,
      time: record && Date.parse(record.time),
      label: record?.label,
      files: record?.saved.length ?? 0,
      bytes: record?.saved.reduce((sum, { size }) => sum + size, 0) ?? 0,
      problem,
    }));
  }

  previewRestore(directory: string, backup: string): RestorePreview {
    const { created, replaced, deleted, lost } = previewRestore(this.env, resolve(directory), backup);
    return { created, replaced, deleted, lost };
  }

  private *tryOut(
    directory: string,
    request: ChangeRequest,
    { chosen = {}, spill }: { chosen?: ChosenWays; spill?: string },
  ): JobOf<ChangeSummary> {
    this.discard();
    const held = new HeldDryRun(this.env, directory, spill);
    const { dryRun } = held;
    let isKept = false;
    try {
      const watch = new ChangeWatch();
      const end = yield* this.watched(dryRun, { ...dryRun.options(chosen) }, request, watch);
      const summary = summaryOf(this.env, dryRun, request, chosen, watch, end);
      this.present = { held, pictures: new LevelPictures(dryRun, end.version) };
      isKept = true;
      return summary;
    } finally {
      if (!isKept) held.end();
    }
  }

  private *watched(
    dryRun: DryRun,
    options: Options,
    request: ChangeRequest,
    watch: ChangeWatch,
  ): JobOf<ChangeEnd> {
    let imported: { done: number; total: number } | undefined;
    const read = (done: number, total: number) => {
      imported = { done, total };
    };
    const steps = changeIn(dryRun, { ...options, trace: watch.listen }, request, read);
    try {
      for (;;) {
        const step = steps.next();
        if (step.done) return step.value;
        const said = textOf(step.value);
        if (said !== undefined) {
          yield { detail: said, done: 0, total: 0 };
          continue;
        }
        const isImporting = imported !== undefined && imported.done < imported.total;
        yield isImporting ? { detail: '', ...imported! } : { ...watch.progress };
      }
    } finally {
      // Closes the database when the job is cancelled.
      steps.return(undefined as never);
    }
  }

  private *apply(label: string, options: WriteOptions): JobOf<AppliedChange> {
    const { held } = this.required();
    requireOutside(options.backupParent, held.dryRun.directory);
    const account = yield* held.apply(label, options);
    this.discard();
    return account;
  }

  private *restore(
    directory: string,
    backup: string,
    { withoutLock, backupParent, force }: WriteOptions & { force?: boolean },
  ): JobOf<AppliedChange> {
    requireOutside(backupParent, directory);
    return yield* written(withoutLock, (env) =>
      restoreBackup(env, resolve(directory), backup, { backupParent, force }),
    );
  }

  private *backUp(directory: string, to: string): JobOf<BackUpResult> {
    requireOutside(to, directory);
    const db = Inspection.open(this.env, directory, { inflate: nodeInflate });
    try {
      const target = new NodeBackupTarget(to);
      let isWhole = false;
      const job = backUp(db, target);
      try {
        for (;;) {
          const step = job.next();
          if (step.done) {
            target.sync();
            isWhole = true;
            return { ...step.value, problems: problemLines(db.problems) };
          }
          const { file, filesDone, filesTotal } = step.value;
          yield { detail: file, done: filesDone, total: filesTotal };
        }
      } finally {
        job.return(undefined as never);
        if (!isWhole) target.discard();
      }
    } finally {
      db.close();
    }
  }

  private *exportLines(directory: string, path: string): JobOf<ExportResult> {
    requireOutside(path, directory);
    const db = Inspection.open(this.env, directory, { inflate: nodeInflate });
    try {
      const { versions } = db;
      if (!versions.comparatorKnown) {
        const message = `the comparator "${versions.comparatorName}" is not known: there is no telling which entries are live`;
        throw new LsmError('Invalid argument', 'unknown-comparator', message, directory);
      }
      const file = new ExportFile(path);
      let isWhole = false;
      const lines = writeLines(db, {}, LINES, (bytes) => file.write(bytes), this.helpers());
      try {
        for (;;) {
          const step = lines.next();
          if (step.done) {
            file.close();
            isWhole = true;
            return { lines: step.value, problems: problemLines(db.problems) };
          }
          yield { detail: `${step.value}`, done: 0, total: 0 };
        }
      } finally {
        lines.return(0);
        if (!isWhole) file.discard();
      }
    } finally {
      db.close();
    }
  }

  /** One change at a time: the next one would end the dry run under it. */
  private *alone<Result>(job: JobOf<Result>): JobOf<Result> {
    if (this.isWorking) throw new LsmError('Invalid argument', 'invalid-argument', 'a change is under way');
    this.isWorking = true;
    try {
      return yield* job;
    } finally {
      this.isWorking = false;
    }
  }

  private helpers(): HelperThreads | undefined {
    const { helperScript } = this;
    return helperScript === undefined ? undefined : new HelperThreads(helperScript);
  }

  private required(): Present {
    if (!this.present) throw new LsmError('Invalid argument', 'invalid-argument', 'there is no dry run');
    return this.present;
  }
}

/** What a repair says of where it is. */
function textOf(step: unknown): string | undefined {
  const { type, text } = step as Partial<RepairProgress>;
  return type === 'progress' ? text : undefined;
}

/** What does not belong to a database may not lie in its folder. */
function requireOutside(path: string | undefined, directory: string): void {
  if (path !== undefined && isInside(path, directory)) {
    throw new LsmError('Invalid argument', 'invalid-argument', `${path} lies in the database's own folder`);
  }
}

function problemLines(problems: readonly Problem[]): string[] {
  return problems
    .filter(({ severity }) => severity === 'error')
    .slice(0, MAX_PROBLEMS)
    .map(({ file, offset, message }) =>
      offset === undefined ? `${file}: ${message}` : `${file} @ ${offset}: ${message}`,
    );
}
