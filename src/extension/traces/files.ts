import * as vscode from 'vscode';
import { requireTrust } from '../changes/rules';
import { writeChosen } from '../editors/export';
import type { EditorServices } from '../editors/provider';
import { plural } from '../plural';
import type { TraceClient } from './reading';

const { t } = vscode.l10n;

/** What is traced, for a file's name and place. */
export interface TracedPlace {
  /** Of the database, or of the file without its ending. */
  name: string;
  /** Beside which a file is offered. */
  beside: vscode.Uri;
}

/** Asks for a file, and writes the trace into it. False if it was not written; why is told. */
export function saveTrace(client: TraceClient, { name, beside }: TracedPlace): Promise<boolean> {
  return writeChosen({
    name,
    title: t('Save the trace of {0}', name),
    defaultUri: vscode.Uri.joinPath(beside, '..', `${name}.lsmtrace`),
    filters: { [t('Trace')]: ['lsmtrace'] },
    mayWrite: requireTrust,
    run: (path, options) => client.run('save', [path], options),
    told: ({ events }, path) => toldEvents(events, path),
  });
}

/** Asks for a file, and writes a line of text for each event. False if it was not written; why is told. */
export function exportTrace(client: TraceClient, { name, beside }: TracedPlace): Promise<boolean> {
  return writeChosen({
    name,
    title: t('Export the trace of {0} as text', name),
    defaultUri: vscode.Uri.joinPath(beside, '..', `${name}.trace.txt`),
    filters: { [t('Text')]: ['txt'] },
    mayWrite: requireTrust,
    run: (path, options) => client.run('exportText', [path], options),
    told: ({ events }, path) => toldEvents(events, path),
  });
}

function toldEvents(events: number, path: string): string {
  return plural(events, '1 event was written to {1}.', '{0} events were written to {1}.', path);
}

/** Opens a file of a traced database in its editor, at an offset. One that is not there any more, or never was, is told. */
export async function openTracedFile(
  services: EditorServices,
  directory: vscode.Uri | undefined,
  name: string,
  offset: number | undefined,
): Promise<void> {
  // A trace is a stranger's file: it names files of its folder, and nothing else.
  const isName = !/[/\\]/.test(name) && name !== '' && name !== '.' && name !== '..';
  const uri = directory && isName ? vscode.Uri.joinPath(directory, name) : undefined;
  try {
    if (!uri) throw new Error('no such file');
    await vscode.workspace.fs.stat(uri);
  } catch {
    void vscode.window.showInformationMessage(
      t('{0} is not in the database’s folder: it went, or was only in the dry run.', name),
    );
    return;
  }
  await services.openAt(uri, offset === undefined ? undefined : { at: 'offset', offset });
}
