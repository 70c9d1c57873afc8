import * as vscode from 'vscode';
import type { KeyMenuContext } from '../../../webview/protocol/keys';
import { WorkerError } from '../../worker/client';
import type { OperationJson } from '../../worker/manifest-edit-api';
import type { ChangedDatabase } from '../changes/restore';
import type { Database } from '../databases/database';
import { findDatabases } from '../databases/discovery';
import { fileOf, type Node } from '../databases/nodes';
import type { DatabaseRegistry } from '../databases/registry';
import { revealNode } from '../databases/reveal';
import type { DatabaseTree } from '../databases/tree';
import type { Editors } from '../editors/editors';
import { APPLY_TO_MANIFEST, Command, View } from '../ids';
import { showBiography } from '../keys/biography-documents';
import { showExplanation } from '../keys/explain-documents';
import type { KeysPanels } from '../keys/panels';
import type { PlaygroundPanels } from '../playground/panel';
import { plural } from '../plural';
import { askForKey, bytesOf } from './ask';
import * as changes from './changes';
import { copyKey, copyRange } from './copy';
import { compareManifests, manifestAsText, openFile } from './files';
import { fixManifest } from './fix-manifest';
import {
  copyManifestScript,
  editManifest,
  rebuildManifest,
  saveAsNewManifest,
  saveManifest,
} from './manifests';
import * as traces from './traces';
import { whereTrusted } from './trust';
import { deleteKey, put } from './write-key';

const { t } = vscode.l10n;

/** The order of keys to look at a database in whose own order is not known. */
const BYTEWISE = 'leveldb.BytewiseComparator';

/** LevelDB recovers nothing there. */
const NO_DATABASE = new Set(['not-a-database', 'other-engine']);

/** What the commands work on. */
export interface Rooms {
  registry: DatabaseRegistry;
  tree: DatabaseTree;
  view: vscode.TreeView<Node>;
  keys: KeysPanels;
  editors: Editors;
  changes: changes.ChangeRooms;
  traces: traces.TraceRooms;
  playgrounds: PlaygroundPanels;
}

/** Registers every command; test/host holds package.json against this list. */
export function registerCommands(rooms: Rooms): vscode.Disposable[] {
  const { registry, tree, editors } = rooms;
  const { workers } = rooms.changes;
  const onDatabase =
    (run: (database: Database, node: Node | undefined) => unknown) => async (node?: Node) => {
      const database = node?.database ?? (await pickDatabase(rooms));
      if (database) await run(database, node);
    };
  /** A command that changes a database; arguments stand for what it would ask. */
  const onChange =
    (
      run: (
        changing: changes.ChangeRooms,
        database: Database,
        args: changes.ChangeArguments,
        node: Node | undefined,
      ) => unknown,
    ) =>
    async (target?: Node | changes.ChangeArguments, args?: unknown) => {
      // A keybinding's arguments come first: it has no node.
      const node = target && 'kind' in target ? target : undefined;
      const database = node?.database ?? (await pickDatabase(rooms));
      return database && run(rooms.changes, database, argumentsOf(node ? args : target), node);
    };
  /** A command that traces a database: it changes nothing, and arguments stand for what it would ask. */
  const onTrace =
    (
      run: (
        tracing: traces.TraceRooms,
        database: Database,
        args: traces.TraceArguments,
        node: Node | undefined,
      ) => unknown,
    ) =>
    async (target?: Node | traces.TraceArguments, args?: unknown) => {
      const node = target && 'kind' in target ? target : undefined;
      const database = node?.database ?? (await pickDatabase(rooms));
      return database && run(rooms.traces, database, argumentsOf(node ? args : target), node);
    };
  const handlers: Record<string, (...args: never[]) => unknown> = {
    [Command.openFolder]: (uri?: vscode.Uri) => openFolder(rooms, uri),
    [Command.findInWorkspace]: () => findInWorkspace(rooms),
    [Command.close]: onDatabase((database) => registry.close(database)),
    [Command.refresh]: onDatabase((database) => database.refresh()),
    [Command.reopen]: onDatabase((database) => database.reopen()),
    [Command.verify]: onDatabase((database) => verify(database)),
    [Command.browseKeys]: onDatabase((database) => browseKeys(rooms, database)),
    [Command.goToKey]: onDatabase((database) => goToKey(rooms, database)),
    [Command.keyBiography]: onDatabase((database) => keyBiography(database)),
    [Command.explainGet]: onTrace((_, database, args) => explainGet(database, args)),
    [Command.traceCompaction]: onTrace(traces.traceCompaction),
    [Command.traceRecovery]: (target?: Node | vscode.Uri | traces.TraceArguments, args?: unknown) =>
      traceRecovery(rooms, target, args),
    [Command.openTrace]: (uri?: vscode.Uri) => traces.openTrace(rooms.traces, uri),
    [Command.playground]: (lesson?: unknown) => rooms.playgrounds.show(lesson),
    [Command.goToTable]: onDatabase((database) => goToTable(rooms, database)),
    [Command.filterTables]: onDatabase((database) => filterTables(database)),
    [Command.clearFilter]: onDatabase((database) => database.setTableFilter('')),
    [Command.copyPath]: (node: Node) => vscode.env.clipboard.writeText(uriOf(node).fsPath),
    [Command.copyKey]: (node: Node) => copyKey(node),
    [Command.copyRange]: (node: Node) => copyRange(node),
    [Command.reveal]: (node: Node) => reveal(uriOf(node)),
    [Command.openFile]: (target?: Node | vscode.Uri) => openFile(rooms.editors, target),
    [Command.manifestAsText]: (target?: Node | vscode.Uri) => manifestAsText(target),
    [Command.compareManifests]: (target?: Node | vscode.Uri) => compareManifests(target),
    [APPLY_TO_MANIFEST]: (uri: vscode.Uri, operations: OperationJson[]) =>
      rooms.editors.editManifest(uri, operations),
    [Command.editManifest]: onDatabase((database, node) => editManifest(editors, workers, database, node)),
    [Command.copyManifestScript]: (uri?: vscode.Uri) => copyManifestScript(editors, uri),
    [Command.rowCopyKey]: (context?: KeyMenuContext) => context && rooms.keys.choose('copyKey', context),
    [Command.rowCopyValue]: (context?: KeyMenuContext) => context && rooms.keys.choose('copyValue', context),
    [Command.rowBiography]: (context?: KeyMenuContext) => context && rooms.keys.choose('biography', context),
    [Command.rowExplain]: (context?: KeyMenuContext) => context && rooms.keys.choose('explain', context),
    [Command.rowDelete]: (context?: KeyMenuContext) => context && rooms.keys.choose('delete', context),
    [Command.loadMore]: (node: Node) => {
      if (node.kind === 'more') tree.loadMore(node.under);
    },
  };
  const writing: typeof handlers = {
    [Command.fixManifest]: (node: Node) => fixManifest(rooms.editors, node),
    [Command.rebuildManifest]: onDatabase((database, node) =>
      rebuildManifest(editors, workers, database, node),
    ),
    [Command.saveManifest]: (uri?: vscode.Uri) => saveManifest(editors, uri),
    [Command.saveAsNewManifest]: (uri?: vscode.Uri) => saveAsNewManifest(editors, uri),
    [Command.compact]: onChange(changes.compact),
    [Command.compactLevel]: onChange(changes.compactLevel),
    [Command.compactRange]: onChange(changes.compactRange),
    [Command.compactAuto]: onChange(changes.compactAuto),
    [Command.flush]: onChange(changes.flush),
    [Command.recover]: onChange(changes.recover),
    [Command.repair]: onChange(changes.repair),
    [Command.put]: onChange(put),
    [Command.deleteKey]: onChange(deleteKey),
    [Command.importLines]: onChange(changes.importLines),
    [Command.exportLines]: onChange(changes.exportLines),
    [Command.backUp]: onChange(changes.backUp),
    [Command.restore]: onChange(changes.restore),
  };
  return [
    ...Object.entries(handlers),
    ...Object.entries(writing).map(([id, run]) => [id, whereTrusted(run)] as const),
  ].map(([id, handler]) => vscode.commands.registerCommand(id, handler));
}

/** A menu's second argument is the list of all that is selected. */
function argumentsOf(args: unknown): changes.ChangeArguments & traces.TraceArguments {
  return typeof args === 'object' && args !== null && !Array.isArray(args) ? args : {};
}

/** Opens a folder that was given, or asks for one. */
export async function openFolder(rooms: Rooms, given?: vscode.Uri): Promise<void> {
  const uri = given ?? (await askForFolder(t('Open as LSM Database')));
  if (!uri) return;
  const folder = await folderOf(uri);
  const database = rooms.registry.add(folder);
  await database.open();
  // A view that is hidden has not drawn what is new, and would not know what to reveal.
  await vscode.commands.executeCommand(`${View.databases}.focus`);
  await revealNode(rooms.view, rooms.tree.nodeOf(database), { select: true, focus: true, expand: true });
  if (database.state.kind === 'failed') await tellFailure(rooms, database, database.state.error);
}

async function askForFolder(openLabel: string): Promise<vscode.Uri | undefined> {
  const [uri] =
    (await vscode.window.showOpenDialog({
      canSelectFiles: false,
      canSelectFolders: true,
      openLabel,
    })) ?? [];
  return uri;
}

/** A file stands for the folder that it lies in: CURRENT can be dropped as well as the folder. */
async function folderOf(uri: vscode.Uri): Promise<vscode.Uri> {
  try {
    const stat = await vscode.workspace.fs.stat(uri);
    return stat.type & vscode.FileType.Directory ? uri : vscode.Uri.joinPath(uri, '..');
  } catch {
    return uri;
  }
}

async function findInWorkspace(rooms: Rooms): Promise<void> {
  const folders = await vscode.window.withProgress(
    {
      location: vscode.ProgressLocation.Notification,
      title: t('Looking for LSM databases…'),
      cancellable: true,
    },
    (_, token) => findDatabases(token),
  );
  if (folders.length === 0) {
    void vscode.window.showInformationMessage(
      t('No folder with CURRENT and a MANIFEST was found in the workspace.'),
    );
    return;
  }
  const picked = await vscode.window.showQuickPick(
    folders.map((uri) => ({ label: vscode.workspace.asRelativePath(uri), uri })),
    { canPickMany: true, placeHolder: t('Databases to open') },
  );
  for (const { uri } of picked ?? []) await openFolder(rooms, uri);
}

async function tellFailure(rooms: Rooms, database: Database, error: WorkerError): Promise<void> {
  const again = t('Try Again');
  const trace = t('Trace Recovery');
  const place = error.file === undefined ? '' : ` (${error.file})`;
  const chosen = await vscode.window.showErrorMessage(
    t('{0} cannot be opened: {1}', database.name, error.message + place),
    again,
    ...(NO_DATABASE.has(error.code) ? [] : [trace]),
  );
  if (chosen === again) await database.reopen();
  if (chosen === trace) await traces.traceRecovery(rooms.traces, database, {});
}

async function pickDatabase({ registry, view }: Rooms): Promise<Database | undefined> {
  const selected = view.selection[0]?.database;
  if (selected && registry.find(selected.uri)) return selected;
  const { all } = registry;
  if (all.length <= 1) {
    if (all.length === 0) {
      void vscode.window.showInformationMessage(
        t('No LSM database is open. "Open Folder as LSM Database" opens one.'),
      );
    }
    return all[0];
  }
  const picked = await vscode.window.showQuickPick(
    all.map((database) => ({ label: database.name, description: database.uri.fsPath, database })),
    { placeHolder: t('Database') },
  );
  return picked?.database;
}

async function verify(database: Database): Promise<void> {
  try {
    const result = await vscode.window.withProgress(
      {
        location: vscode.ProgressLocation.Notification,
        title: t('Verifying {0}', database.name),
        cancellable: true,
      },
      (progress, token) => {
        let reported = 0;
        return database.verify(false, {
          onProgress: ({ detail, done, total }) => {
            const percent = (done / Math.max(1, total)) * 100;
            progress.report({ message: detail, increment: percent - reported });
            reported = percent;
          },
          onCancel: (cancel) => token.onCancellationRequested(cancel),
        });
      },
    );
    const errors = result.problems.filter(({ severity }) => severity === 'error').length;
    const checked = t(
      '{0} files, {1} blocks, {2} entries checked',
      result.filesChecked,
      result.blocksChecked,
      result.entriesChecked,
    );
    if (result.ok) {
      void vscode.window.showInformationMessage(t('{0} is sound: {1}.', database.name, checked));
    } else {
      const show = t('Show Problems');
      const repair = t('Repair…');
      const chosen = await vscode.window.showErrorMessage(
        plural(
          errors,
          '{1} is damaged: 1 error. {2}.',
          '{1} is damaged: {0} errors. {2}.',
          database.name,
          checked,
        ),
        show,
        ...(vscode.workspace.isTrusted ? [repair] : []),
      );
      if (chosen === show) await vscode.commands.executeCommand('workbench.actions.view.problems');
      if (chosen === repair)
        await vscode.commands.executeCommand(Command.repair, { kind: 'database', database });
    }
  } catch (error) {
    if (error instanceof WorkerError && error.code === 'cancelled') return;
    const message = error instanceof Error ? error.message : String(error);
    void vscode.window.showErrorMessage(t('{0} cannot be verified: {1}', database.name, message));
  }
}

async function browseKeys(rooms: Rooms, database: Database, key?: Uint8Array): Promise<void> {
  await database.open();
  if (database.state.kind === 'failed') return tellFailure(rooms, database, database.state.error);
  if (database.summary && !database.summary.comparatorKnown) {
    const bytewise = t('Bytewise Order');
    const chosen = await vscode.window.showWarningMessage(
      t(
        'The comparator "{0}" is not known, so neither is the order of the keys.',
        database.summary.comparator,
      ),
      {
        modal: true,
        detail: t('They can be looked at in bytewise order. Searching for a key may miss it then.'),
      },
      bytewise,
    );
    if (chosen !== bytewise) return undefined;
    await database.reopen(BYTEWISE);
  }
  rooms.keys.show(database, key);
  return undefined;
}

async function goToKey(rooms: Rooms, database: Database): Promise<void> {
  const key = await askForKey(t('Go to Key in {0}', database.name));
  if (key) await browseKeys(rooms, database, key);
}

async function keyBiography(database: Database): Promise<void> {
  const key = await askForKey(t('Biography of a Key in {0}', database.name));
  if (key) await showBiography(database, key);
}

async function explainGet(database: Database, { key: given }: { key?: string }): Promise<void> {
  const title = t('Explain the Get of a Key in {0}', database.name);
  const key = given === undefined ? await askForKey(title) : bytesOf(given);
  if (key) await showExplanation(database, key);
}

/** Of a database in the view, or of a folder that is given or asked for: it need not open. */
async function traceRecovery(
  rooms: Rooms,
  target: Node | vscode.Uri | traces.TraceArguments | undefined,
  args: unknown,
): Promise<unknown> {
  if (target && !(target instanceof vscode.Uri) && 'kind' in target) {
    return traces.traceRecovery(rooms.traces, target.database, argumentsOf(args));
  }
  const given = target instanceof vscode.Uri ? target : undefined;
  if (!given && rooms.registry.all.length > 0) {
    const database = await pickDatabase(rooms);
    return database && traces.traceRecovery(rooms.traces, database, argumentsOf(target));
  }
  const uri = given ?? (await askForFolder(t('Trace Recovery')));
  if (!uri) return undefined;
  const folder = await folderOf(uri);
  const database = rooms.registry.find(folder) ?? strangerIn(folder);
  return traces.traceRecovery(rooms.traces, database, given ? {} : argumentsOf(target));
}

/** A database that is not in the view. */
function strangerIn(uri: vscode.Uri): ChangedDatabase {
  const name = uri.path.split('/').filter(Boolean).pop() ?? uri.path;
  return { uri, name, refresh: async () => {} };
}

async function goToTable({ tree, view }: Rooms, database: Database): Promise<void> {
  await database.open();
  const text = await vscode.window.showInputBox({
    title: t('Go to Table in {0}', database.name),
    prompt: t('The number of a table, such as 5 for 000005.ldb'),
    validateInput: (value) => (/^\d{1,15}$/.test(value.trim()) ? undefined : t('A number')),
  });
  if (text === undefined) return;
  const table = await database.client.call('findTable', Number(text.trim()));
  if (!table) {
    void vscode.window.showInformationMessage(
      t('The present version of {0} has no table {1}.', database.name, text),
    );
    return;
  }
  await revealNode(view, await tree.tableNode(database, table), { select: true, focus: true });
}

async function filterTables(database: Database): Promise<void> {
  const filter = await vscode.window.showInputBox({
    title: t('Filter Tables of {0}', database.name),
    prompt: t('Part of a table’s name; empty for all'),
    value: database.tableFilter,
  });
  if (filter !== undefined) database.setTableFilter(filter.trim());
}

function uriOf(node: Node): vscode.Uri {
  const file = fileOf(node);
  return file === undefined ? node.database.uri : vscode.Uri.joinPath(node.database.uri, file);
}

/** In the explorer where the workspace has it, else in the system's file manager. */
async function reveal(uri: vscode.Uri): Promise<void> {
  const command = vscode.workspace.getWorkspaceFolder(uri) ? 'revealInExplorer' : 'revealFileInOS';
  await vscode.commands.executeCommand(command, uri);
}
