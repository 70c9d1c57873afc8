import { html, LitElement, nothing } from 'lit';
import type { TracePageCalls, TracePageEvents, TraceView, WhatIf } from '../protocol/trace';
import type { Landmark, LandmarkKind } from '../protocol/trace-event';
import type { TraceFrame } from '../protocol/trace-frame';
import type { RecoveryComparison } from '../protocol/trace-recovery';
import { appStyles, fileAppStyles } from '../ui/app-styles';
import { escapeBytes } from '../ui/bytes';
import { formStyles } from '../ui/form-styles';
import { iconStyles } from '../ui/icon';
import type { LevelMapTick } from '../ui/level-map';
import { errorText, RpcClient } from '../ui/rpc';
import { SavedState } from '../ui/state';
import { setTexts, t } from '../ui/text';
import { vscodeApi } from '../ui/vscode-api';
import { comparisonView } from './compare-view';
import type { TraceContext } from './context';
import { type HeadActions, headView, notesView } from './head';
import { pictureOf, type TracePicture } from './picture';
import { pictureView } from './picture-view';
import { Player } from './player';
import { readingOf } from './reading';
import { INITIAL, LANDMARK_KINDS, type SavedTrace, type TraceTab } from './saved';
import { frameSections } from './sections/sections';
import { sectionStyles } from './sections/styles';
import { traceStyles } from './styles';
import { TRANSPORT_KEYS, type TransportAction, takesKey, transportView } from './transport';
import { sentenceOf } from './words';

/** Narrower than this, the tabs lie below the picture. */
const NARROW = 900;
const TICK_LENGTH = 24;

/** A trace, event by event: played, stepped, searched; and what it would do, applied or dropped. */
export class LsmTrace extends LitElement {
  static override styles = [appStyles, fileAppStyles, iconStyles, formStyles, traceStyles, sectionStyles];
  static override properties = {
    view: { state: true },
    saved: { state: true },
    landmarks: { state: true },
    present: { state: true },
    comparison: { state: true },
    isComparing: { state: true },
    message: { state: true },
    narrow: { state: true },
  };
  declare view: TraceView | undefined;
  declare saved: SavedTrace;
  declare landmarks: Landmark[];
  /** Kinds of landmarks that the trace has. */
  declare present: LandmarkKind[];
  declare comparison: RecoveryComparison | undefined;
  declare isComparing: boolean;
  /** What the last call failed with. */
  declare message: string;
  declare narrow: boolean;
  readonly player: Player;
  readonly #rpc = new RpcClient<TracePageCalls, TracePageEvents>(vscodeApi());
  /** A plain object: lit takes one that has every property for a directive. */
  readonly #reading = readingOf(this.#rpc.calls);
  readonly #store = new SavedState<SavedTrace>(vscodeApi());
  #picture: { frame: TraceFrame; picture: TracePicture } | undefined;
  #ticks: LevelMapTick[] = [];
  /** Which recording is shown. */
  #run = 0;
  #loads = 0;
  /** After a recording that a table asked for: its blocks are all there at the end. */
  #atEnd = false;

  constructor() {
    super();
    this.view = undefined;
    this.saved = { ...INITIAL, ...this.#store.load() };
    this.landmarks = [];
    this.present = [];
    this.comparison = undefined;
    this.isComparing = false;
    this.message = '';
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
    this.#rpc.on('changed', () => void this.#load());
    this.#rpc.on('progress', (progress) => {
      if (this.view) this.view = { ...this.view, progress };
    });
  }

  override render() {
    const { view } = this;
    if (!view) return html`<h1>${t('Trace')}</h1><div class="placeholder">${t('Loading…')}</div>`;
    const failure = this.message || (this.player.failure ? errorText(this.player.failure) : '');
    return html`
      ${headView(view, this.#actions)}
      ${notesView(view, this.#actions)}
      ${failure ? html`<div class="note failed" id="failure" role="alert"><p>${failure}</p></div>` : nothing}
      ${view.summary ? this.#trace(view) : nothing}
    `;
  }

  #trace(view: TraceView) {
    const { player, narrow, saved } = this;
    const { frame } = player;
    const context = this.#context();
    return html`
      ${transportView({
        player,
        landmarks: this.landmarks,
        present: this.present,
        chosen: saved.kinds,
        run: (action) => this.#act(action),
        choose: (kinds) => void this.#choose(kinds),
        changeSpeed: (speed) => {
          player.speed = speed;
          this.#keep({ speed });
        },
      })}
      <div class="sentence" data-at=${frame?.at ?? nothing} role=${player.isPlaying ? nothing : 'status'}>${frame ? this.#sentence(frame) : ''}</div>
      ${frame?.error ? this.#error(frame.error) : nothing}
      <div class="panes ${narrow ? 'stacked' : ''}">
        <div class="list">${
          frame
            ? pictureView(frame, this.#pictureOf(frame), this.#ticks, saved.table, context.showTable)
            : html`<div class="placeholder">${t('Loading…')}</div>`
        }</div>
        <lsm-splitter .share=${saved.share} @lsm-split=${(event: CustomEvent<number>) =>
          this.#keep({ share: event.detail })}></lsm-splitter>
        <div class="side">${this.#tabs(view)}${frame ? this.#panel(view, frame, context) : nothing}</div>
      </div>
    `;
  }

  #sentence(frame: TraceFrame): string {
    if (frame.at === 0) return t('Before the first event. Play, or step through the trace.');
    return sentenceOf(frame);
  }

  #error({ message, file, offset }: NonNullable<TraceFrame['error']>) {
    const hasPlace = file !== undefined && file !== null;
    const at = offset === undefined || offset === null ? undefined : Number(offset);
    return html`<div class="note failed" id="error" role="alert"><p>${message}</p>${
      hasPlace
        ? html`<p><vscode-link href="#" @click=${(event: Event) => {
            event.preventDefault();
            this.#openFile(file, at);
          }}>${at === undefined ? file : t('{0} at offset {1}', file, `${at}`)}</vscode-link></p>`
        : nothing
    }</div>`;
  }

  #tabsOf({ summary }: TraceView): { id: TraceTab; title: string }[] {
    const tabs: { id: TraceTab; title: string }[] = [
      { id: 'now', title: t('Now') },
      { id: 'events', title: t('Events') },
      { id: 'table', title: this.saved.table < 0 ? t('Table') : t('Table {0}', this.saved.table) },
    ];
    if (summary?.source.kind !== 'recorded') return tabs;
    tabs.push({ id: 'what-if', title: t('What If') });
    if (summary.source.request.kind === 'recover') {
      tabs.push({ id: 'compare', title: t('Lenient and Paranoid') });
    }
    return tabs;
  }

  #tabOf(view: TraceView): TraceTab {
    return this.#tabsOf(view).some(({ id }) => id === this.saved.tab) ? this.saved.tab : 'now';
  }

  #tabs(view: TraceView) {
    return html`<lsm-tabs .tabs=${this.#tabsOf(view)} .selected=${this.#tabOf(view)} .label=${t('About the trace')}
      @lsm-tab=${(event: CustomEvent<TraceTab>) => this.#keep({ tab: event.detail })}></lsm-tabs>`;
  }

  #panel(view: TraceView, frame: TraceFrame, context: TraceContext) {
    const { saved, player } = this;
    const tab = this.#tabOf(view);
    const title = this.#tabsOf(view).find(({ id }) => id === tab)!.title;
    const scroll = (content: unknown) =>
      html`<div class="panel scroll" role="tabpanel" tabindex="0" aria-label=${title}>${content}</div>`;
    const fill = (content: unknown) =>
      html`<div class="panel" role="tabpanel" aria-label=${title}>${content}</div>`;
    switch (tab) {
      case 'now':
        return scroll(frameSections(frame, context));
      case 'events':
        return fill(html`<lsm-event-list .calls=${this.#reading} .run=${view.run} .at=${frame.at}
          .playing=${player.isPlaying} .table=${saved.onlyTable ? saved.table : -1}
          @lsm-event=${(event: CustomEvent<number>) => context.goTo(event.detail)}
          @lsm-all-tables=${() => this.#keep({ onlyTable: false })}></lsm-event-list>`);
      case 'table':
        return fill(html`<lsm-trace-table .calls=${this.#reading} .context=${context} .run=${view.run}
          .at=${frame.at} .table=${saved.table} .grain=${view.summary!.grain} .mayRecord=${this.#mayRecord(view)}
          @lsm-table-events=${() => this.#keep({ onlyTable: true, tab: 'events' })}
          @lsm-record-entries=${() => {
            this.#atEnd = true;
            void this.#record({ ...view.whatIf, grain: 'entries' });
          }}></lsm-trace-table>`);
      case 'what-if':
        return scroll(html`<lsm-what-if .options=${view.summary!.options} .whatIf=${view.whatIf}
          .disabled=${!this.#mayRecord(view)}
          @lsm-what-if=${(event: CustomEvent<WhatIf>) => void this.#record(event.detail)}></lsm-what-if>`);
      case 'compare':
        return scroll(this.#compare(context));
    }
  }

  #mayRecord({ summary, phase }: TraceView): boolean {
    return summary?.source.kind === 'recorded' && (phase === 'ready' || phase === 'failed');
  }

  #compare(context: TraceContext) {
    const { comparison, isComparing } = this;
    return html`<div class="ask">
      <p>${t('Recovers twice, each time on a copy in memory: as LevelDB does by itself, and with paranoid_checks.')}</p>
      <vscode-button id="compare" ?disabled=${isComparing} @click=${() => void this.#runCompare()}>${
        isComparing ? t('Comparing…') : comparison ? t('Compare Again') : t('Compare')
      }</vscode-button>
    </div>
    ${comparison ? comparisonView(comparison, context) : nothing}`;
  }

  #context(): TraceContext {
    return {
      goTo: (event) => {
        this.player.pause();
        this.player.goTo(event + 1);
      },
      showTable: (table) => this.#keep({ table: Number(table), tab: 'table' }),
      openFile: (name, offset) => this.#openFile(name, offset),
    };
  }

  get #actions(): HeadActions {
    const { calls } = this.#rpc;
    return {
      apply: () => void this.#tried(calls.apply()),
      discard: () => void this.#tried(calls.discard()),
      save: () => void this.#tried(calls.save()),
      exportText: () => void this.#tried(calls.exportText()),
      restore: () => void this.#tried(calls.restore()),
      revealBackup: () => void this.#tried(calls.revealBackup()),
    };
  }

  #openFile(name: string, offset: number | undefined): void {
    void this.#tried(this.#rpc.calls.openFile(name, offset));
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
    // A button that gets disabled loses the focus to the page's body: keys are heard there, too.
    window.addEventListener('keydown', (event) => this.#key(event));
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
    const load = ++this.#loads;
    const view = await this.#tried(this.#rpc.calls.open());
    if (!view || load !== this.#loads) return;
    this.view = view;
    const { summary, run } = view;
    if (!summary || run === this.#run) return;
    const { saved } = this;
    this.#run = run;
    this.comparison = undefined;
    this.#ticks = summary.ticks.map(({ place, key }) => {
      const text = escapeBytes(key);
      return { place, text: text.length > TICK_LENGTH ? `${text.slice(0, TICK_LENGTH)}…` : text };
    });
    const at = this.#atEnd ? summary.events : saved.run === run ? saved.at : 0;
    this.#atEnd = false;
    this.player.kinds = saved.kinds;
    this.player.load(run, summary.events, at);
    this.#keep({ run });
    await this.#askLandmarks(run);
  }

  /** Which kinds there are, and where those lie that are chosen. */
  async #askLandmarks(run: number): Promise<void> {
    const { calls } = this.#rpc;
    const firsts = await this.#tried(
      Promise.all(LANDMARK_KINDS.map((kind) => calls.nextOf(kind, -1, 'forward'))),
    );
    if (!firsts || run !== this.#run) return;
    this.present = LANDMARK_KINDS.filter((_, i) => firsts[i]);
    await this.#choose(this.saved.kinds);
  }

  async #choose(kinds: LandmarkKind[]): Promise<void> {
    const run = this.#run;
    this.player.kinds = kinds;
    this.#keep({ kinds });
    const listed = await this.#tried(this.#rpc.calls.landmarks(kinds));
    if (listed && run === this.#run && kinds === this.saved.kinds) this.landmarks = listed.rows;
  }

  /** The player has another frame, or is elsewhere. */
  #moved(): void {
    this.requestUpdate();
    const { at, isPlaying } = this.player;
    if (!isPlaying && this.#run !== 0 && at !== this.saved.at) this.#keep({ at });
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

  /** Keys mean the trace's, where they mean nothing to what has the focus. */
  #key(event: KeyboardEvent): void {
    const action = TRANSPORT_KEYS[event.key];
    if (
      !action ||
      event.defaultPrevented ||
      event.altKey ||
      event.ctrlKey ||
      event.metaKey ||
      event.shiftKey
    ) {
      return;
    }
    if (!this.view?.summary || takesKey(event)) return;
    event.preventDefault();
    this.#act(action);
  }

  async #record(whatIf: WhatIf): Promise<void> {
    this.player.pause();
    await this.#tried(this.#rpc.calls.record(whatIf));
  }

  async #runCompare(): Promise<void> {
    const run = this.#run;
    this.isComparing = true;
    const comparison = await this.#tried(this.#rpc.calls.compare());
    this.isComparing = false;
    if (comparison && run === this.#run) this.comparison = comparison;
  }

  #keep(part: Partial<SavedTrace>): void {
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
