import * as vscode from 'vscode';
import type { Node } from './nodes';

/** Folders that are dropped on the view are opened. */
export class FolderDrop implements vscode.TreeDragAndDropController<Node> {
  readonly dropMimeTypes = ['text/uri-list'];
  readonly dragMimeTypes = [];
  private readonly open: (uri: vscode.Uri) => void;

  constructor(open: (uri: vscode.Uri) => void) {
    this.open = open;
  }

  async handleDrop(_target: Node | undefined, data: vscode.DataTransfer): Promise<void> {
    const list = await data.get('text/uri-list')?.asString();
    for (const line of (list ?? '').split(/\r?\n/)) {
      if (line !== '' && !line.startsWith('#')) this.open(vscode.Uri.parse(line));
    }
  }
}
