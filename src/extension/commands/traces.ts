import * as vscode from 'vscode';
import type { TraceRequest, TraceSummary, WhatIf } from '../../worker/trace-api';
import type { ChangedDatabase } from '../changes/restore';
import type { Database } from '../databases/database';
import type { Node } from '../databases/nodes';
import type { TraceFileEditors } from '../traces/file-editors';
import type { TracePanels } from '../traces/panel';
import { Trace } from '../traces/trace';
import { levelFor, rangeFor } from './changes';

const { t } = vscode.l10n;

/** What the commands that trace need. */
export interface TraceRooms {
  panels: TracePanels;
  editors: TraceFileEditors;
  workers: string;
}

/** What may be given to a command in place of what it would ask: by tests, and by keybindings. Keys are escaped. */
export interface TraceArguments {
  what?: 'next' | 'everything' | 'level' | 'range';
  level?: number;
  from?: string;
  to?: string;
  whatIf?: WhatIf;
  /** Of the key whose get is explained. */
  key?: string;
}

/** Traces a compaction: of a level's node that level, of a table's node its range, else what is chosen. */
export async function traceCompaction(
  rooms: TraceRooms,
  database: Database,
  args: TraceArguments,
  node: Node | undefined,
): Promise<TraceSummary | undefined> {
  const request = await compactionFor(database, args, node);
  return request && show(rooms, database, request, args);
}

export function traceRecovery(
  rooms: TraceRooms,
  database: ChangedDatabase,
  args: TraceArguments,
): Promise<TraceSummary | undefined> {
  return show(rooms, database, { kind: 'recover' }, args);
}

/** Opens a trace that was saved: one that is given, or one that is asked for. */
export async function openTrace({ editors }: TraceRooms, given?: vscode.Uri): Promise<void> {
  const [uri] =
    given instanceof vscode.Uri
      ? [given]
      : ((await vscode.window.showOpenDialog({
          title: t('Trace to open'),
          openLabel: t('Open'),
          filters: { [t('Trace')]: ['lsmtrace'], [t('All files')]: ['*'] },
        })) ?? []);
  if (uri) await editors.open(uri);
}

async function show(
  { panels, workers }: TraceRooms,
  database: ChangedDatabase,
  request: TraceRequest,
  { whatIf }: TraceArguments,
): Promise<TraceSummary | undefined> {
  return panels.show(new Trace(database, request, workers)).record(whatIf);
}

async function compactionFor(
  database: Database,
  args: TraceArguments,
  node: Node | undefined,
): Promise<TraceRequest | undefined> {
  switch (args.what ?? meant(args, node) ?? (await askWhat(database))) {
    case 'next':
      return { kind: 'compact-auto' };
    case 'everything':
      return { kind: 'compact' };
    case 'level': {
      const level = await levelFor(
        database,
        args,
        node,
        t('Trace the compaction of a level of {0}', database.name),
      );
      return level === undefined ? undefined : { kind: 'compact-level', level };
    }
    case 'range': {
      const range = await rangeFor(args, node, t('Trace the Compaction of a Range of {0}', database.name));
      return range && { kind: 'compact', ...range };
    }
    default:
      return undefined;
  }
}

function meant(args: TraceArguments, node: Node | undefined): TraceArguments['what'] {
  if (args.level !== undefined || node?.kind === 'level') return 'level';
  return args.from !== undefined || args.to !== undefined || node?.kind === 'table' ? 'range' : undefined;
}

async function askWhat({ name }: Database): Promise<TraceArguments['what']> {
  const choices: (vscode.QuickPickItem & { what: TraceArguments['what'] })[] = [
    {
      label: t('What would run next'),
      detail: t('What LevelDB does by itself after opening the database.'),
      what: 'next',
    },
    { label: t('Everything'), detail: t('All keys, down to the deepest level.'), what: 'everything' },
    { label: t('A level…'), detail: t('One level into the next one.'), what: 'level' },
    { label: t('A range…'), detail: t('The keys from one to another.'), what: 'range' },
  ];
  const picked = await vscode.window.showQuickPick(choices, { title: t('Trace a compaction of {0}', name) });
  return picked?.what;
}
