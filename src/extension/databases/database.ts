import { setTimeout } from 'node:timers/promises';
import * as vscode from 'vscode';
import type { DatabaseSummary, FolderSummary, VerifySummary } from '../../worker/api';
import { DatabaseClient, type JobOptions, WorkerClient, WorkerError } from '../../worker/client';
import type { ManifestCalls, ManifestJobs } from '../../worker/manifest-api';
import type { CheckedProblem } from '../../worker/manifest-edit-api';
import { Setting } from '../ids';
import { Owner } from '../lifecycle';
import { FolderWatch } from './folder-watch';

/** How long the levels wait for the listing of the folder: what was drawn without it moves when it comes. */
const LISTING_MS = 50;

/** What is known of a database that was asked for. */
export type DatabaseState =
  | { kind: 'closed' }
  | { kind: 'opening' }
  | { kind: 'open'; summary: DatabaseSummary }
  /** It cannot be opened, or its worker died (`code` is `crashed`). */
  | { kind: 'failed'; error: WorkerError };

/** One database folder: its worker, what the worker said last, and a watch on the folder. */
export class Database extends Owner {
  readonly uri: vscode.Uri;
  readonly client: DatabaseClient;
  private readonly workers: string;
  private current: DatabaseState = { kind: 'closed' };
  private opening: Promise<void> | undefined;
  private listing: Promise<void> | undefined;
  private comparator: string | undefined;
  private folderWatch: FolderWatch | undefined;
  private readonly changed = this.own(new vscode.EventEmitter<void>());
  readonly onDidChange = this.changed.event;

  /** Tables shown in the tree must have this in their names. */
  tableFilter = '';
  /** The last result of a verification, until the database changes. */
  verified: VerifySummary | undefined;

  constructor(uri: vscode.Uri, workers: string) {
    super();
    this.uri = uri;
    this.workers = workers;
    this.client = new DatabaseClient(workers, (error) => this.set({ kind: 'failed', error }));
    this.own({ dispose: () => void this.client.dispose() });
  }

  get name(): string {
    return this.uri.path.split('/').filter(Boolean).pop() ?? this.uri.path;
  }

  get state(): DatabaseState {
    return this.current;
  }

  get summary(): DatabaseSummary | undefined {
    return this.current.kind === 'open' ? this.current.summary : undefined;
  }

  /** Undefined until the folder was listed, which opening does not wait for. */
  get folder(): FolderSummary | undefined {
    return this.summary?.folder;
  }

  /** Opens it if it is not open. Failures are in `state`. */
  open(): Promise<void> {
    if (this.current.kind === 'open') return Promise.resolve();
    this.opening ??= this.load().finally(() => {
      this.opening = undefined;
    });
    return this.opening;
  }

  /** What the folder has, after opening and listing it; undefined after a failure, which is in `state`. */
  async listed(): Promise<FolderSummary | undefined> {
    await this.open();
    await this.listing;
    return this.folder;
  }

  /** Opens it anew, after a failure or with another order of keys. */
  async reopen(comparator?: string): Promise<void> {
    this.comparator = comparator ?? this.comparator;
    this.current = { kind: 'closed' };
    await this.open();
  }

  async refresh(): Promise<void> {
    if (this.current.kind !== 'open') return this.reopen();
    try {
      this.set({ kind: 'open', summary: await this.client.call('refresh') });
    } catch (error) {
      this.fail(error);
    }
  }

  async verify(checksumsOnly: boolean, options: JobOptions): Promise<VerifySummary> {
    await this.open();
    const result = await this.client.run('verify', [{ checksumsOnly }], options);
    this.verified = result;
    this.changed.fire();
    return result;
  }

  /** What the checks that read no table find in a MANIFEST, the worst first. Rejects with a WorkerError. */
  async checkManifest(name: string): Promise<CheckedProblem[]> {
    const client = new WorkerClient<ManifestCalls, ManifestJobs>(this.workers, 'manifest');
    try {
      const { problems } = await client.call('open', vscode.Uri.joinPath(this.uri, name).fsPath);
      return problems;
    } finally {
      await client.dispose();
    }
  }

  setTableFilter(filter: string): void {
    this.tableFilter = filter;
    this.changed.fire();
  }

  private async load(): Promise<void> {
    this.set({ kind: 'opening' });
    try {
      const first = await this.client.call('open', this.uri.fsPath, this.comparator);
      const listing = first.folder ? undefined : this.client.call('list');
      const summary = listing
        ? await Promise.race([listing, setTimeout(LISTING_MS, first, { ref: false })])
        : first;
      this.set({ kind: 'open', summary });
      this.watch();
      // A folder of many files, or of another machine, takes its time.
      this.listing = listing && !summary.folder ? this.follow(listing) : undefined;
    } catch (error) {
      this.fail(error);
    }
  }

  /** Adds the listing to what is open once it comes. */
  private async follow(listing: Promise<DatabaseSummary>): Promise<void> {
    try {
      const summary = await listing;
      if (this.isDisposed || this.current.kind !== 'open' || this.folder) return;
      this.current = { kind: 'open', summary };
      this.changed.fire();
    } catch (error) {
      this.fail(error);
    }
  }

  private fail(error: unknown): void {
    if (this.isDisposed) return;
    const failure =
      error instanceof WorkerError ? error : new WorkerError({ code: 'internal', message: String(error) });
    this.set({ kind: 'failed', error: failure });
  }

  private set(state: DatabaseState): void {
    if (this.isDisposed) return;
    this.current = state;
    if (state.kind === 'open') this.verified = undefined;
    this.changed.fire();
  }

  private watch(): void {
    this.folderWatch ??= this.own(new FolderWatch(this.uri.fsPath, () => this.refreshIfMovedOn()));
  }

  private async refreshIfMovedOn(): Promise<void> {
    if (this.isDisposed || this.current.kind === 'opening') return;
    if (!vscode.workspace.getConfiguration(Setting.section).get(Setting.autoRefresh, true)) return;
    try {
      if (this.current.kind === 'open' && !(await this.client.call('hasChanged'))) return;
      await this.refresh();
    } catch (error) {
      this.fail(error);
    }
  }
}
