import * as vscode from 'vscode';
import type {
  LessonId,
  PlaygroundControl,
  PlaygroundPageCalls,
  PlaygroundPageEvents,
  PlaygroundStart,
  PlaygroundState,
  PlaygroundView,
} from '../../../webview/protocol/playground';
import { WorkerClient, WorkerError } from '../../worker/client';
import type { PlaygroundCalls, PlaygroundJobs } from '../../worker/playground-api';
import { HeldPanels } from '../changes/held-panel';
import { lessonDone, PLAYGROUND_VIEW_TYPE } from '../ids';
import { Owner } from '../lifecycle';
import { readingAnswers, type TraceClient } from '../traces/reading';
import { type Answers, WebviewHost, webviewOptions } from '../webviews/host';
import { viewIcon } from '../webviews/icon';
import { isLesson, lessonsForPage } from './lesson-texts';
import { saveFiles } from './save-files';

const { t } = vscode.l10n;

/** The answers to a playground's page, but for those that every page gets. */
export type PlaygroundAnswers = Answers<Omit<PlaygroundPageCalls, 'texts' | 'copy'>>;

/** What a playground was opened as. */
type Opened = { lesson: LessonId } | { start: PlaygroundStart };

/** One playground, in a worker of its own: closing the panel ends it. It writes nothing but what is asked for. */
export class PlaygroundPanel extends Owner {
  /** What the page gets for its calls. */
  readonly answers: PlaygroundAnswers;
  private readonly client: WorkerClient<PlaygroundCalls, PlaygroundJobs>;
  private readonly panel: vscode.WebviewPanel;
  private readonly host: WebviewHost<PlaygroundPageCalls, PlaygroundPageEvents>;
  private opened: Opened = { start: {} };
  /** Why the worker is gone. */
  private failure: string | undefined;
  /** Whether time goes on when the panel is seen again. */
  private goesOn = false;
  private lessonsDone: LessonId[] = [];
  /** When nothing of it is left. */
  gone: Promise<void> | undefined;

  constructor(extensionUri: vscode.Uri, workers: string) {
    super();
    this.client = new WorkerClient(workers, 'playground', (error) => this.crashed(error));
    const title = t('LSM Playground');
    this.panel = vscode.window.createWebviewPanel(
      PLAYGROUND_VIEW_TYPE,
      title,
      vscode.ViewColumn.Active,
      webviewOptions(extensionUri),
    );
    this.panel.iconPath = viewIcon(extensionUri);
    this.answers = this.answersOf();
    this.host = this.own(
      new WebviewHost<PlaygroundPageCalls, PlaygroundPageEvents>(
        this.panel.webview,
        extensionUri,
        { app: 'playground', title, resource: vscode.Uri.from({ scheme: 'lsm-playground', path: '/' }) },
        this.answers,
      ),
    );
    this.own(this.panel.onDidDispose(() => this.dispose()));
    this.own(this.panel.onDidChangeViewState(() => void this.seenOrNot()));
  }

  /** The lesson that it is in. */
  get lesson(): LessonId | undefined {
    return 'lesson' in this.opened ? this.opened.lesson : undefined;
  }

  /** Whether there is a worker behind it. */
  get isRunning(): boolean {
    return this.client.isRunning;
  }

  reveal(): void {
    this.panel.reveal();
  }

  /** A new database; the one before is gone. The page is told. */
  async open(opened: Opened): Promise<PlaygroundState> {
    const state = await this.openAs(opened);
    if (!this.isDisposed) this.host.send('changed', {});
    return state;
  }

  override dispose(): void {
    if (this.isDisposed) return;
    super.dispose();
    this.panel.dispose();
    this.gone = this.client.dispose();
  }

  private async openAs(opened: Opened): Promise<PlaygroundState> {
    const { client } = this;
    const asked =
      'lesson' in opened ? client.call('openLesson', opened.lesson) : client.call('open', opened.start);
    const state = await asked;
    // What is refused leaves the one before as it is.
    this.opened = opened;
    this.failure = undefined;
    return this.look(state);
  }

  private answersOf(): PlaygroundAnswers {
    const { client } = this;
    /** Of a worker that died nothing is asked: a new one would know nothing. */
    const ask = async <Name extends keyof PlaygroundControl>(
      name: Name,
      ...params: Parameters<PlaygroundControl[Name]>
    ): Promise<ReturnType<PlaygroundControl[Name]>> => {
      this.requirePresent();
      return (await client.call(name, ...(params as Parameters<PlaygroundCalls[Name]>))) as ReturnType<
        PlaygroundControl[Name]
      >;
    };
    const change = async (asked: Promise<PlaygroundState>) => this.look(await asked);
    return {
      // A playground has a trace's calls among its own.
      ...readingAnswers(client as unknown as TraceClient),
      view: () => this.view(),
      restart: () => this.openAs(this.opened),
      saveFiles: async () => saveFiles(() => ask('files')),
      open: (start) => this.openAs({ start }),
      openLesson: (id) => this.openAs({ lesson: id }),
      change: (changes) => change(ask('change', changes)),
      state: () => change(ask('state')),
      setRunning: (isRunning) => change(ask('setRunning', isRunning)),
      step: (operations) => change(ask('step', operations)),
      stepBackground: () => change(ask('stepBackground')),
      // What is left out comes as null.
      compact: (from, to) => change(ask('compact', from ?? undefined, to ?? undefined)),
      flush: () => change(ask('flush')),
      pullPlug: (options) => change(ask('pullPlug', options)),
      recover: (options) => change(ask('recover', options)),
      files: () => ask('files'),
    };
  }

  private view(): PlaygroundView {
    return { failure: this.failure, lessons: lessonsForPage() };
  }

  private requirePresent(): void {
    if (this.failure !== undefined) throw new WorkerError({ code: 'crashed', message: this.failure });
  }

  /** Tells the walkthrough of a lesson that is through. */
  private look(state: PlaygroundState): PlaygroundState {
    const { lesson } = state;
    if (lesson && lesson.current === lesson.steps.length && !this.lessonsDone.includes(lesson.id)) {
      this.lessonsDone.push(lesson.id);
      void vscode.commands.executeCommand('setContext', lessonDone(lesson.id), true);
    }
    return state;
  }

  /** A playground that nobody sees stands still: it would only warm the machine. */
  private async seenOrNot(): Promise<void> {
    if (this.failure !== undefined) return;
    try {
      if (!this.panel.visible) {
        const { isRunning } = await this.client.call('state');
        if (this.panel.visible || !isRunning) return;
        this.goesOn = true;
        await this.client.call('setRunning', false);
      } else if (this.goesOn) {
        this.goesOn = false;
        await this.client.call('setRunning', true);
        if (!this.isDisposed) this.host.send('changed', {});
      }
    } catch {
      // It is gone, or not there yet; the page says so.
    }
  }

  private crashed(error: WorkerError): void {
    if (this.isDisposed) return;
    this.failure = error.message;
    this.goesOn = false;
    this.host.send('changed', {});
  }
}

/** The playgrounds that are open. */
export class PlaygroundPanels extends HeldPanels<PlaygroundPanel> {
  private readonly extensionUri: vscode.Uri;
  private readonly workers: string;

  constructor(extensionUri: vscode.Uri, workers: string) {
    super();
    this.extensionUri = extensionUri;
    this.workers = workers;
  }

  /**
   * Opens a playground, in a lesson if one is named. One lesson after the other is gone through in the same panel; a
   * playground without one is somebody's experiment and stays.
   */
  async show(lesson?: unknown): Promise<PlaygroundPanel> {
    const { last } = this;
    const isLessons = isLesson(lesson) && last?.lesson !== undefined;
    const panel = isLessons ? last : this.add(new PlaygroundPanel(this.extensionUri, this.workers));
    if (isLessons) panel.reveal();
    await panel.open(isLesson(lesson) ? { lesson } : { start: {} });
    return panel;
  }
}
