// Traces from the command to what their page is answered; what is applied is held against C++ LevelDB.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as vscode from 'vscode';
import type { TraceView } from '../../webview/protocol/trace';
import type { TraceFrame } from '../../webview/protocol/trace-frame';
import { hashFolder } from '../helpers/hash-folder';
import { answering, api, HostDatabases, root, run, test, until } from './changing';
import { levelsBy, readBy } from './leveldb';

const databases = new HostDatabases('traces');
const { scratch } = databases;
const open = databases.open.bind(databases);

/** The panel of the trace that was recorded last, which is there. */
async function recorded() {
  const panel = (await api()).traces.last!;
  assert.equal(panel.state.phase, 'ready', JSON.stringify(panel.state.failure));
  const { summary } = (await panel.answers.open()) as TraceView;
  const frame = (at: number) => panel.answers.frame(at) as Promise<TraceFrame>;
  return { panel, summary: summary!, frame, end: await frame(summary!.events) };
}

function spillFolders(): string[] {
  return readdirSync(tmpdir()).filter((name) => name.startsWith('lsm-dry-run-'));
}

/** Where the answers to a save dialog go. */
function saving(path: string, body: () => Promise<void>): Promise<void> {
  return answering('showSaveDialog', () => vscode.Uri.file(path), body);
}

async function untrusted(body: () => Promise<void>): Promise<void> {
  const original = Object.getOwnPropertyDescriptor(vscode.workspace, 'isTrusted')!;
  Object.defineProperty(vscode.workspace, 'isTrusted', { ...original, get: () => false });
  try {
    await body();
  } finally {
    Object.defineProperty(vscode.workspace, 'isTrusted', original);
  }
}

/** Damages a record of the first log that has one. */
function damageLog(folder: string): string {
  const logs = readdirSync(folder).filter((name) => name.endsWith('.log'));
  const log = logs.find((name) => statSync(join(folder, name)).size > 40)!;
  const bytes = readFileSync(join(folder, log));
  bytes[40] ^= 0xff;
  writeFileSync(join(folder, log), bytes);
  return log;
}

test('a compaction is traced without a change, recorded anew with a what-if, and applied', async () => {
  const database = await open('applied');
  const folder = database.uri.fsPath;
  const before = await readBy(folder);
  const untouched = hashFolder(folder);
  await run('lsm.traceCompaction', database, { what: 'everything' });
  const first = await recorded();
  assert.equal(first.summary.applicable, true);
  assert.equal(first.summary.error, undefined);
  assert.equal((await first.frame(0)).phase, 'before');
  assert.equal(first.end.phase, 'idle');
  assert.equal(first.end.levels[0].files, 0);
  const manifest = database.summary!.levels.map(({ files, bytes }) => ({ files, bytes }));
  assert.deepEqual(first.summary.levelsBefore, manifest);
  assert.equal(hashFolder(folder), untouched);

  // Smaller files: more of them, of the same entries.
  const { panel } = first;
  const whatIf = { limits: { maxFileBytes: 65536 } };
  await panel.record(whatIf);
  const second = await recorded();
  const view = (await panel.answers.open()) as TraceView;
  assert.deepEqual([view.run, view.whatIf, view.mayApply], [2, whatIf, true]);
  const files = (shapes: { files: number }[]) => shapes.reduce((sum, shape) => sum + shape.files, 0);
  assert.ok(files(second.summary.levelsAfter) > files(first.summary.levelsAfter));
  assert.equal(second.summary.options!.limits.maxFileBytes, 65536);
  assert.equal(hashFolder(folder), untouched);

  const account = await panel.apply();
  assert.ok(account, JSON.stringify(panel.state.failure));
  assert.equal(panel.state.phase, 'applied');
  assert.ok(existsSync(join(account.backup, 'backup.json')));
  const told = (await panel.answers.open()) as TraceView;
  assert.match(told.account.join('\n'), /created.*\n.*backup/i);
  assert.equal(told.summary!.applicable, false);
  // The picture stays.
  assert.deepEqual(await second.frame(second.summary.events), second.end);
  assert.deepEqual(await readBy(folder), before);
  assert.deepEqual(
    await levelsBy(folder),
    second.summary.levelsAfter.map((shape) => shape.files),
  );
  assert.equal((await levelsBy(folder))[0], 0);
  await until(() => database.summary?.manifest === readFileSync(join(folder, 'CURRENT'), 'utf8').trim());
  assert.deepEqual(
    database.summary!.levels.map(({ files, bytes }) => ({ files, bytes })),
    second.summary.levelsAfter,
  );
});

test('what is traced follows from where it was asked', async () => {
  const database = await open('asked');
  const { traces } = await api();
  const next = { kind: 'compact-auto' };
  await run('lsm.traceCompaction', database, { what: 'next' });
  assert.deepEqual(traces.last!.trace.request, next);
  // With a higher trigger level 0 is not due.
  assert.ok((await recorded()).end.work.compactions > 0);
  await run('lsm.traceCompaction', database, { what: 'next', whatIf: { limits: { level0Files: 100 } } });
  assert.equal((await recorded()).end.work.compactions, 0);
  await run('lsm.traceCompaction', database, {}, { kind: 'level', level: { level: 1 } });
  assert.deepEqual(traces.last!.trace.request, { kind: 'compact-level', level: 1 });
  const { rows } = await database.client.call('tables', 0, { start: 0, end: 1 });
  const [table] = rows;
  await run('lsm.traceCompaction', database, {}, { kind: 'table', table });
  assert.deepEqual(traces.last!.trace.request, {
    kind: 'compact',
    from: table.smallest.userKey,
    to: table.largest.userKey,
  });
  await run('lsm.traceCompaction', database, { from: 'user0000001000', to: '' });
  assert.deepEqual(traces.last!.trace.request, {
    kind: 'compact',
    from: new Uint8Array(Buffer.from('user0000001000')),
  });
});

test('a trace is saved, and its editor shows the same when the database is gone; it follows the file', async () => {
  const database = await open('saved');
  const folder = database.uri.fsPath;
  await run('lsm.traceCompaction', database, { what: 'next' });
  const { panel, summary, frame } = await recorded();
  const path = join(scratch, 'kept.lsmtrace');
  await saving(path, async () => assert.equal(await panel.answers.save(), true));
  await answering(
    'showSaveDialog',
    () => undefined,
    async () => assert.equal(await panel.answers.save(), false),
  );
  // In the database's own folder it is refused, which is told.
  const told: unknown[] = [];
  await answering(
    'showErrorMessage',
    (message) => void told.push(message),
    () => saving(join(folder, 'in.lsmtrace'), async () => assert.equal(await panel.answers.save(), false)),
  );
  assert.match(`${told}`, /own folder/);
  const text = join(scratch, 'kept.txt');
  await saving(text, async () => assert.equal(await panel.answers.exportText(), true));
  assert.equal(readFileSync(text, 'utf8').trim().split('\n').length, summary.events + 1);

  const wanted = [await frame(0), await frame(summary.events >> 1), await frame(summary.events)];
  const { registry, editors } = await api();
  panel.dispose();
  await panel.gone;
  registry.close(database);
  rmSync(join(scratch, 'saved'), { recursive: true });

  const uri = vscode.Uri.file(path);
  // By default, as a click in the explorer does.
  await vscode.commands.executeCommand('vscode.open', uri);
  await until(() => editors.traces.find(uri) !== undefined);
  const input = vscode.window.tabGroups.activeTabGroup.activeTab?.input;
  assert.equal((input as vscode.TabInputCustom).viewType, 'lsm.trace');
  const file = editors.traces.find(uri)!;
  const answers = editors.traces.answers(file, () => {});
  await file.load();
  const view = (await answers.open()) as TraceView;
  assert.equal(view.phase, 'ready', JSON.stringify(view.failure));
  assert.deepEqual([view.path, view.mayApply, view.summary!.applicable], [path, false, false]);
  assert.equal(view.summary!.events, summary.events);
  const shown = [answers.frame(0), answers.frame(summary.events >> 1), answers.frame(summary.events)];
  assert.deepEqual(await Promise.all(shown), wanted);
  assert.throws(() => answers.record({}), /only be looked at/);
  const again = join(scratch, 'again.lsmtrace');
  await saving(again, async () => assert.equal(await answers.save(), true));
  assert.deepEqual(readFileSync(again), readFileSync(path));

  const sound = readFileSync(path);
  const lines = sound.toString().trim().split('\n').length;
  appendFileSync(path, '{"type": "nothing"}\n');
  await until(() => file.view().phase === 'failed');
  assert.match(file.view().failure!.message, new RegExp(`line ${lines + 1}\\b`));
  assert.equal(file.view().run, 2);
  writeFileSync(path, sound);
  await until(() => file.view().phase === 'ready');
  assert.deepEqual(await answers.frame(summary.events), wanted[2]);
});

test('a recovery over a damaged log is traced, and both ways are compared; only a yes changes anything', async () => {
  const database = await open('damaged');
  const folder = database.uri.fsPath;
  const log = damageLog(folder);
  const untouched = hashFolder(folder);
  await run('lsm.traceRecovery', database, {});
  const { panel, summary, end } = await recorded();
  assert.equal(summary.error, undefined);
  assert.ok(end.faults.total > 0);
  assert.equal(end.faults.rows[0].file, log);
  const { lenient, paranoid } = await panel.answers.compare();
  assert.equal(lenient.failure, undefined);
  assert.equal(lenient.entries, (await readBy(folder)).size);
  assert.match(paranoid.failure!.message, /checksum|corrupt/i);
  await panel.record({ paranoid: true });
  assert.equal((await recorded()).summary.error?.message, paranoid.failure!.message);
  assert.equal(hashFolder(folder), untouched);
});

test('a folder that cannot be opened is traced up to the failing step, from the explorer and where that is told', async () => {
  const database = await open('unopened');
  const { registry, editors } = await api();
  registry.close(database);
  const folder = database.uri.fsPath;
  // A table that the version names.
  const name = '000311.ldb';
  rmSync(join(folder, name));
  const untouched = hashFolder(folder);
  await vscode.commands.executeCommand('lsm.traceRecovery', vscode.Uri.file(folder));
  const { panel, summary, end } = await recorded();
  assert.match(summary.error!.message, /missing files/);
  assert.match(end.missing.rows.join(), /311/);
  assert.equal(summary.applicable, false);
  assert.equal(end.phase, 'failed');
  assert.equal(await panel.apply(), undefined);
  assert.equal(panel.state.phase, 'ready');
  // A file that is not there is told, one that is there is opened.
  const pages = editors.openPages;
  await panel.answers.openFile(name);
  await panel.answers.openFile('../applied/s-over/CURRENT');
  assert.equal(editors.openPages, pages);
  await panel.answers.openFile(end.manifest!.name, 0);
  await until(() => editors.openPages === pages + 1);

  assert.equal(hashFolder(folder), untouched);
});

test('where a database cannot be opened, tracing its recovery is offered; not where there is none', async () => {
  const { traces } = await api();
  const folder = join(scratch, 'empty');
  mkdirSync(folder);
  const offers: unknown[][] = [];
  const choose = (_: unknown, ...offered: unknown[]) => {
    offers.push(offered);
    return offered[1];
  };
  await answering('showErrorMessage', choose, async () => {
    await vscode.commands.executeCommand('lsm.openFolder', vscode.Uri.file(folder));
    assert.equal(traces.last, undefined);
    // It goes while VS Code still shows it.
    await vscode.commands.executeCommand('lsm.openFolder', vscode.Uri.file(join(scratch, 'gone')));
  });
  assert.deepEqual(offers, [['Try Again'], ['Try Again', 'Trace Recovery']]);
  const panel = traces.last!;
  assert.deepEqual(panel.trace.request, { kind: 'recover' });
  assert.match(panel.state.failure!.message, /No such file or directory/);
  assert.equal(panel.state.phase, 'failed');
  assert.deepEqual(readdirSync(folder), []);
});

test('in Restricted Mode a trace is recorded, but not applied, saved or exported', async () => {
  const database = await open('restricted');
  const folder = database.uri.fsPath;
  const untouched = hashFolder(folder);
  const path = join(scratch, 'restricted.lsmtrace');
  await untrusted(async () => {
    await run('lsm.traceCompaction', database, { what: 'next' });
    const { panel } = await recorded();
    assert.equal(((await panel.answers.open()) as TraceView).mayApply, false);
    const told: unknown[] = [];
    const tell = (message: unknown) => void told.push(message);
    await answering('showErrorMessage', tell, () =>
      saving(path, async () => {
        assert.equal(await panel.answers.save(), false);
        assert.equal(await panel.answers.exportText(), false);
      }),
    );
    assert.equal(told.filter((message) => /Restricted Mode/.test(`${message}`)).length, 2);
    assert.equal(await panel.apply(), undefined);
    assert.match(panel.state.failure!.message, /Restricted Mode/);
  });
  assert.equal(existsSync(path), false);
  assert.equal(hashFolder(folder), untouched);
});

test('closing a panel drops its trace, and leaves nothing behind', async () => {
  const database = await open('dropped');
  const untouched = hashFolder(join(scratch, 'dropped'));
  await run('lsm.traceCompaction', database, { what: 'everything' });
  const { panel } = await recorded();
  await vscode.commands.executeCommand('workbench.action.closeActiveEditor');
  await until(() => panel.isDisposed);
  await until(() => spillFolders().length === 0 && !panel.trace.client.isRunning);
  assert.equal(hashFolder(join(scratch, 'dropped')), untouched);
});

test('a get is explained as the command line does; damage is the end of it', async () => {
  const database = await open('explained');
  const folder = database.uri.fsPath;
  const explained = async (key: string): Promise<string[]> => {
    await run('lsm.explainGet', database, { key });
    const { document } = vscode.window.activeTextEditor!;
    assert.equal(document.uri.scheme, 'lsm-explain');
    return document.getText().split('\n');
  };
  const contents = await readBy(folder);
  const { length } = contents.get('user0000000042')!;
  for (const [key, answer] of [
    ['user0000000042', `It has a value of ${length} bytes, at sequence 58885 (000311.ldb).`],
    ['user00000002x', 'The key is not there.'],
  ]) {
    const cli = spawnSync(process.execPath, [join(root, 'dist', 'cli.js'), 'get', folder, key, '--explain'], {
      encoding: 'utf8',
      env: { ...process.env, ELECTRON_RUN_AS_NODE: '1' },
    });
    const steps = cli.stdout.trimEnd().split('\n');
    // The last line is the value.
    if (cli.status === 0) steps.pop();
    const lines = await explained(key);
    assert.ok(steps.length > 10);
    assert.deepEqual(lines.slice(4, 4 + steps.length), steps);
    assert.deepEqual(lines.slice(4 + steps.length), ['', answer, '']);
  }
  const table = join(folder, '000328.ldb');
  const bytes = readFileSync(table);
  // In the index block, right before the footer.
  bytes[bytes.length - 60] ^= 0xff;
  writeFileSync(table, bytes);
  // The same key as before, asked again.
  const lines = await explained('user00000002x');
  assert.match(lines.at(-2)!, /^It ends at damage: 000328\.ldb.*checksum/);
});

test('nothing is left of the traces', () => {
  rmSync(scratch, { recursive: true });
});
