import * as vscode from 'vscode';
import type {
  ManifestPageCalls,
  EditFilter as PageFilter,
  ProblemRow,
} from '../../../webview/protocol/manifest';
import type { KeyRef, Problem } from '../../worker/api';
import { escapeBytes } from '../../worker/format';
import type { EditFilter, ManifestCalls, ManifestJobs, ManifestSummary } from '../../worker/manifest-api';
import type { CheckedProblem } from '../../worker/manifest-edit-api';
import { Command } from '../ids';
import { showManifestText, versionTextUri } from '../manifest-text/addresses';
import { ManifestFileDocument } from './manifest-document';
import type { FileEditorKind } from './provider';
import { numberBytes } from './views';

/** The editor of a MANIFEST; `report` shows problems in the Problems panel while the editor is open. */
export function manifestEditor(
  report: (uri: vscode.Uri, problems: readonly Problem[]) => void,
): FileEditorKind<ManifestSummary, ManifestCalls, ManifestJobs, ManifestPageCalls, ManifestFileDocument> {
  return {
    viewType: 'lsm.manifest',
    session: 'manifest',
    app: 'manifest',
    document: (uri, client) => new ManifestFileDocument(uri, client),
    answers(document, services) {
      return {
        async open() {
          const { problems, ...summary } = await document.summary();
          report(document.uri, problems);
          const { readOnlyReason, isDirty, undoLabel, redoLabel } = document;
          return {
            ...summary,
            problems: problems.map(problemRow),
            // VS Code's stack has steps, of several operations each.
            editing: {
              ...summary.editing,
              canEdit: readOnlyReason === undefined,
              readOnlyReason,
              isDirty,
              undoLabel,
              redoLabel,
            },
          };
        },
        async rows(start, end, filter) {
          const client = await document.ready();
          return plain(await client.call('rows', start, Math.min(end, start + 1000), filterOf(filter)));
        },
        async rowOf(edit, filter) {
          return (await document.ready()).call('rowOf', edit, filterOf(filter));
        },
        async editAt(offset) {
          return (await document.ready()).call('editAt', offset);
        },
        async lives() {
          const lives = await (await document.ready()).call('lives');
          return {
            count: lives.levels.length,
            numbers: numberBytes(lives.numbers),
            sizes: numberBytes(lives.sizes),
            levels: lives.levels,
            left: numberBytes(lives.left),
            right: numberBytes(lives.right),
            added: numberBytes(lives.added),
            removed: numberBytes(lives.removed),
            saved: lives.saved,
            gone: {
              count: lives.gone.levels.length,
              numbers: numberBytes(lives.gone.numbers),
              sizes: numberBytes(lives.gone.sizes),
              levels: lives.gone.levels,
              left: numberBytes(lives.gone.left),
              right: numberBytes(lives.gone.right),
            },
            ticks: lives.ticks,
          };
        },
        async edit(edit) {
          const { counters, ...details } = await (await document.ready()).call('edit', edit);
          return {
            ...plain(details),
            counters: Object.fromEntries(
              Object.entries(counters).map(([name, value]) => [name, value === undefined ? '' : `${value}`]),
            ),
          };
        },
        async life(index) {
          const life = await (await document.ready()).call('life', index);
          return { ...plain(life), smallest: keyText(life.smallest), largest: keyText(life.largest) };
        },
        async lifeOf(number) {
          return (await document.ready()).call('lifeOf', u64(number));
        },
        async check() {
          const client = await document.ready();
          const problems = await vscode.window.withProgress(
            {
              location: vscode.ProgressLocation.Notification,
              title: vscode.l10n.t('Checking {0}', document.name),
              cancellable: true,
            },
            (progress, token) =>
              client.run('check', [], {
                onProgress: ({ done, total }) => progress.report({ message: `${done}/${total}` }),
                onCancel: (cancel) => token.onCancellationRequested(cancel),
              }),
          );
          report(document.uri, problems);
          return problems.map(problemRow);
        },
        async showText() {
          await showManifestText(document.uri);
        },
        async compareEdits(a, b) {
          await vscode.commands.executeCommand(
            'vscode.diff',
            versionTextUri(document.uri, a),
            versionTextUri(document.uri, b),
            vscode.l10n.t('{0}: after edit {1} and after edit {2}', document.name, a, b),
          );
        },
        apply: (operations) => document.apply(operations),
        // There is one stack, which is VS Code's; who asks is the active editor.
        async undo() {
          await vscode.commands.executeCommand('undo');
        },
        async redo() {
          await vscode.commands.executeCommand('redo');
        },
        async form(edit, page) {
          return (await document.ready()).call('form', edit, page);
        },
        async differences() {
          return (await document.ready()).call('differences');
        },
        async tryOpening() {
          const report = await document.tryOut();
          if (!report) return undefined;
          const { rows, total } = report.problems;
          return { ...report, problems: { rows: rows.map(problemRow), total } };
        },
        async save() {
          await vscode.commands.executeCommand(Command.saveManifest, document.uri);
        },
        async saveAsNew() {
          await vscode.commands.executeCommand(Command.saveAsNewManifest, document.uri);
        },
        async copyScript() {
          await vscode.commands.executeCommand(Command.copyManifestScript, document.uri);
        },
        async openTable(name) {
          await services.openAt(vscode.Uri.joinPath(document.folder, name));
        },
      };
    },
  };
}

function problemRow({ severity, message, offset, edit, fixes }: CheckedProblem): ProblemRow {
  return { severity, message, offset: offset === undefined ? undefined : Number(offset), edit, fixes };
}

function filterOf({ kinds, file }: PageFilter): EditFilter {
  return {
    ...(kinds ? { kinds } : {}),
    ...(file === undefined || file === null || !/^\d{1,20}$/.test(file) ? {} : { file: u64(file) }),
  };
}

function u64(text: string): number | bigint {
  const value = BigInt(text);
  return value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : value;
}

function keyText({ userKey, sequence, type }: KeyRef): string {
  return `"${escapeBytes(userKey)}" @ ${sequence}${type === 'deletion' ? ' (deletion)' : ''}`;
}

type Plain<T> = T extends bigint
  ? string
  : T extends Uint8Array
    ? T
    : T extends object
      ? { [Name in keyof T]: Plain<T[Name]> }
      : T;

/** The same value with text in place of bigints, which no message to a page can carry. */
function plain<T>(value: T): Plain<T> {
  if (typeof value === 'bigint') return `${value}` as Plain<T>;
  if (Array.isArray(value)) return value.map(plain) as Plain<T>;
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return value as Plain<T>;
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, plain(part)])) as Plain<T>;
}
