import * as vscode from 'vscode';
import type { TablePageCalls } from '../../../webview/protocol/table';
import type { TableCalls, TableJobs, TableSummary } from '../../worker/table-api';
import { FileDocument } from './document';
import { exportTo } from './export';
import { surveyWithProgress } from './progress';
import type { FileEditorKind } from './provider';
import { keyView, problemLines } from './views';

/** A value is cut at this many bytes in the view. */
const VALUE_BYTES = 1 << 20;

/** The editor of a table. */
export const tableEditor: FileEditorKind<TableSummary, TableCalls, TableJobs, TablePageCalls> = {
  viewType: 'lsm.table',
  session: 'table',
  app: 'table',
  document: (uri, client) => new FileDocument(uri, client),
  answers(document, services) {
    return {
      async open() {
        const { history, problems, ...summary } = await document.summary();
        return {
          ...summary,
          history: history && { ...history, size: history.size?.toString() },
          problems: problemLines(problems),
        };
      },
      async map() {
        return (await document.ready()).call('map');
      },
      async regions(start, end) {
        return (await document.ready()).call('regions', start, Math.min(end, start + 1000));
      },
      async entries(anchor, direction, count) {
        const client = await document.ready();
        const { rows, problems, ...page } = await client.call('entries', { anchor, direction, count });
        return {
          ...page,
          rows: rows.map(({ internalKey, sequence, ...row }) => ({
            ...row,
            key: internalKey,
            sequence: `${sequence}`,
          })),
          problems: problemLines(problems),
        };
      },
      async lookup(userKey) {
        const client = await document.ready();
        const { internalKey, indexKey, ...path } = await client.call('lookup', userKey);
        return {
          ...path,
          target: internalKey ?? seekKey(userKey),
          indexKey: indexKey && keyView(indexKey),
        };
      },
      async value(internalKey) {
        const value = await (await document.ready()).call('value', internalKey, VALUE_BYTES);
        return { found: value !== undefined, value: value ?? new Uint8Array(0) };
      },
      async bytes(region, form) {
        return (await document.ready()).call('bytes', region, form);
      },
      async regionAt(offset) {
        return (await document.ready()).call('regionAt', offset);
      },
      async survey() {
        const client = await document.ready();
        const counts = await surveyWithProgress(document, (options) => client.run('survey', [], options));
        return {
          ...counts,
          problems: problemLines(counts.problems),
          smallest: counts.smallest && keyView(counts.smallest),
          largest: counts.largest && keyView(counts.largest),
          smallestSequence: counts.smallestSequence?.toString(),
          largestSequence: counts.largestSequence?.toString(),
        };
      },
      async exportEntries() {
        const client = await document.ready();
        await exportTo(document, 'entries', (path, options) => client.run('export', [path], options));
      },
      async openManifest(edit) {
        const manifest = (await document.summary()).history?.manifest;
        if (manifest === undefined) return;
        await services.openAt(vscode.Uri.joinPath(document.folder, manifest), { at: 'edit', edit });
      },
    };
  },
};

/** The internal key with which a seek to a user key begins: above every real sequence. */
function seekKey(userKey: Uint8Array): Uint8Array {
  const key = new Uint8Array(userKey.length + 8).fill(0xff);
  key.set(userKey);
  key[userKey.length] = 1;
  return key;
}
