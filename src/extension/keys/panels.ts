import * as vscode from 'vscode';
import type { KeysCalls, KeysEvents } from '../../../webview/protocol/keys';
import { packBytes } from '../../../webview/protocol/pack';
import { pageHtml } from '../../../webview/protocol/page';
import type { RpcMessage } from '../../../webview/protocol/rpc';
import type { Database } from '../databases/database';
import type { DatabaseRegistry } from '../databases/registry';
import { KEYS_VIEW_TYPE } from '../ids';
import { Owner } from '../lifecycle';
import { keysCalls } from './calls';

/** The Keys views: one panel a database. */
export class KeysPanels extends Owner implements vscode.WebviewPanelSerializer {
  private readonly panels = new Map<Database, KeysPanel>();
  private readonly registry: DatabaseRegistry;
  private readonly extensionUri: vscode.Uri;

  constructor(registry: DatabaseRegistry, extensionUri: vscode.Uri) {
    super();
    this.registry = registry;
    this.extensionUri = extensionUri;
    this.own(registry.onDidClose((database) => this.panels.get(database)?.dispose()));
    this.own(vscode.window.registerWebviewPanelSerializer(KEYS_VIEW_TYPE, this));
  }

  /** Brings a database's panel to the front, at a key if one is given. */
  show(database: Database, key?: Uint8Array): void {
    let panel = this.panels.get(database);
    if (panel) panel.reveal();
    else {
      const { Active } = vscode.ViewColumn;
      const title = vscode.l10n.t('Keys: {0}', database.name);
      const webview = vscode.window.createWebviewPanel(KEYS_VIEW_TYPE, title, Active, this.options());
      panel = this.attach(database, webview);
    }
    if (key) panel.goTo(key);
  }

  /** After a reload: the state names the database. */
  async deserializeWebviewPanel(webview: vscode.WebviewPanel, state: unknown): Promise<void> {
    const uri = (state as { database?: string } | undefined)?.database;
    const database = uri === undefined ? undefined : this.registry.find(vscode.Uri.parse(uri));
    if (!database) {
      webview.dispose();
      return;
    }
    webview.webview.options = this.options();
    await database.open();
    this.attach(database, webview);
  }

  override dispose(): void {
    for (const panel of [...this.panels.values()]) panel.dispose();
    super.dispose();
  }

  private options(): vscode.WebviewOptions {
    const roots = [vscode.Uri.joinPath(this.extensionUri, 'dist', 'webview')];
    return { enableScripts: true, localResourceRoots: roots };
  }

  private attach(database: Database, webview: vscode.WebviewPanel): KeysPanel {
    const panel = new KeysPanel(database, webview, this.extensionUri, () => this.panels.delete(database));
    this.panels.set(database, panel);
    return panel;
  }
}

class KeysPanel extends Owner {
  private readonly panel: vscode.WebviewPanel;
  private readonly calls: KeysCalls;
  /** A key to go to once the view can hear of it. */
  private pending: Uint8Array | undefined;
  private isReady = false;

  constructor(
    database: Database,
    panel: vscode.WebviewPanel,
    extensionUri: vscode.Uri,
    onDispose: () => void,
  ) {
    super();
    this.panel = panel;
    this.calls = keysCalls(database);
    this.own(panel.webview.onDidReceiveMessage((message: RpcMessage) => void this.receive(message)));
    this.own(panel.onDidDispose(() => this.dispose()));
    this.own(database.onDidChange(() => this.send('refreshed', {})));
    this.own({ dispose: onDispose });
    panel.iconPath = vscode.Uri.joinPath(extensionUri, 'media', 'lsm.svg');
    panel.webview.html = this.html(database, extensionUri);
  }

  reveal(): void {
    this.panel.reveal();
  }

  goTo(key: Uint8Array): void {
    if (this.isReady) this.send('reveal', { key });
    else this.pending = key;
  }

  override dispose(): void {
    super.dispose();
    this.panel.dispose();
  }

  private send<Name extends keyof KeysEvents>(name: Name, value: KeysEvents[Name]): void {
    if (!this.isDisposed)
      void this.panel.webview.postMessage({ kind: 'event', name, ...packBytes(value) } satisfies RpcMessage);
  }

  private async receive(message: RpcMessage): Promise<void> {
    if (message.kind !== 'request') return;
    const { id, method, params } = message;
    if (!this.isReady) {
      this.isReady = true;
      if (this.pending) this.send('reveal', { key: this.pending });
      this.pending = undefined;
    }
    let answer: RpcMessage;
    try {
      const target = this.calls as unknown as Record<string, (...params: unknown[]) => unknown>;
      if (!Object.hasOwn(target, method)) throw new Error(`no call ${method}`);
      answer = { kind: 'response', id, ok: true, ...packBytes(await target[method](...params)) };
    } catch (error) {
      const text = error instanceof Error ? error.message : String(error);
      answer = { kind: 'response', id, ok: false, error: text };
    }
    if (!this.isDisposed) void this.panel.webview.postMessage(answer);
  }

  private html(database: Database, extensionUri: vscode.Uri): string {
    const { webview } = this.panel;
    const root = vscode.Uri.joinPath(extensionUri, 'dist', 'webview');
    const uriOf = (name: string) => webview.asWebviewUri(vscode.Uri.joinPath(root, name)).toString();
    return pageHtml({
      cspSource: webview.cspSource,
      nonce: newNonce(),
      scriptUri: uriOf('keys.js'),
      codiconUri: uriOf('codicon.css'),
      title: this.panel.title,
      app: 'lsm-keys',
      language: vscode.env.language,
      database: database.uri.toString(),
    });
  }
}

function newNonce(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) =>
    byte.toString(16).padStart(2, '0'),
  ).join('');
}
