import * as vscode from 'vscode';
import type { KeyAction, KeyMenuContext, KeysCalls, KeysEvents } from '../../../webview/protocol/keys';
import type { Database } from '../databases/database';
import type { DatabaseRegistry } from '../databases/registry';
import { KEYS_VIEW_TYPE } from '../ids';
import { Owner } from '../lifecycle';
import { WebviewHost, webviewOptions } from '../webviews/host';
import { viewIcon } from '../webviews/icon';
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
      const webview = vscode.window.createWebviewPanel(
        KEYS_VIEW_TYPE,
        title,
        Active,
        webviewOptions(this.extensionUri),
      );
      panel = this.attach(database, webview);
    }
    if (key) panel.goTo(key);
  }

  /** Does to the selected row what was chosen in its context menu. */
  choose(action: KeyAction, { lsmResource }: KeyMenuContext): void {
    const database = this.registry.find(vscode.Uri.parse(lsmResource));
    if (database) this.panels.get(database)?.choose(action);
  }

  /** After a reload: the state names the database. */
  async deserializeWebviewPanel(webview: vscode.WebviewPanel, state: unknown): Promise<void> {
    const uri = (state as { database?: string } | undefined)?.database;
    const database = uri === undefined ? undefined : this.registry.find(vscode.Uri.parse(uri));
    if (!database) {
      webview.dispose();
      return;
    }
    await database.open();
    this.attach(database, webview);
  }

  override dispose(): void {
    for (const panel of [...this.panels.values()]) panel.dispose();
    super.dispose();
  }

  private attach(database: Database, webview: vscode.WebviewPanel): KeysPanel {
    const panel = new KeysPanel(database, webview, this.extensionUri, () => this.panels.delete(database));
    this.panels.set(database, panel);
    return panel;
  }
}

class KeysPanel extends Owner {
  private readonly panel: vscode.WebviewPanel;
  private readonly host: WebviewHost<KeysCalls, KeysEvents>;

  constructor(
    database: Database,
    panel: vscode.WebviewPanel,
    extensionUri: vscode.Uri,
    onDispose: () => void,
  ) {
    super();
    this.panel = panel;
    panel.iconPath = viewIcon(extensionUri);
    const page = { app: 'keys', title: panel.title, resource: database.uri };
    this.host = this.own(new WebviewHost(panel.webview, extensionUri, page, keysCalls(database)));
    this.own(panel.onDidDispose(() => this.dispose()));
    this.own(database.onDidChange(() => this.host.send('refreshed', {})));
    this.own({ dispose: onDispose });
  }

  reveal(): void {
    this.panel.reveal();
  }

  goTo(key: Uint8Array): void {
    this.host.send('reveal', { key });
  }

  choose(action: KeyAction): void {
    this.host.send('chosen', { action });
  }

  override dispose(): void {
    super.dispose();
    this.panel.dispose();
  }
}
