import * as vscode from 'vscode';
import { type SavedManifest, saveFailure, saveManifest } from '../editors/manifest-saving';
import { Owner } from '../lifecycle';
import { manifestOf } from './addresses';
import type { OpenText } from './open-text';
import { isCut, MAX_CHARACTERS, withManifest } from './worker';

const { t } = vscode.l10n;

/** No field takes more characters than this for each of its bytes: what is shorter is surely not cut. */
const MOST_CHARACTERS = 16;

/** MANIFESTs as files of text. Writing one asks what saving the MANIFEST asks. */
export class ManifestFileSystem extends Owner implements vscode.FileSystemProvider {
  private readonly workers: string;
  private readonly tellSaved: (manifest: vscode.Uri, saved: SavedManifest) => void;
  private readonly openTexts: ReadonlyMap<string, OpenText>;
  private readonly changed = this.own(new vscode.EventEmitter<vscode.FileChangeEvent[]>());
  readonly onDidChangeFile = this.changed.event;
  /** The last MANIFEST of which only reading it could tell whether its text is too long. */
  private measured: { file: string; isCut: boolean } | undefined;

  /** `openTexts` are by their address. */
  constructor(
    workers: string,
    openTexts: ReadonlyMap<string, OpenText>,
    tellSaved: (manifest: vscode.Uri, saved: SavedManifest) => void,
  ) {
    super();
    this.tellSaved = tellSaved;
    this.workers = workers;
    this.openTexts = openTexts;
    // What could only be read can be written now.
    this.own(vscode.workspace.onDidGrantWorkspaceTrust(() => this.tellAll()));
  }

  /** VS Code looks at a text again. */
  tell(uri: vscode.Uri): void {
    this.changed.fire([{ type: vscode.FileChangeType.Changed, uri }]);
  }

  /** Each text that is open has a watch of its own. */
  watch(): vscode.Disposable {
    return new vscode.Disposable(() => {});
  }

  async stat(uri: vscode.Uri): Promise<vscode.FileStat> {
    const found = await vscode.workspace.fs.stat(manifestOf(uri));
    // VS Code looks at the folder before it writes.
    if (found.type & vscode.FileType.Directory) return found;
    const isReadonly = !vscode.workspace.isTrusted || (await this.isTooLong(uri, found));
    return {
      type: vscode.FileType.File,
      ctime: found.ctime,
      mtime: this.openTexts.get(uri.toString())?.timeOf(found) ?? found.mtime,
      // The MANIFEST's: it differs whenever the text does, but for changes that keep every length.
      size: found.size,
      ...(isReadonly ? { permissions: vscode.FilePermission.Readonly } : {}),
    };
  }

  async readFile(uri: vscode.Uri): Promise<Uint8Array> {
    return new TextEncoder().encode(await this.textOf(uri));
  }

  async writeFile(uri: vscode.Uri, content: Uint8Array): Promise<void> {
    const text = new TextDecoder().decode(content);
    const open = this.openTexts.get(uri.toString());
    if (!open) throw vscode.FileSystemError.NoPermissions(t('The text is not open.'));
    if (isCut(text)) throw vscode.FileSystemError.NoPermissions(t('The text is too long to be edited.'));
    requireCleanEditor(open.manifest);
    try {
      await this.save(open, text);
    } catch (error) {
      if (error instanceof vscode.FileSystemError) throw error;
      const name = open.manifest.path.split('/').pop() ?? '';
      throw vscode.FileSystemError.Unavailable(saveFailure(name, error).message);
    }
  }

  readDirectory(): never {
    throw vscode.FileSystemError.NoPermissions();
  }

  createDirectory(): never {
    throw vscode.FileSystemError.NoPermissions();
  }

  delete(): never {
    throw vscode.FileSystemError.NoPermissions();
  }

  rename(): never {
    throw vscode.FileSystemError.NoPermissions();
  }

  private async save(open: OpenText, text: string): Promise<void> {
    const { manifest } = open;
    const client = await open.ready();
    if (await client.call('fileChanged')) await this.takeOver(open);
    const operations = await client.call('textOperations', text);
    if (operations.length === 0) return;
    try {
      await client.run('edit', [operations]);
      const saved = await saveManifest(client, manifest, { asNew: false });
      if (!saved) throw vscode.FileSystemError.Unavailable(t('Not saved: nothing was changed.'));
      this.tellSaved(manifest, saved);
    } finally {
      // The text is what is edited: the worker's document is the file.
      await client.call('refresh');
    }
    await open.wasWritten(text);
  }

  /**
   * The file is another one than the text was read from. VS Code has asked whether to write over it, unless it could not
   * tell: it goes by the size.
   */
  private async takeOver(open: OpenText): Promise<void> {
    const client = await open.ready();
    const { bytes } = await client.call('summary');
    const { size } = await vscode.workspace.fs.stat(open.manifest);
    if (size === bytes) {
      throw vscode.FileSystemError.Unavailable(t('The MANIFEST has changed on the disk since it was read.'));
    }
    await client.call('refresh');
  }

  private async textOf(uri: vscode.Uri): Promise<string> {
    const open = this.openTexts.get(uri.toString());
    if (open) return open.read();
    return withManifest(this.workers, manifestOf(uri), (client) => client.call('text', MAX_CHARACTERS));
  }

  private async isTooLong(uri: vscode.Uri, { mtime, size }: vscode.FileStat): Promise<boolean> {
    if (size * MOST_CHARACTERS <= MAX_CHARACTERS) return false;
    const file = `${uri} ${mtime} ${size}`;
    if (this.measured?.file !== file) {
      const text = await withManifest(this.workers, manifestOf(uri), (client) =>
        client.call('text', MAX_CHARACTERS),
      );
      this.measured = { file, isCut: isCut(text) };
    }
    return this.measured.isCut;
  }

  private tellAll(): void {
    for (const { document } of this.openTexts.values()) this.tell(document.uri);
  }
}

/** Two editors with unsaved changes of one file would write over each other. */
function requireCleanEditor(manifest: vscode.Uri): void {
  const tabs = vscode.window.tabGroups.all.flatMap((group) => group.tabs);
  const isDirty = tabs.some(
    ({ input, isDirty }) =>
      isDirty &&
      input instanceof vscode.TabInputCustom &&
      input.viewType === 'lsm.manifest' &&
      input.uri.toString() === manifest.toString(),
  );
  if (!isDirty) return;
  throw vscode.FileSystemError.Unavailable(
    t('The MANIFEST’s editor has changes that are not saved: save or undo them first.'),
  );
}
