import { randomUUID } from 'node:crypto';
import { rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as vscode from 'vscode';
import type {
  AppliedChange,
  ChangeCalls,
  ChangeJobs,
  ChangeRequest,
  ChangeSummary,
  ChosenWays,
  WriteOptions,
} from '../../worker/change-api';
import { type JobOptions, WorkerClient, WorkerError } from '../../worker/client';
import type { Database } from '../databases/database';
import { Setting } from '../ids';

/** A worker for changes. */
export type ChangeClient = WorkerClient<ChangeCalls, ChangeJobs>;

const { t } = vscode.l10n;

/** Whether anything may be changed: in Restricted Mode the extension looks, and no more. */
export function requireTrust(): void {
  if (!vscode.workspace.isTrusted) {
    throw new WorkerError({
      code: 'restricted',
      message: t('In Restricted Mode databases can be looked at, but not changed.'),
    });
  }
}

/** Where backups go, if not beside the database. */
export function backupParent(): { backupParent?: string } {
  const folder = vscode.workspace
    .getConfiguration(Setting.section)
    .get<string>(Setting.backupFolder, '')
    .trim();
  return folder === '' ? {} : { backupParent: folder };
}

/** One change: its dry run, in a worker of its own, until it is applied or dropped. */
export class Change {
  readonly database: Database;
  readonly request: ChangeRequest;
  readonly client: ChangeClient;
  private chosen: ChosenWays;
  /** Made by the worker when memory does not do; removed from here, since the worker may have died. */
  private readonly spill = join(tmpdir(), `lsm-dry-run-${randomUUID()}`);
  private running: Promise<unknown> = Promise.resolve();
  private cancel: (() => void) | undefined;

  constructor(database: Database, request: ChangeRequest, workerScript: string, chosen: ChosenWays = {}) {
    this.database = database;
    this.request = request;
    this.chosen = chosen;
    this.client = new WorkerClient(workerScript, 'change');
  }

  /** How tables are to be written in the next dry run; what is left out stays as it was. */
  choose(chosen: ChosenWays): void {
    this.chosen = { ...this.chosen, ...chosen };
  }

  /** The dry run, anew if there was one. */
  tryOut(options: JobOptions = {}): Promise<ChangeSummary> {
    const { spill, chosen, request } = this;
    const directory = this.database.uri.fsPath;
    return this.run(options, (job) =>
      this.client.run('tryOut', [directory, request, { chosen, spill }], job),
    );
  }

  /** Does it to the database, which is looked at again then. */
  async apply(label: string, options: JobOptions = {}, answers: WriteOptions = {}): Promise<AppliedChange> {
    requireTrust();
    try {
      return await this.run(options, (job) =>
        this.client.run('apply', [label, { ...backupParent(), ...answers }], job),
      );
    } finally {
      void this.database.refresh();
    }
  }

  /** Stops what is under way. What an apply has done by then is taken back. */
  stop(): void {
    this.cancel?.();
  }

  /** Drops it; nothing of it is left. An apply that is under way is waited for, or the folder would be left half-way. */
  async dispose(): Promise<void> {
    this.stop();
    await this.running.catch(() => {});
    if (this.client.isRunning) await this.client.call('discard').catch(() => {});
    await this.client.dispose();
    rmSync(this.spill, { recursive: true, force: true });
  }

  private run<Result>(options: JobOptions, start: (options: JobOptions) => Promise<Result>): Promise<Result> {
    const result = start({
      ...options,
      onCancel: (cancel) => {
        this.cancel = cancel;
        options.onCancel?.(cancel);
      },
    });
    this.running = result;
    return result;
  }
}

/** What is wrong, and what can be done. */
export function failureOf(error: unknown): { message: string; advice: string } {
  const message = error instanceof Error ? error.message : String(error);
  const code = error instanceof WorkerError ? error.code : '';
  const place = error instanceof WorkerError && error.file !== undefined ? `${error.file}: ` : '';
  return { message: place + message, advice: adviceFor(code, message) };
}

function adviceFor(code: string, message: string): string {
  switch (code) {
    case 'locked':
      return t(
        'Another process has the database open. Close it there, then apply again: the dry run is kept.',
      );
    case 'moved-on':
      return t(
        'The database was changed since the dry run. Do the dry run again to see what would be done now.',
      );
    case 'unsupported':
      return t('The database’s lock cannot be held here, so nothing is written.');
    case 'lock-lost':
      return t('See to it that no other program opens the database, then apply again.');
    case 'no-backup-folder':
      return t('The setting "lsm.backupFolder" can name another place for backups.');
    case 'unknown-comparator':
      return t('The order of its keys is not known: the database can be looked at, but not rewritten.');
    case 'unknown-compression':
      return t(
        'Its tables are stored in a way that is not written here: they can be looked at, but not rewritten.',
      );
    case 'unwritten-compression':
      return t(
        'Another compression has to be chosen: tables that are rewritten are stored with it, the others stay as they are.',
      );
    case 'permission':
      return t('This user may not write there.');
    case 'restricted':
      return t('Trust the workspace to change databases.');
    default:
      return /no space|ENOSPC|quota/i.test(message)
        ? t('The disk is full. Nothing was changed: make room, then apply again.')
        : '';
  }
}
