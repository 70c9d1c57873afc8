import * as vscode from 'vscode';
import type { LogPageCalls } from '../../../webview/protocol/log';
import type { LogCalls, LogFileSummary, LogJobs, ReplayOutcome } from '../../worker/log-api';
import { FileDocument } from './document';
import { exportTo } from './export';
import { surveyWithProgress } from './progress';
import type { FileEditorKind } from './provider';
import { numberBytes } from './views';

/** A value is cut at this many bytes in the view. */
const VALUE_BYTES = 1 << 20;

/** The editor of a write-ahead log. */
export const logEditor: FileEditorKind<LogFileSummary, LogCalls, LogJobs, LogPageCalls> = {
  viewType: 'lsm.log',
  session: 'log',
  app: 'log',
  document: (uri, client) => new FileDocument(uri, client),
  answers(document, services) {
    return {
      async open() {
        const { state, ...summary } = await document.summary();
        return {
          ...summary,
          state: state && {
            ...state,
            logNumber: `${state.logNumber}`,
            flushedBy: state.flushedBy && {
              edit: state.flushedBy.edit,
              tables: state.flushedBy.tables.map(String),
            },
          },
        };
      },
      async survey() {
        const client = await document.ready();
        const survey = await surveyWithProgress(document, (options) => client.run('survey', [], options));
        return {
          ...survey,
          lenient: outcome(survey.lenient),
          paranoid: outcome(survey.paranoid),
          jumps: {
            total: survey.jumps.total,
            rows: survey.jumps.rows.map((jump) => ({
              ...jump,
              expected: `${jump.expected}`,
              found: `${jump.found}`,
            })),
          },
        };
      },
      async map() {
        const { starts, ends, kinds } = await (await document.ready()).call('map');
        return { starts: numberBytes(starts), ends: numberBytes(ends), kinds };
      },
      async items(start, end) {
        return (await document.ready()).call('items', start, Math.min(end, start + 1000));
      },
      async batches(start, end) {
        const { rows, total } = await (await document.ready()).call(
          'batches',
          start,
          Math.min(end, start + 1000),
        );
        return { total, rows: rows.map((row) => ({ ...row, sequence: `${row.sequence}` })) };
      },
      async operations(start, end) {
        const { rows, total } = await (await document.ready()).call(
          'operations',
          start,
          Math.min(end, start + 1000),
        );
        return {
          total,
          rows: rows.map(({ key, sequence, ...row }) => ({
            ...row,
            userKey: key,
            sequenceNumber: `${sequence}`,
          })),
        };
      },
      async filter({ key, type }) {
        const client = await document.ready();
        return client.run('filter', [{ ...(key ? { key } : {}), ...(type ? { type } : {}) }]);
      },
      async value(row) {
        const value = await (await document.ready()).call('value', row, VALUE_BYTES);
        return { found: value !== undefined, value: value ?? new Uint8Array(0) };
      },
      async itemBytes(item) {
        return (await document.ready()).call('itemBytes', item);
      },
      async batchBytes(batch) {
        return (await document.ready()).call('batchBytes', batch);
      },
      async itemAt(offset) {
        return (await document.ready()).call('itemAt', offset);
      },
      async batchAt(offset) {
        return (await document.ready()).call('batchAt', offset);
      },
      async exportBatches() {
        const client = await document.ready();
        await exportTo(document, 'batches', (path, options) => client.run('export', [path], options));
      },
      async openManifest(edit) {
        const manifest = (await document.summary()).state?.manifest;
        if (manifest === undefined) return;
        await services.openAt(vscode.Uri.joinPath(document.folder, manifest), { at: 'edit', edit });
      },
      async openTable(number) {
        const base = number.padStart(6, '0');
        for (const name of [`${base}.ldb`, `${base}.sst`]) {
          const uri = vscode.Uri.joinPath(document.folder, name);
          try {
            await vscode.workspace.fs.stat(uri);
          } catch {
            continue;
          }
          await services.openAt(uri);
          return;
        }
        void vscode.window.showInformationMessage(
          vscode.l10n.t('Table {0} is not in the folder any more: a compaction took it away.', number),
        );
      },
    };
  },
};

function outcome({ firstSequence, lastSequence, ...rest }: ReplayOutcome) {
  return { ...rest, firstSequence: firstSequence?.toString(), lastSequence: lastSequence?.toString() };
}
