import { html, LitElement, nothing } from 'lit';
import type {
  LessonId,
  PlaygroundPageCalls,
  PlaygroundPageEvents,
  PlaygroundState,
  PlaygroundView,
} from '../protocol/playground';
import type { TraceFrame } from '../protocol/trace-frame';
import type { TraceContext } from '../trace/context';
import { pictureOf, type TracePicture } from '../trace/picture';
import { pictureView } from '../trace/picture-view';
import { Player } from '../trace/player';
import { readingOf } from '../trace/reading';
import { frameSections } from '../trace/sections/sections';
import { sectionStyles } from '../trace/sections/styles';
import { traceStyles } from '../trace/styles';
import { TRANSPORT_KEYS, takesKey } from '../trace/transport';
import { appStyles, fileAppStyles } from '../ui/app-styles';
import { formStyles } from '../ui/form-styles';
import { iconStyles } from '../ui/icon';
import { errorText, RpcClient } from '../ui/rpc';
import { SavedState } from '../ui/state';
import { setTexts, t } from '../ui/text';
import { vscodeApi } from '../ui/vscode-api';
import { ConfigForms } from './config-forms';
import { type ControlActions, controlsView, headView } from './controls';
import { PlaygroundHistory } from './history';
import { LessonSteps } from './lesson-steps';
import { lessonView } from './lesson-view';
import { memtablesView } from './memtables';
import { News } from './news';
import { numbersView } from './numbers';
import { recoveryView } from './recovery-view';
import { INITIAL, type PlaygroundTab, type SavedPlayground } from './saved';
import { playgroundStyles } from './styles';
import { headlineOf } from './words';
import { workView } from './work-view';

/** Narrower than this, the tabs lie below the picture. */
const NARROW = 900;
/** Between two looks at what runs. */
const POLL_MS = 100;
/** Of events, so that a list knows each length of each history for another. */
const RUN = 1e9;
const MAX_SEED = 2147483647;

/** The playground: a database in memory under a workload, live; and its history, while it is paused. */
export class LsmPlayground extends LitElement {
  static override styles = [
    appStyles,
    fileAppStyles,
    iconStyles,
    formStyles,
    traceStyles,
    sectionStyles,
    playgroundStyles,
  ];
  static override properties = {
    view: { state: true },
    state: { state: true },
    saved: { state: true },
    message: { state: true },
    spoken: { state: true },
    narrow: { state: true },
  };
  declare view: PlaygroundView | undefined;
  declare state: PlaygroundState | undefined;
  declare saved: SavedPlayground;
  /** What the last call failed with. */
  declare message: string;
  /** For those who listen. */
  declare spoken: string;
  declare narrow: boolean;
  readonly player: Player;
  /** Whether the end of the history is shown, and goes on to be. */
  isFollowing = true;
  readonly #rpc = new RpcClient<PlaygroundPageCalls, PlaygroundPageEvents>(vscodeApi());
  readonly #reading = readingOf(this.#rpc.calls);
  readonly #store = new SavedState<SavedPlayground>(vscodeApi());
  readonly #news = new News((text) => {
    this.spoken = text;
  });
  readonly #forms = new ConfigForms({
    commit: (changes) => this.#commit(changes),
    openAnew: async (start) => this.#take(await this.#rpc.calls.open(start), true),
    requestUpdate: () => this.requestUpdate(),
  });
  readonly #steps: LessonSteps;
  readonly #history: PlaygroundHistory;
  #picture: { frame: TraceFrame; picture: TracePicture } | undefined;
  /** Counts the histories. */
  #run = 0;
  /** The worker's count of them, since it was opened. */
  #historyRun = 0;
  /** Whether the next state is of another playground. */
  #isNew = true;
  #lesson: LessonId | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor() {
    super();
    this.view = undefined;
    this.state = undefined;
    this.saved = { ...INITIAL, ...this.#store.load() };
    this.message = '';
    this.spoken = '';
    this.narrow = false;
    const clock = {
      now: () => performance.now(),
      later: (run: () => void, delay: number) => {
        const timer = setTimeout(run, delay);
        return () => clearTimeout(timer);
      },
    };
    this.player = new Player(this.#reading, clock, () => this.#moved());
    this.player.speed = this.saved.speed;
    this.player.kinds = this.saved.kinds;
    const { calls } = this.#rpc;
    const page = this;
    this.#steps = new LessonSteps(
      {
        get state() {
          return page.state;
        },
        toggle: () => this.#toggle(),
        perform: (call) => this.#do(call),
        requestUpdate: () => this.requestUpdate(),
      },
      calls,
    );
    this.#history = new PlaygroundHistory(
      {
        player: this.player,
        get saved() {
          return page.saved;
        },
        get run() {
          return page.#run;
        },
        keep: (part) => this.#keep(part),
        tried: (call) => this.#tried(call),
        requestUpdate: () => this.requestUpdate(),
      },
      calls,
    );
    this.#rpc.on('changed', () => {
      this.#isNew = true;
      void this.#load();
    });
  }

  override render() {
    const { view, state } = this;
    if (view?.failure) return this.#gone(view.failure);
    if (!view || !state) {
      return html`<h1>${t('Playground')}</h1><div class="placeholder">${this.message || t('Loading…')}</div>`;
    }
    const { saved, player } = this;
    const failure = this.message || (player.failure ? errorText(player.failure) : '');
    return html`
      ${headView(state, view.lessons, this.#actions)}
      ${controlsView(state, saved, this.#actions)}
      ${failure ? html`<div class="note failed" id="failure" role="alert"><p>${failure}</p></div>` : nothing}
      ${
        state.stopped === 'space'
          ? html`<div class="note failed" id="stopped" role="alert"><p>${t('It stopped: the files take all the space that they may. Compact, or open anew.')}</p></div>`
          : nothing
      }
      ${workView(state, player.frame, this.isFollowing, this.#news)}
      ${recoveryView(state)}
      <div class="spoken" id="spoken" role="status">${this.spoken}</div>
      ${this.#panes(view, state)}
    `;
  }

  #gone(failure: string) {
    return html`<h1>${t('Playground')}</h1><div class="note failed" id="gone" role="alert">
      <p>${t('The playground is gone: {0}', failure)}</p>
      <button type="button" class="small main" id="restart" @click=${() => void this.#new(() => this.#rpc.calls.restart())}
      >${t('Begin Anew')}</button></div>`;
  }

  #panes(view: PlaygroundView, state: PlaygroundState) {
    const { player, narrow, saved } = this;
    const { frame, tables } = player;
    return html`<div class="panes ${narrow ? 'stacked' : ''}">
      <div class="list">${
        frame && tables
          ? pictureView(
              frame,
              this.#pictureOf(frame),
              [],
              saved.table,
              (table) => this.#keep({ table }),
              this.isFollowing ? memtablesView(state, frame.phase === 'flush') : undefined,
            )
          : html`<div class="placeholder">${t('Loading…')}</div>`
      }
        ${this.#history.view(state)}
      </div>
      <lsm-splitter .share=${saved.share} @lsm-split=${(event: CustomEvent<number>) =>
        this.#keep({ share: event.detail })}></lsm-splitter>
      <div class="side">
        <lsm-tabs .tabs=${this.#tabsOf(state)} .selected=${this.#tabOf(state)} .label=${t('About the playground')}
          @lsm-tab=${(event: CustomEvent<PlaygroundTab>) => this.#keep({ tab: event.detail })}></lsm-tabs>
        ${this.#panel(view, state, frame)}
      </div>
    </div>`;
  }

  #tabsOf({ lesson }: PlaygroundState): { id: PlaygroundTab; title: string }[] {
    const tabs: { id: PlaygroundTab; title: string }[] = [
      { id: 'numbers', title: t('Numbers') },
      { id: 'details', title: t('Details') },
      { id: 'events', title: t('Events') },
      { id: 'workload', title: t('Workload') },
      { id: 'options', title: t('Options') },
    ];
    return lesson ? [{ id: 'lesson', title: t('Lesson') }, ...tabs] : tabs;
  }

  #tabOf(state: PlaygroundState): PlaygroundTab {
    return this.#tabsOf(state).some(({ id }) => id === this.saved.tab) ? this.saved.tab : 'numbers';
  }

  #panel(view: PlaygroundView, state: PlaygroundState, frame: TraceFrame | undefined) {
    const tab = this.#tabOf(state);
    const title = this.#tabsOf(state).find(({ id }) => id === tab)!.title;
    const scroll = (content: unknown) =>
      html`<div class="panel scroll" role="tabpanel" tabindex="0" aria-label=${title}>${content}</div>`;
    switch (tab) {
      case 'lesson':
        return scroll(
          lessonView(state, view.lessons, {
            isPerforming: this.#steps.isPerforming,
            perform: (action) => void this.#steps.take(action),
            open: (lesson) => void this.#new(() => this.#rpc.calls.openLesson(lesson)),
          }),
        );
      case 'numbers':
        return scroll(numbersView(state));
      case 'details':
        return scroll(frame ? frameSections(frame, this.#context) : nothing);
      case 'events':
        return this.#events(state, frame, title);
      case 'workload':
        return scroll(this.#forms.workload(state));
      case 'options':
        return scroll(this.#forms.options(state));
    }
  }

  #events({ isRunning, history }: PlaygroundState, frame: TraceFrame | undefined, title: string) {
    if (isRunning || !frame) {
      return html`<div class="panel" role="tabpanel" aria-label=${title}><div class="placeholder">${t('Pause to list the events.')}</div></div>`;
    }
    return html`<div class="panel" role="tabpanel" aria-label=${title}><lsm-event-list .calls=${this.#reading}
      .run=${this.#run * RUN + history.events} .at=${frame.at} .playing=${this.player.isPlaying} .table=${-1}
      @lsm-event=${(event: CustomEvent<number>) => this.#context.goTo(event.detail)}></lsm-event-list></div>`;
  }

  get #context(): TraceContext {
    return {
      goTo: (event) => {
        if (this.state?.isRunning) return;
        this.player.pause();
        this.player.goTo(event + 1);
      },
      showTable: (table) => this.#keep({ table: Number(table) }),
      openFile: (name) => {
        this.message = t('{0} is in memory alone: “Save Files” writes it into a folder.', name);
      },
    };
  }

  get #actions(): ControlActions {
    const { calls } = this.#rpc;
    return {
      run: () => void this.#toggle(),
      step: () => void this.#do(() => calls.step(this.saved.operations)),
      stepBackground: () => void this.#do(() => calls.stepBackground()),
      flush: () => void this.#do(() => calls.flush()),
      compact: () => void this.#do(() => calls.compact()),
      pullPlug: () => {
        const { keep } = this.saved;
        const seed = Math.floor(Math.random() * MAX_SEED);
        void this.#do(() => calls.pullPlug(keep === 'synced' ? { keep } : { keep, seed }));
      },
      recover: () => {
        const { stepped, paranoid } = this.saved;
        void this.#do(() => calls.recover({ stepped, paranoid }));
      },
      save: () => void this.#tried(calls.saveFiles()),
      open: (lesson) => void this.#new(() => (lesson ? calls.openLesson(lesson) : calls.open({}))),
      keep: (part) => this.#keep(part),
      changeRate: (operationsPerSecond) => this.#commit({ workload: { operationsPerSecond } }),
      changeBackground: (perSecond) => this.#commit({ background: { perSecond } }),
    };
  }

  async #commit(changes: Parameters<PlaygroundPageCalls['change']>[0]): Promise<string | undefined> {
    try {
      this.#take(await this.#rpc.calls.change(changes));
      return undefined;
    } catch (error) {
      return errorText(error);
    }
  }

  async #toggle(): Promise<void> {
    const isRunning = !this.state?.isRunning;
    if (isRunning) this.#follow();
    await this.#do(() => this.#rpc.calls.setRunning(isRunning));
  }

  /** To the end of the history, and on with it. */
  #follow(): void {
    this.player.pause();
    this.isFollowing = true;
    this.player.extend(this.player.events, true);
  }

  /** Does something that changes the playground: what it does is shown. */
  async #do(call: () => Promise<PlaygroundState>): Promise<void> {
    this.#follow();
    const state = await this.#tried(call());
    if (state) this.#take(state);
  }

  /** Opens another one. */
  async #new(call: () => Promise<PlaygroundState>): Promise<void> {
    const state = await this.#tried(call());
    if (!state) return;
    this.#forms.forget();
    if (this.view?.failure) this.view = { ...this.view, failure: undefined };
    this.#take(state, true);
  }

  #take(state: PlaygroundState, isNew = false): void {
    this.#isNew ||= isNew;
    const before = this.#isNew ? undefined : this.state;
    const { history, isRunning } = state;
    const { player } = this;
    this.state = state;
    if (this.#isNew || history.run !== this.#historyRun || history.events < player.events) {
      this.#isNew = false;
      this.#historyRun = history.run;
      this.#run++;
      this.isFollowing = true;
      player.load(this.#run, history.events, history.events);
    } else player.extend(history.events, this.isFollowing);
    const lesson = state.lesson?.id;
    if (lesson && lesson !== this.#lesson) this.#keep({ tab: 'lesson' });
    this.#lesson = lesson;
    if (before) this.#news.tell(state, before, this.view?.lessons ?? []);
    if (isRunning) this.#schedule();
    else void this.#history.askLandmarks();
  }

  /** One look at a time, and none while nobody looks. */
  #schedule(): void {
    if (this.#timer !== undefined || document.visibilityState !== 'visible') return;
    this.#timer = setTimeout(() => void this.#poll(), POLL_MS);
  }

  async #poll(): Promise<void> {
    try {
      const state = await this.#rpc.calls.state();
      this.#timer = undefined;
      this.#take(state);
    } catch {
      // Its worker is gone: the panel tells.
      this.#timer = undefined;
    }
  }

  /** Of the present frame; made once for it. */
  #pictureOf(frame: TraceFrame): TracePicture {
    if (this.#picture?.frame !== frame) {
      const { tables, tablesBefore } = this.player;
      this.#picture = { frame, picture: pictureOf(frame, tables!, tablesBefore) };
    }
    return this.#picture.picture;
  }

  protected override firstUpdated(): void {
    this.setAttribute('role', 'main');
    window.addEventListener('keydown', (event) => this.#key(event));
    document.addEventListener('visibilitychange', () => {
      if (this.state?.isRunning) this.#schedule();
    });
    new ResizeObserver(() => {
      this.narrow = this.clientWidth < NARROW;
    }).observe(this);
    void this.#start();
  }

  protected override updated(): void {
    const { share } = this.saved;
    this.renderRoot.querySelector<HTMLElement>('.list')?.style.setProperty('flex-basis', `${share * 100}%`);
    for (const swatch of this.renderRoot.querySelectorAll<HTMLElement>('i[data-color]')) {
      swatch.style.setProperty('--swatch', `var(${swatch.dataset.color})`);
    }
  }

  async #start(): Promise<void> {
    try {
      setTexts(await this.#rpc.calls.texts());
    } catch {
      // English it is.
    }
    await this.#load();
  }

  async #load(): Promise<void> {
    const view = await this.#tried(this.#rpc.calls.view());
    if (!view) return;
    this.view = view;
    if (view.failure) return;
    const state = await this.#tried(this.#rpc.calls.state());
    if (state) this.#take(state);
  }

  /** The player has another frame, or is elsewhere. */
  #moved(): void {
    const { player, state } = this;
    if (state && !state.isRunning) this.isFollowing = player.at === player.events;
    const { frame } = player;
    if (frame && this.isFollowing && state) {
      const { kind, key, title } = headlineOf(frame, state);
      // What comes next is not said each time: it will be said when it comes.
      if (kind !== 'idle') this.#news.pass(key, title);
    }
    this.requestUpdate();
  }

  /** The space bar runs and pauses; the other keys go through the history, where they mean nothing to what has the focus. */
  #key(event: KeyboardEvent): void {
    const { state } = this;
    const { key, altKey, ctrlKey, metaKey, shiftKey } = event;
    const action = TRANSPORT_KEYS[key];
    if (!action || !state || event.defaultPrevented || altKey || ctrlKey || metaKey || shiftKey) return;
    if (takesKey(event)) return;
    event.preventDefault();
    if (key === ' ') void this.#toggle();
    else if (!state.isRunning) this.#history.act(action);
  }

  #keep(part: Partial<SavedPlayground>): void {
    this.saved = { ...this.saved, ...part };
    this.#store.save(this.saved);
  }

  /** Runs a call and tells of its failure; undefined then. */
  async #tried<T>(call: Promise<T>): Promise<T | undefined> {
    try {
      const result = await call;
      this.message = '';
      return result;
    } catch (error) {
      this.message = errorText(error);
      return undefined;
    }
  }
}
