import type * as vscode from 'vscode';
import { WorkerClient } from '../../worker/client';
import type { ManifestCalls, ManifestJobs } from '../../worker/manifest-api';

export type ManifestClient = WorkerClient<ManifestCalls, ManifestJobs>;

/** VS Code opens no larger document with colours and search; it would refuse one above 50 MB. */
export const MAX_CHARACTERS = 20 << 20;

/** Asks something of a MANIFEST in a worker of its own, which ends then. */
export async function withManifest<Result>(
  workers: string,
  manifest: vscode.Uri,
  ask: (client: ManifestClient) => Promise<Result>,
): Promise<Result> {
  const client: ManifestClient = new WorkerClient(workers, 'manifest');
  try {
    await client.call('open', manifest.fsPath);
    return await ask(client);
  } finally {
    await client.dispose();
  }
}

/** Whether a text is not the whole one: its last line says so. */
export function isCut(text: string): boolean {
  return text.endsWith('\n… cut: the MANIFEST goes on\n');
}
