import * as vscode from 'vscode';
import { type WorkerClient, WorkerError } from '../../worker/client';
import type { FileCalls } from '../../worker/file-api';
import { FolderWatch } from '../databases/folder-watch';
import { Setting } from '../ids';
import { Owner } from '../lifecycle';

type Methods<Interface> = { [Name in keyof Interface]: (...params: never[]) => unknown };

/** A single file that an editor shows: its worker, and a watch on its folder. */
export class FileDocument<
    Summary,
    Calls extends FileCalls<Summary> & Methods<Calls>,
    Jobs extends Methods<Jobs>,
  >
  extends Owner
  implements vscode.CustomDocument
{
  readonly uri: vscode.Uri;
  protected readonly client: WorkerClient<Calls, Jobs>;
  private opening: Promise<Summary> | undefined;
  private watch: FolderWatch | undefined;
  private readonly changed = this.own(new vscode.EventEmitter<void>());
  /** The file, or what its folder says of it, changed: what was read must be read again. */
  readonly onDidChange = this.changed.event;

  /** Owns the client. */
  constructor(uri: vscode.Uri, client: WorkerClient<Calls, Jobs>) {
    super();
    this.uri = uri;
    this.client = client;
    this.own({ dispose: () => void client.dispose() });
  }

  get name(): string {
    return this.uri.path.split('/').pop() ?? this.uri.path;
  }

  /** The folder that the file lies in. */
  get folder(): vscode.Uri {
    return vscode.Uri.joinPath(this.uri, '..');
  }

  /** The summary, after opening the file if it is not open. Rejects with a WorkerError. */
  async summary(): Promise<Summary> {
    this.opening ??= this.openFile();
    this.watch ??= this.own(new FolderWatch(this.folder.fsPath, () => this.look()));
    const { opening } = this;
    try {
      return await opening;
    } catch (error) {
      // It is tried again when somebody asks again.
      if (this.opening === opening) this.opening = undefined;
      throw error;
    }
  }

  /** The worker, with the file open in it. */
  async ready(): Promise<WorkerClient<Calls, Jobs>> {
    if (!this.client.isRunning) this.opening = undefined;
    await this.summary();
    return this.client;
  }

  /** Takes another summary of what is open, and has the views ask again. */
  renew(summary: Promise<Summary>): void {
    this.opening = summary;
    this.changed.fire();
  }

  /** Reads the file again. */
  async refresh(): Promise<void> {
    this.opening = undefined;
    this.changed.fire();
  }

  /** Opens the file in the worker, which drops what it had of it. */
  protected openFile(): Promise<Summary> {
    const params = [this.uri.fsPath] as Parameters<Calls['open']>;
    return this.client.call('open', ...params) as Promise<Summary>;
  }

  /** The file, or what its folder says of it, is not what was read. */
  protected follow(): Promise<void> {
    return this.refresh();
  }

  private async look(): Promise<void> {
    if (!vscode.workspace.getConfiguration(Setting.section).get(Setting.autoRefresh, true)) return;
    try {
      const wasOpen = this.opening !== undefined;
      const client = await this.ready();
      // It could not be opened before: the views do not know yet that it is there.
      if (!wasOpen) {
        this.changed.fire();
        return;
      }
      const changed = await client.call('hasChanged', ...([] as unknown as Parameters<Calls['hasChanged']>));
      if (changed) await this.follow();
    } catch (error) {
      // The file went away, or came back: the views say which when they ask again.
      if (error instanceof WorkerError && error.code !== 'cancelled') await this.refresh();
    }
  }
}
