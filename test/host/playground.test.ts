// The playground from the command to what its page is answered; what is saved is held against C++ LevelDB.

import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as vscode from 'vscode';
import type { PlaygroundAnswers, PlaygroundPanel } from '../../src/extension/playground/panel';
import type {
  LessonAction,
  LessonId,
  PlaygroundState,
  PlaygroundView,
} from '../../webview/protocol/playground';
import { answering, api, test, until } from './changing';
import { readBy } from './leveldb';

const LESSONS: LessonId[] = [
  'write-path',
  'read-path',
  'minor-compaction',
  'size-compaction',
  'seek-compaction',
  'manual-compaction',
  'recovery',
  'deletes-take-space',
  'promises',
];

/** What the command gives, which is there. */
async function open(lesson?: unknown): Promise<PlaygroundPanel> {
  await vscode.commands.executeCommand('lsm.playground', ...(lesson === undefined ? [] : [lesson]));
  return (await api()).playgrounds.last!;
}

async function stateOf({ answers }: PlaygroundPanel): Promise<PlaygroundState> {
  return answers.state();
}

/** As the page's buttons do. */
async function perform(answers: PlaygroundAnswers, action: LessonAction): Promise<PlaygroundState> {
  switch (action.kind) {
    case 'change-and-run':
      await answers.change(action.changes);
      return run(answers);
    case 'run':
      return run(answers);
    case 'change':
      return answers.change(action.changes);
    case 'step':
      return answers.step(action.operations);
    case 'step-background':
      return answers.stepBackground();
    case 'compact':
      return answers.compact();
    case 'flush':
      return answers.flush();
    case 'pull-plug':
      return answers.pullPlug(action.options);
    case 'recover':
      return answers.recover(action.options);
  }
}

/** Until it pauses by itself. */
async function run(answers: PlaygroundAnswers): Promise<PlaygroundState> {
  let state = await answers.setRunning(true);
  for (let i = 0; state.isRunning && i < 2000; i++) {
    await new Promise((done) => setTimeout(done, 30));
    state = await answers.state();
  }
  return state;
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

/** What the workbench is told at the end of a lesson. */
async function contexts(body: () => Promise<void>): Promise<string[]> {
  const set: string[] = [];
  const commands = vscode.commands as unknown as Record<string, unknown>;
  const original = commands.executeCommand as (...args: unknown[]) => unknown;
  commands.executeCommand = (...args: unknown[]) => {
    if (args[0] === 'setContext' && args[2] === true) set.push(String(args[1]));
    return original(...args);
  };
  try {
    await body();
  } finally {
    commands.executeCommand = original;
  }
  return set;
}

test('the command opens a playground that is paused, and another one each time', async () => {
  const first = await open();
  const state = await stateOf(first);
  assert.deepEqual([state.isRunning, state.phase, state.lesson], [false, 'open', undefined]);
  const { lessons, failure } = (await first.answers.view()) as PlaygroundView;
  assert.equal(failure, undefined);
  assert.deepEqual(
    lessons.map(({ id }) => id),
    LESSONS,
  );
  await first.answers.step(50);
  const second = await open();
  assert.notEqual(second, first);
  assert.equal((await stateOf(second)).counts.operations.put, 0);
  assert.ok((await stateOf(first)).counts.operations.put > 0);
  // What is no lesson opens a playground without one.
  const third = await open({ any: 'thing' });
  assert.equal((await stateOf(third)).lesson, undefined);
});

for (const id of LESSONS) {
  test(`a lesson is gone through from its start to its end: ${id}`, async () => {
    const panel = await open(id);
    const { answers } = panel;
    let state = await stateOf(panel);
    assert.equal(state.lesson?.id, id);
    const texts = ((await answers.view()) as PlaygroundView).lessons.find((lesson) => lesson.id === id)!;
    assert.deepEqual(
      texts.steps.map((step) => step.id),
      state.lesson!.steps.map((step) => step.id),
    );
    const { steps } = state.lesson!;
    const told = await contexts(async () => {
      for (const [i, { id: step, action }] of steps.entries()) {
        for (let attempt = 0; state.lesson!.current === i && attempt < 500; attempt++) {
          state = await perform(answers, action);
        }
        assert.equal(state.lesson!.current, i + 1, step);
        assert.equal(state.isRunning, false, step);
      }
    });
    assert.deepEqual(told, [`lsm.lessonDone.${id}`]);
    assert.equal(state.counts.wrong, 0);
    // The history is read as a trace is.
    const read = async () => {
      const frame = await answers.frame(state.history.events);
      assert.equal(frame.at, state.history.events);
      const { numbers } = await answers.tables(frame.versionId);
      return { told: numbers.length, files: state.levels.reduce((sum, { files }) => sum + files, 0) };
    };
    let { told: tables, files } = await read();
    // Paused between an edit and the event that tells of it, the history is a version behind.
    for (let step = 0; step < 2 && tables !== files; step++) {
      state = await answers.stepBackground();
      ({ told: tables, files } = await read());
    }
    assert.equal(tables, files);
    // The next lesson is in the same panel.
    assert.equal(await open('write-path'), panel);
    assert.equal((await stateOf(panel)).lesson?.id, 'write-path');
  });
}

test('the files are saved into an empty folder, and C++ LevelDB reads them', async () => {
  const scratch = mkdtempSync(join(tmpdir(), 'lsm-host-playground-'));
  try {
    const panel = await open();
    const { answers } = panel;
    await answers.step(4000);
    const { space } = await stateOf(panel);
    const folder = join(scratch, 'saved');
    const full = join(scratch, 'full');
    for (const path of [folder, full]) mkdirSync(path);
    writeFileSync(join(full, 'other'), '');
    const saveTo = async (path: string | undefined) => {
      let saved: boolean | undefined;
      const told: string[] = [];
      await answering(
        'showErrorMessage',
        (message) => void told.push(String(message)),
        () =>
          answering(
            'showOpenDialog',
            () => path && [vscode.Uri.file(path)],
            async () => {
              saved = await answers.saveFiles();
            },
          ),
      );
      return { saved, told };
    };
    assert.deepEqual(await saveTo(undefined), { saved: false, told: [] });
    const refused = await saveTo(full);
    assert.equal(refused.saved, false);
    assert.match(refused.told[0], /is not empty/);
    assert.deepEqual(readdirSync(full), ['other']);
    await untrusted(async () => {
      const restricted = await saveTo(folder);
      assert.equal(restricted.saved, false);
      assert.match(restricted.told[0], /Restricted Mode/);
    });
    assert.deepEqual(readdirSync(folder), []);
    assert.deepEqual(await saveTo(folder), { saved: true, told: [] });
    const entries = await readBy(folder);
    assert.equal(entries.size, space.liveKeys);
    assert.equal(
      [...entries].reduce((sum, [key, value]) => sum + key.length + value.length, 0),
      space.liveBytes,
    );
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
});

test('in Restricted Mode it runs like anywhere else', async () => {
  await untrusted(async () => {
    const panel = await open('promises');
    const state = await panel.answers.step(10);
    assert.equal(state.durability.acknowledged, 60);
  });
});

test('what is refused is told, and leaves the playground as it is', async () => {
  const panel = await open();
  const { answers } = panel;
  await answers.step(100);
  const before = await stateOf(panel);
  await assert.rejects(
    async () => answers.open({ database: { maxWriteBufferNumber: 1 } }),
    /database\.maxWriteBufferNumber/,
  );
  await assert.rejects(async () => answers.change({ workload: { keys: 7 } }), /workload\.keys/);
  assert.deepEqual(await stateOf(panel), before);
});

test('a hidden playground stands still and goes on when it is seen again', async () => {
  const panel = await open();
  await panel.answers.setRunning(true);
  const document = await vscode.workspace.openTextDocument({ content: 'in front' });
  await vscode.window.showTextDocument(document);
  let state = await stateOf(panel);
  for (let i = 0; state.isRunning && i < 200; i++) {
    await new Promise((done) => setTimeout(done, 50));
    state = await stateOf(panel);
  }
  assert.equal(state.isRunning, false);
  panel.reveal();
  for (let i = 0; !state.isRunning && i < 200; i++) {
    await new Promise((done) => setTimeout(done, 50));
    state = await stateOf(panel);
  }
  assert.equal(state.isRunning, true);
  await vscode.commands.executeCommand('workbench.action.revertAndCloseActiveEditor');
});

test('closing the panel ends its worker', async () => {
  const panel = await open('write-path');
  await panel.answers.setRunning(true);
  assert.equal(panel.isRunning, true);
  await vscode.commands.executeCommand('workbench.action.closeActiveEditor');
  await until(() => panel.isDisposed);
  await panel.gone;
  assert.equal(panel.isRunning, false);
  assert.equal((await api()).playgrounds.last, undefined);
});
