import * as vscode from 'vscode';
import type { FixJson } from '../../worker/manifest-edit-api';
import type { Database } from '../databases/database';
import type { Node } from '../databases/nodes';
import type { Editors } from '../editors/editors';

const { t } = vscode.l10n;

/** What an operation of a fix does, beyond what its label says. */
const DETAILS: Record<string, () => string> = {
  set: () => t('Changes one field of an edit.'),
  'remove-file': () =>
    t('A new edit at the end takes the table out: what it holds is lost. LevelDB deletes its file.'),
  'remove-entry': () => t('Takes one line out of an edit.'),
  'measure-file': () => t('Reads the table, and writes its size and range into the edit that adds it.'),
  'roll-back': () => t('What stands behind that edit goes, damage too.'),
  'drop-tail': () => t('What stands behind the last whole record goes.'),
  'drop-damage': () => t('The damaged bytes go; what they said is lost.'),
  'salvage-damage': () => t('LevelDB would drop the whole block; its sound records are kept.'),
  rebuild: () => t('Reads all tables and logs of the folder, and writes the MANIFEST anew.'),
  'fix-current': () => t('Saving writes the name of this MANIFEST into CURRENT.'),
};

/** Mends a problem of a MANIFEST in its editor, where it can be undone, with a fix that is chosen. */
export async function fixManifest(editors: Editors, node: Node | undefined): Promise<void> {
  if (node?.kind !== 'problem') return;
  const { database, problem } = node;
  const uri = vscode.Uri.joinPath(database.uri, problem.file);
  try {
    const fixes = node.fixes ?? (await fixesOf(database, problem));
    if (fixes.length === 0) {
      const open = t('Open Editor');
      const chosen = await vscode.window.showInformationMessage(
        t('No fix is known for this: {0}', problem.message),
        open,
      );
      if (chosen === open) await editors.openAt(uri);
      return;
    }
    const picked = await vscode.window.showQuickPick(
      fixes.map((fix) => ({ label: fix.label, detail: detailOf(fix), fix })),
      { title: t('Fix {0}', problem.file), placeHolder: problem.message },
    );
    if (picked) await editors.editManifest(uri, picked.fix.operations);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    void vscode.window.showErrorMessage(t('{0} cannot be mended: {1}', problem.file, message));
  }
}

/** Of a problem that opening or a verification found: those of the same problem among the MANIFEST's checks. */
async function fixesOf(
  database: Database,
  { file, code, message }: Extract<Node, { kind: 'problem' }>['problem'],
): Promise<readonly FixJson[]> {
  const checks = await database.checkManifest(file);
  return checks.find((check) => check.code === code && check.message === message)?.fixes ?? [];
}

function detailOf({ operations }: FixJson): string {
  const names = operations.map((operation) => (operation as { op: string }).op);
  return names.flatMap((name) => (Object.hasOwn(DETAILS, name) ? [DETAILS[name]()] : [])).join(' ');
}
