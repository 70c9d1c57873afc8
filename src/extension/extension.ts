import * as vscode from 'vscode';
import { DryRunPanels } from './changes/panel';
import { openFolder, type Rooms, registerCommands } from './commands/databases';
import { ProblemReporter } from './databases/diagnostics';
import { FolderDrop } from './databases/drop';
import { DatabaseRegistry } from './databases/registry';
import { DatabaseTree } from './databases/tree';
import { Editors } from './editors/editors';
import { BIOGRAPHY_SCHEME, EXPLAIN_SCHEME, VALUE_SCHEME, View } from './ids';
import { BiographyDocuments } from './keys/biography-documents';
import { ExplainDocuments } from './keys/explain-documents';
import { KeysPanels } from './keys/panels';
import { ValueDocuments } from './keys/value-documents';
import { PlaygroundPanels } from './playground/panel';
import { TracePanels } from './traces/panel';

/** What in-host tests may look at. */
export interface ExtensionApi {
  registry: DatabaseRegistry;
  tree: DatabaseTree;
  editors: Editors;
  dryRuns: DryRunPanels;
  traces: TracePanels;
  playgrounds: PlaygroundPanels;
}

let running: { end(): Promise<void> }[] = [];

export function activate(context: vscode.ExtensionContext): ExtensionApi {
  const own = <T extends vscode.Disposable>(disposable: T): T => {
    context.subscriptions.push(disposable);
    return disposable;
  };
  const workers = vscode.Uri.joinPath(context.extensionUri, 'dist', 'workers').fsPath;
  const registry = own(new DatabaseRegistry(context.workspaceState, workers));
  const tree = own(new DatabaseTree(registry));
  const keys = own(new KeysPanels(registry, context.extensionUri));
  const editors = own(new Editors(context.extensionUri, (folder) => registry.find(folder)));
  const dryRuns = own(new DryRunPanels(context.extensionUri, workers));
  const traces = own(new TracePanels(context.extensionUri, workers, editors));
  const playgrounds = own(new PlaygroundPanels(context.extensionUri, workers));
  running = [dryRuns, traces, playgrounds];
  own(new ProblemReporter(registry));
  const view = own(
    vscode.window.createTreeView(View.databases, {
      treeDataProvider: tree,
      showCollapseAll: true,
      dragAndDropController: new FolderDrop((uri) => void openFolder(rooms, uri)),
    }),
  );
  const rooms: Rooms = {
    registry,
    tree,
    view,
    keys,
    editors,
    changes: { panels: dryRuns, workers },
    traces: { panels: traces, editors: editors.traces, workers },
    playgrounds,
  };
  registerCommands(rooms).forEach(own);
  own(vscode.workspace.registerTextDocumentContentProvider(VALUE_SCHEME, new ValueDocuments(registry)));
  own(
    vscode.workspace.registerTextDocumentContentProvider(BIOGRAPHY_SCHEME, new BiographyDocuments(registry)),
  );
  own(vscode.workspace.registerTextDocumentContentProvider(EXPLAIN_SCHEME, new ExplainDocuments(registry)));
  return { registry, tree, editors, dryRuns, traces, playgrounds };
}

export async function deactivate(): Promise<void> {
  await Promise.all(running.map((panels) => panels.end()));
}
