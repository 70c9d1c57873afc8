import * as vscode from 'vscode';
import { type WorkerClient, WorkerError } from '../../worker/client';
import type { ManifestCalls, ManifestJobs, ManifestSummary } from '../../worker/manifest-api';
import type { ManifestBackup, OperationJson, SaveReport } from '../../worker/manifest-edit-api';
import { withLateProgress } from '../changes/progress';
import { requireTrust } from '../changes/rules';
import { FileDocument } from './document';
import { type SavedManifest, saveFailure, saveManifest, trySaving } from './manifest-saving';

const { t } = vscode.l10n;

type ManifestClient = WorkerClient<ManifestCalls, ManifestJobs>;

/** Operations that were done together: what VS Code's undo takes back. */
interface Step {
  label: string;
  operations: OperationJson[];
  /** Of the log's entries. */
  count: number;
  /** In which log it was undone: redo finds it there only. */
  undoneIn: number | undefined;
}

/** What VS Code is told of a change. */
export interface ManifestEdit {
  label: string;
  undo(): Promise<void>;
  redo(): Promise<void>;
}

/** What became of the file on the disk while there are edits. */
export type DiskChange = 'changed' | 'deleted';

/**
 * A MANIFEST that is edited. The document itself is the worker's: a base and a log. Here stand the steps that VS Code's
 * stack has, and what is needed to have the edits again when the worker has died.
 */
export class ManifestFileDocument extends FileDocument<ManifestSummary, ManifestCalls, ManifestJobs> {
  private readonly edited = this.own(new vscode.EventEmitter<ManifestEdit>());
  readonly onDidEdit = this.edited.event;
  private readonly diskChanged = this.own(new vscode.EventEmitter<DiskChange>());
  /** The file changed on the disk, and there are edits: somebody has to say what to do. */
  readonly onDidChangeOnDisk = this.diskChanged.event;
  private readonly locked = this.own(new vscode.EventEmitter<string>());
  /** Edits that were kept could not be done again: why. */
  readonly onDidLock = this.locked.event;

  /** In force, and undone; the last ones are those that undo and redo take. */
  private steps: Step[] = [];
  private undone: Step[] = [];
  private savedSteps: readonly Step[] = [];
  /** How many of the steps at the beginning are not in the worker's log: the file was read anew behind them. */
  private rooted = 0;
  /** Counts the worker's logs: a new one begins when the file is read anew. */
  private log = 0;
  /** The unsaved edits as they were last. */
  private kept: ManifestBackup | undefined;
  private isFromBackup = false;
  private reason: string | undefined;
  /** The state of the file on the disk that was told of. */
  private told: string | undefined;
  private turn: Promise<unknown> = Promise.resolve();

  get isDirty(): boolean {
    return (this.kept?.log.length ?? 0) > 0;
  }

  /** Why nothing can be edited. */
  get readOnlyReason(): string | undefined {
    return vscode.workspace.isTrusted
      ? this.reason
      : t('In Restricted Mode databases can be looked at, but not changed.');
  }

  get undoLabel(): string | undefined {
    return this.steps.length > this.rooted ? this.steps.at(-1)?.label : undefined;
  }

  get redoLabel(): string | undefined {
    return this.undone.at(-1)?.label;
  }

  /** The unsaved edits, as a hot exit keeps them. */
  async backup(): Promise<ManifestBackup> {
    return this.kept ?? (await this.ready()).call('backup');
  }

  /** Takes up edits that a hot exit kept; undefined if they cannot be read. They are done again on opening. */
  takeUp(backup: ManifestBackup | undefined): void {
    this.kept = backup;
    this.isFromBackup = backup !== undefined;
    if (!backup) this.reason = t('The edits that were kept cannot be read.');
  }

  /** Tells VS Code of the edits that were taken up, so that they can be undone. It must know the document by now. */
  async tellTakenUp(): Promise<void> {
    if (!this.isFromBackup) return;
    this.isFromBackup = false;
    await this.summary();
    const { kept } = this;
    if (this.reason !== undefined || !kept || kept.log.length === 0) return;
    this.tell({
      label: t('Edits kept from before'),
      operations: kept.log,
      count: kept.log.length,
      undoneIn: undefined,
    });
    this.renew(this.summary());
  }

  /** Does operations, as one step. All or none; which tables a rebuild left out is told. */
  async apply(operations: OperationJson[]): Promise<void> {
    requireTrust();
    if (operations.length === 0) return;
    await this.inTurn(async () => {
      const client = await this.editable();
      const done = await withLateProgress(t('Editing {0}', this.name), (options) =>
        client.run('edit', [operations], options),
      );
      if (!done) return;
      const { operations: count, leftOut } = done;
      const label = count === 1 ? done.label : t('{0} operations', count);
      await this.keep(client);
      this.tell({ label, operations, count, undoneIn: undefined });
      await this.show(client);
      if (leftOut.length > 0) void tellLeftOut(this.name, leftOut);
    });
  }

  /** What a save would come to; nothing is written. Undefined if it was cancelled. */
  tryOut(asNew = false): Promise<SaveReport | undefined> {
    return this.inTurn(async () => {
      const client = await this.ready();
      const report = await trySaving(client, this.name, asNew);
      await client.call('dropSave');
      return report;
    });
  }

  /**
   * Saves what was edited: in place, or as a new MANIFEST that CURRENT names then. What it comes to is asked about first.
   * Undefined if there is nothing to save. Throws a CancellationError if it was cancelled, else an Error that says what
   * is wrong and what to do.
   */
  save({ asNew }: { asNew: boolean }, token?: vscode.CancellationToken): Promise<SavedManifest | undefined> {
    return this.inTurn(async () => {
      try {
        requireTrust();
        const client = await this.editable();
        if (!asNew && !this.isDirty) return undefined;
        const saved = await saveManifest(client, this.uri, { asNew, token });
        if (!saved) throw new vscode.CancellationError();
        if (!asNew) this.savedSteps = [...this.steps];
        this.told = undefined;
        await this.keep(client);
        await this.show(client);
        return saved;
      } catch (error) {
        if (error instanceof WorkerError && error.code === 'moved-on') {
          this.told = undefined;
          void this.tellDiskChange();
        }
        throw saveFailure(this.name, error);
      }
    });
  }

  /** The bytes of what was edited. */
  async bytes(): Promise<Uint8Array> {
    return (await this.editable()).call('bytes');
  }

  /** The operations in force. */
  async script(): Promise<OperationJson[]> {
    return (await this.ready()).call('script');
  }

  /** Drops the edits, and reads the file again. */
  revert(): Promise<void> {
    return this.inTurn(async () => {
      this.kept = undefined;
      this.reason = undefined;
      this.told = undefined;
      this.steps = [...this.savedSteps];
      this.undone = [];
      await this.refresh();
    });
  }

  /** Does the edits again on the file as it is now. Throws, and all is as it was, where that cannot be. */
  redoOnDisk(): Promise<void> {
    return this.inTurn(async () => {
      const client = await this.editable();
      await client.call('rebase');
      this.uproot();
      await this.keep(client);
      await this.show(client);
    });
  }

  /** The views ask again. */
  async renewViews(): Promise<void> {
    this.renew(this.summary());
  }

  protected override async openFile(): Promise<ManifestSummary> {
    const summary = await super.openFile();
    this.uproot();
    const { kept } = this;
    if (!kept || kept.log.length === 0) return summary;
    try {
      await this.client.call('restore', kept);
      this.reason = undefined;
      return await this.client.call('summary');
    } catch (error) {
      if (error instanceof WorkerError && /^(crashed|cancelled)$/.test(error.code)) throw error;
      const message = error instanceof Error ? error.message : String(error);
      this.reason = t('The edits that were kept cannot be done again: {0}', message);
      this.rooted = this.steps.length;
      this.locked.fire(this.reason);
      return summary;
    }
  }

  /** Our own save is over when its turn is: it has changed nothing then. */
  protected override follow(): Promise<void> {
    return this.inTurn(async () => {
      const client = await this.ready();
      if (!(await client.call('hasChanged'))) return;
      if (!(await client.call('fileChanged'))) {
        await client.call('rebase');
        await this.show(client);
      } else if (this.isDirty && this.reason === undefined) await this.tellDiskChange();
      else await this.refresh();
    });
  }

  private undo(step: Step): Promise<void> {
    return this.inTurn(async () => {
      const client = await this.editable();
      if (this.steps.at(-1) !== step || this.steps.length <= this.rooted) {
        throw new Error(
          t('"{0}" cannot be undone: {1} was read anew after it was saved.', step.label, this.name),
        );
      }
      await client.call('undo', step.count);
      this.steps.pop();
      step.undoneIn = this.log;
      this.undone.push(step);
      await this.keep(client);
      await this.show(client);
    });
  }

  private redo(step: Step): Promise<void> {
    return this.inTurn(async () => {
      const client = await this.editable();
      if (this.undone.at(-1) !== step) throw new Error(t('"{0}" cannot be done again.', step.label));
      if (step.undoneIn === this.log) await client.call('redo', step.count);
      else await client.run('edit', [step.operations]);
      this.undone.pop();
      this.steps.push(step);
      await this.keep(client);
      await this.show(client);
    });
  }

  private tell(step: Step): void {
    this.steps.push(step);
    this.undone = [];
    const { label } = step;
    this.edited.fire({ label, undo: () => this.undo(step), redo: () => this.redo(step) });
  }

  private async tellDiskChange(): Promise<void> {
    const state = await stateOnDisk(this.uri);
    if (this.told === state || this.isDisposed) return;
    this.told = state;
    this.diskChanged.fire(state === '' ? 'deleted' : 'changed');
  }

  private async keep(client: ManifestClient): Promise<void> {
    this.kept = await client.call('backup');
  }

  private async show(client: ManifestClient): Promise<void> {
    const summary = await client.call('summary');
    this.renew(Promise.resolve(summary));
  }

  /** The worker's log has begun anew, with what was not saved. */
  private uproot(): void {
    const { steps, savedSteps } = this;
    const isBehindSave = savedSteps.every((step, i) => steps[i] === step);
    this.rooted = isBehindSave ? Math.max(this.rooted, savedSteps.length) : steps.length;
    this.log++;
  }

  private async editable(): Promise<ManifestClient> {
    const client = await this.ready();
    if (this.readOnlyReason !== undefined) throw new Error(this.readOnlyReason);
    return client;
  }

  /** One after the other: the worker does one thing to a document at a time. */
  private inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const result = this.turn.then(work);
    this.turn = result.catch(() => {});
    return result;
  }
}

/** A text that is another one when the file is; empty if there is none. */
async function stateOnDisk(uri: vscode.Uri): Promise<string> {
  try {
    const { mtime, size } = await vscode.workspace.fs.stat(uri);
    return `${mtime} ${size}`;
  } catch {
    return '';
  }
}

const SHOWN_TABLES = 5;

async function tellLeftOut(name: string, leftOut: { number: unknown; reason: string }[]): Promise<void> {
  const shown = leftOut.slice(0, SHOWN_TABLES).map(({ number, reason }) => `${number}: ${reason}`);
  if (leftOut.length > SHOWN_TABLES) shown.push('…');
  await vscode.window.showInformationMessage(
    t('{0}: {1} tables were left out. {2}', name, leftOut.length, shown.join('; ')),
  );
}
