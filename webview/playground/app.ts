import { html, LitElement, nothing } from 'lit';
import type {
  LessonAction,
  LessonId,
  PlaygroundPageCalls,
  PlaygroundPageEvents,
  PlaygroundState,
  PlaygroundView,
  WorkRule,
} from '../protocol/playground';
import type { Landmark, LandmarkKind } from '../protocol/trace-event';
import type { TraceFrame } from '../protocol/trace-frame';
import type { TraceContext } from '../trace/context';
import { pictureOf, type TracePicture } from '../trace/picture';
import { pictureView } from '../trace/picture-view';
import { Player } from '../trace/player';
import { readingOf } from '../trace/reading';
import { LANDMARK_KINDS } from '../trace/saved';
import { frameSections } from '../trace/sections/sections';
import { sectionStyles } from '../trace/sections/styles';
import { traceStyles } from '../trace/styles';
import { TRANSPORT_KEYS, type TransportAction, takesKey, transportView } from '../trace/transport';
import { sentenceOf } from '../trace/words';
import { appStyles, fileAppStyles } from '../ui/app-styles';
import { formStyles } from '../ui/form-styles';
import { iconStyles } from '../ui/icon';
import { errorText, RpcClient } from '../ui/rpc';
import { SavedState } from '../ui/state';
import { count, setTexts, t } from '../ui/text';
import { vscodeApi } from '../ui/vscode-api';
import { Announcer } from './announcer';
import {
  type FieldValues,
  optionFields,
  optionsOf,
  optionValues,
  workloadFields,
  workloadOf,
  workloadValues,
} from './config-fields';
import { type ControlActions, controlsView, headView } from './controls';
import { isRun, lessonView } from './lesson-view';
import { memtablesView } from './memtables';
import { numbersView, RULES } from './numbers';
import { optionPresets, workloadPresets } from './presets';
import { recoveryView } from './recovery-view';
import { INITIAL, type PlaygroundTab, type SavedPlayground } from './saved';
import { playgroundStyles } from './styles';
import { afterwardsText, headlineOf, recoveryText, ruleTitle, waitingText } from './words';

/** Narrower than this, the tabs lie below the picture. */
const NARROW = 900;
/** Between two looks at what runs. */
const POLL_MS = 100;
/** Of events, so that a list knows each length of each history for another. */
const RUN = 1e9;
/** How long it is marked that a compaction is through. */
const FRESH_MS = 1000;
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
    landmarks: { state: true },
    present: { state: true },
    message: { state: true },
    refused: { state: true },
    spoken: { state: true },
    narrow: { state: true },
    isPerforming: { state: true },
  };
  declare view: PlaygroundView | undefined;
  declare state: PlaygroundState | undefined;
  declare saved: SavedPlayground;
  declare landmarks: Landmark[];
  /** Kinds of landmarks that the history has. */
  declare present: LandmarkKind[];
  /** What the last call failed with. */
  declare message: string;
  /** Why a form's values were not taken. */
  declare refused: { form: 'workload' | 'options'; message: string } | undefined;
  /** For those who listen. */
  declare spoken: string;
  declare narrow: boolean;
  /** Whether a lesson's step is being taken: a second click is not for the next one. */
  declare isPerforming: boolean;
  readonly player: Player;
  /** Whether the end of the history is shown, and goes on to be. */
  isFollowing = true;
  readonly #rpc = new RpcClient<PlaygroundPageCalls, PlaygroundPageEvents>(vscodeApi());
  readonly #reading = readingOf(this.#rpc.calls);
  readonly #store = new SavedState<SavedPlayground>(vscodeApi());
  readonly #announcer = new Announcer((text) => {
    this.spoken = text;
  });
  #picture: { frame: TraceFrame; picture: TracePicture } | undefined;
  /** Counts the histories. */
  #run = 0;
  /** The worker's count of them, since it was opened. */
  #historyRun = 0;
  /** Whether the next state is of another playground. */
  #isNew = true;
  #lesson: LessonId | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #landmarksOf = '';
  /** When a compaction by a rule was through last. */
  readonly #through = new Map<WorkRule, number>();

  constructor() {
    super();
    this.view = undefined;
    this.state = undefined;
    this.saved = { ...INITIAL, ...this.#store.load() };
    this.landmarks = [];
    this.present = [];
    this.message = '';
    this.refused = undefined;
    this.spoken = '';
    this.narrow = false;
    this.isPerforming = false;
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
      ${this.#work(state)}
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

  /** What is under way, in large words; what holds up writes. */
  #work(state: PlaygroundState) {
    const { frame } = this.player;
    const isLive = this.isFollowing;
    const headline = frame && headlineOf(frame, isLive ? state : undefined);
    const waiting = isLive ? waitingText(state) : undefined;
    const afterwards = frame && isLive ? afterwardsText(frame, state) : undefined;
    return html`<div class="work" data-kind=${headline?.kind ?? nothing}>
      <div class="title ${headline?.kind ?? ''}" id="headline">${headline?.title ?? ''}</div>
      <div class="detail" id="detail">${headline?.detail ?? ''}</div>
      ${afterwards ? html`<div class="detail" id="next">${afterwards}</div>` : nothing}
      ${waiting ? html`<div class="stall" id="stall">${waiting}</div>` : nothing}
      <ul class="rules" aria-label=${t('Compactions')}>${RULES.map(
        (rule) =>
          html`<li data-rule=${rule} class=${this.#isFresh(rule) ? 'fresh' : ''}>${ruleTitle(rule)}: ${count(state.work[rule])}</li>`,
      )}</ul>
    </div>`;
  }

  /** Whether one is through that went by this rule, a moment ago: a small one is over before it is seen. */
  #isFresh(rule: WorkRule): boolean {
    return performance.now() - (this.#through.get(rule) ?? Number.NEGATIVE_INFINITY) < FRESH_MS;
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
        ${this.#history(state, frame)}
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

  /** While it is paused one can go back. */
  #history({ isRunning, history }: PlaygroundState, frame: TraceFrame | undefined) {
    const { player, saved } = this;
    return html`<div class="history" ?inert=${isRunning}>
      ${transportView({
        player,
        landmarks: this.landmarks,
        present: this.present,
        chosen: saved.kinds,
        isSpaceTaken: true,
        run: (action) => this.#act(action),
        choose: (kinds) => void this.#choose(kinds),
        changeSpeed: (speed) => {
          player.speed = speed;
          this.#keep({ speed });
        },
      })}
      <div class="sentence" data-at=${frame?.at ?? nothing}>${
        isRunning
          ? t('Paused, it can be stepped back.')
          : frame
            ? frame.at === 0
              ? t('Before the first event of the history.')
              : sentenceOf(frame)
            : ''
      }</div>
      ${history.forgotten > 0 ? html`<p class="quiet">${t('Earlier events were let go: the history had grown too long.')}</p>` : nothing}
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
            isPerforming: this.isPerforming,
            perform: (action) => void this.#takeStep(action),
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
        return scroll(this.#workloadForm(state));
      case 'options':
        return scroll(this.#optionsForm(state));
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

  #workloadForm({ config }: PlaygroundState) {
    return html`<lsm-config-form id="workload" .fields=${workloadFields()} .values=${workloadValues(config)}
      .presets=${workloadPresets()} .note=${t('It goes on with another workload from now on.')} .apply=${t('Apply')}
      .message=${this.refused?.form === 'workload' ? this.refused.message : ''}
      @lsm-config=${(event: CustomEvent<FieldValues>) => void this.#changeWorkload(event.detail)}></lsm-config-form>`;
  }

  #optionsForm({ config }: PlaygroundState) {
    return html`<lsm-config-form id="options" .fields=${optionFields()} .values=${optionValues(config)}
      .presets=${optionPresets()} .note=${t('A database has its options from the beginning: with others a new one is opened, under the same workload.')}
      .apply=${t('Open Anew')} .message=${this.refused?.form === 'options' ? this.refused.message : ''}
      @lsm-config=${(event: CustomEvent<FieldValues>) =>
        void this.#openAnew('options', {
          ...optionsOf(event.detail),
          ...workloadOf(workloadValues(config)),
        })}></lsm-config-form>`;
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

  async #changeWorkload(values: FieldValues): Promise<void> {
    const { config } = this.state!;
    const given = workloadOf(values);
    if (given.workload.keys !== config.workload.keys) {
      await this.#openAnew('workload', { ...given, database: config.database, grain: config.grain });
      return;
    }
    const message = await this.#commit(given);
    this.refused = message === undefined ? undefined : { form: 'workload', message };
  }

  async #openAnew(
    form: 'workload' | 'options',
    start: Parameters<PlaygroundPageCalls['open']>[0],
  ): Promise<void> {
    try {
      const state = await this.#rpc.calls.open(start);
      this.#isNew = true;
      this.#take(state);
      this.refused = undefined;
    } catch (error) {
      this.refused = { form, message: errorText(error) };
    }
  }

  async #takeStep(action: LessonAction): Promise<void> {
    if (this.isPerforming) return;
    this.isPerforming = true;
    try {
      await this.#perform(action);
    } finally {
      this.isPerforming = false;
    }
  }

  /** What a step of a lesson offers. */
  async #perform(action: LessonAction): Promise<void> {
    const { calls } = this.#rpc;
    if (isRun(action) && this.state?.isRunning) return this.#toggle();
    switch (action.kind) {
      case 'run':
        return this.#toggle();
      case 'change-and-run':
        await this.#do(() => calls.change(action.changes));
        return this.#toggle();
      case 'change':
        return this.#do(() => calls.change(action.changes));
      case 'step':
        return this.#do(() => calls.step(action.operations));
      case 'step-background':
        return this.#do(() => calls.stepBackground());
      case 'compact':
        return this.#do(() => calls.compact());
      case 'flush':
        return this.#do(() => calls.flush());
      case 'pull-plug':
        return this.#do(() => calls.pullPlug(action.options));
      case 'recover':
        return this.#do(() => calls.recover(action.options));
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
    this.#isNew = true;
    this.refused = undefined;
    if (this.view?.failure) this.view = { ...this.view, failure: undefined };
    this.#take(state);
  }

  #take(state: PlaygroundState): void {
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
    this.#tell(state, before);
    if (isRunning) this.#schedule();
    else void this.#askLandmarks();
  }

  /** What happens at once, besides what is under way. */
  #tell(state: PlaygroundState, before: PlaygroundState | undefined): void {
    if (!before) return;
    for (const rule of RULES) {
      if (state.work[rule] > before.work[rule]) this.#through.set(rule, performance.now());
    }
    if (state.recovery && !before.recovery) this.#announcer.say(recoveryText(state));
    const done = state.lesson?.current ?? 0;
    if (state.lesson && done > (before.lesson?.current ?? done)) {
      const texts = this.view?.lessons.find(({ id }) => id === state.lesson?.id);
      const step = texts?.steps[done - 1];
      if (step) this.#announcer.say(t('Done: {0}. {1}', step.title, step.text));
    }
    const waiting = waitingText(state);
    if (waiting && !before.stalls.waiting) this.#announcer.pass(`stall ${state.clock}`, waiting);
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
      if (kind !== 'idle') this.#announcer.pass(key, title);
    }
    this.requestUpdate();
  }

  /** Which kinds the history has, and where those lie that are chosen. */
  async #askLandmarks(): Promise<void> {
    const { events } = this.player;
    const run = this.#run;
    const of = `${run} ${events} ${this.saved.kinds.join()}`;
    if (of === this.#landmarksOf) return;
    this.#landmarksOf = of;
    const { calls } = this.#rpc;
    const firsts = await this.#tried(
      Promise.all(LANDMARK_KINDS.map((kind) => calls.nextOf(kind, -1, 'forward'))),
    );
    const listed = await this.#tried(calls.landmarks(this.saved.kinds));
    if (run !== this.#run || of !== this.#landmarksOf || !firsts || !listed) return;
    this.present = LANDMARK_KINDS.filter((_, i) => firsts[i]);
    this.landmarks = listed.rows;
  }

  async #choose(kinds: LandmarkKind[]): Promise<void> {
    this.player.kinds = kinds;
    this.#keep({ kinds });
    await this.#askLandmarks();
  }

  #act(action: TransportAction): void {
    const { player } = this;
    const acts: Record<TransportAction, () => void> = {
      play: () => (player.isPlaying ? player.pause() : player.play()),
      step: () => player.step(1),
      back: () => player.step(-1),
      start: () => player.step(-player.at),
      end: () => player.step(player.events - player.at),
      next: () => void this.#tried(player.toLandmark('forward')),
      previous: () => void this.#tried(player.toLandmark('backward')),
    };
    acts[action]();
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
    else if (!state.isRunning) this.#act(action);
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
