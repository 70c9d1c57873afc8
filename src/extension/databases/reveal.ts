import type * as vscode from 'vscode';
import type { Node } from './nodes';

const ATTEMPTS = 10;
const PAUSE_MS = 100;

/**
 * Shows a node in the Databases view. VS Code fails to find a node while the tree is being redrawn: it is tried again a
 * few times, and then let be, since what was asked for is done.
 */
export async function revealNode(
  view: vscode.TreeView<Node>,
  node: Node,
  options: NonNullable<Parameters<vscode.TreeView<Node>['reveal']>[1]>,
): Promise<void> {
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    try {
      await view.reveal(node, options);
      return;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, attempt * PAUSE_MS));
    }
  }
}
