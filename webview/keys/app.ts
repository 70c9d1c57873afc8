import { html, LitElement, nothing, type PropertyValues } from 'lit';
import { keyRowsOf } from '../protocol/key-rows';
import type {
  DecoderName,
  KeyAction,
  KeyMenuContext,
  KeyRow,
  KeysCalls,
  KeysEvents,
  KeysQuery,
  ValueResult,
} from '../protocol/keys';
import { appStyles } from '../ui/app-styles';
import { equalBytes } from '../ui/bytes';
import type { GridMenu, LsmGrid } from '../ui/grid';
import type { LsmProblems } from '../ui/problem-list';
import type { RowAnchor, RowSource } from '../ui/rows';
import { errorText, RpcClient } from '../ui/rpc';
import { SavedState } from '../ui/state';
import { setTexts, t } from '../ui/text';
import { vscodeApi } from '../ui/vscode-api';
import { keyColumns } from './columns';
import { type SavedKeys, savedKeys } from './saved';
import { countText, goneToText } from './status';
import { ValueReader } from './value-reader';
import './toolbar';
import { type CopyRequest, isLive, type LsmValuePane } from './value-pane';

/** Narrower than this, the value lies below the grid. */
const NARROW = 720;

/** The whole database in key order, and the selected value beside it. */
export class LsmKeys extends LitElement {
  static override styles = appStyles;
  static override properties = {
    state: { state: true },
    phase: { state: true },
    row: { state: true },
    result: { state: true },
    failure: { state: true },
    narrow: { state: true },
    message: { state: true },
    mayChange: { state: true },
  };
  declare state: SavedKeys;
  declare phase: 'loading' | 'ready' | 'failed';
  declare row: KeyRow | undefined;
  declare result: ValueResult | undefined;
  declare failure: string;
  declare narrow: boolean;
  /** What the last action came to, in words. */
  declare message: string;
  declare mayChange: boolean;
  readonly #rpc = new RpcClient<KeysCalls, KeysEvents>(vscodeApi());
  readonly #saved = new SavedState<SavedKeys>(vscodeApi());
  /** A key to go to as soon as the list stands. */
  #pending: Uint8Array | undefined;
  readonly #value = new ValueReader(this.#rpc.calls, (result, failure) => {
    this.result = result;
    this.failure = failure;
    if (this.#isCopyWanted) void this.#copyValue();
  });
  /** The value is to be copied as soon as it is read. */
  #isCopyWanted = false;
  #listAsked = 0;
  #failureText = '';

  constructor() {
    super();
    this.state = savedKeys(this.#saved.load(), this.dataset.resource ?? '');
    this.phase = 'loading';
    this.row = undefined;
    this.result = undefined;
    this.failure = '';
    this.narrow = false;
    this.message = '';
    this.mayChange = false;
    this.#rpc.on('reveal', ({ key }) => void this.#reveal(key));
    this.#rpc.on('chosen', ({ action }) => this.#chosen(action));
    // The menu of anything but a row is the editor's; the grid says which row is meant, if one is.
    this.addEventListener('contextmenu', () => this.#offer(undefined), { capture: true });
    this.#rpc.on('refreshed', () => void this.#refresh());
  }

  override render() {
    const { state } = this;
    return html`
      <h1>${t('Keys')}</h1>
      <lsm-keys-toolbar
        .query=${state.query}
        .keyDecoder=${state.keyDecoder}
        .rangeOpen=${state.rangeOpen}
        @lsm-query=${(event: CustomEvent<KeysQuery>) => void this.#ask(event.detail)}
        @lsm-go=${(event: CustomEvent<Uint8Array>) => void this.#reveal(event.detail)}
        @lsm-key-decoder=${(event: CustomEvent<DecoderName>) => this.#keep({ keyDecoder: event.detail })}
        @lsm-range-open=${(event: CustomEvent<boolean>) => this.#keep({ rangeOpen: event.detail })}
      ></lsm-keys-toolbar>
      <lsm-problems @lsm-dismissed=${() => this.#grid?.focus()}></lsm-problems>
      <div class="panes ${this.narrow ? 'stacked' : ''}">
        <div class="list">
          <lsm-grid
            @lsm-select=${(event: CustomEvent<KeyRow | null>) => this.#select(event.detail ?? undefined)}
            @lsm-open=${() => this.#openValue()}
            @lsm-menu=${(event: CustomEvent<GridMenu<KeyRow> | null>) => this.#offer(event.detail?.row)}
            @lsm-delete=${() => this.#delete()}
            @lsm-error=${(event: CustomEvent<unknown>) => this.#fail(event.detail)}
            @lsm-moved=${() => this.requestUpdate()}
            @lsm-widths=${(event: CustomEvent<Record<string, number>>) => this.#keep({ widths: event.detail })}
          ></lsm-grid>
          ${this.#over()}
        </div>
        <lsm-splitter
          .share=${state.share}
          .stacked=${this.narrow}
          @lsm-split=${(event: CustomEvent<number>) => this.#keep({ share: event.detail })}
        ></lsm-splitter>
        <div class="side">
          <lsm-value-pane
            .row=${this.row}
            .result=${this.result}
            .failure=${this.failure}
            .keyDecoder=${state.keyDecoder}
            .valueDecoder=${state.valueDecoder}
            .mayChange=${this.mayChange}
            @lsm-value-decoder=${(event: CustomEvent<DecoderName>) => this.#keep({ valueDecoder: event.detail })}
            @lsm-copy=${(event: CustomEvent<CopyRequest>) => void this.#copy(event.detail)}
            @lsm-open-value=${() => this.#openValue()}
            @lsm-delete-key=${() => this.#delete()}
            @lsm-biography=${() => this.#biography()}
            @lsm-explain=${() => this.#explain()}
          ></lsm-value-pane>
        </div>
      </div>
      <div class="status"><span>${this.phase === 'ready' ? countText(this.#grid?.window, state.query.versions) : ''}</span><span role="status">${this.message}</span></div>
    `;
  }

  #over() {
    if (this.phase === 'failed') {
      return html`<div class="over failed" role="alert">${t('The keys could not be read: {0}', this.#failureText)}<br>
        <vscode-button @click=${() => void this.#list()}>${t('Try again')}</vscode-button></div>`;
    }
    if (this.#grid?.window?.items.length) return nothing;
    if (this.phase === 'loading') return html`<div class="over">${t('Loading…')}</div>`;
    const { prefix, from, to } = this.state.query;
    return html`<div class="over">${
      prefix || from || to ? t('No key is in the filter.') : t('The database holds no keys.')
    }</div>`;
  }

  get #grid(): LsmGrid<KeyRow> | null {
    return this.renderRoot?.querySelector<LsmGrid<KeyRow>>('lsm-grid') ?? null;
  }

  get #problems(): LsmProblems | null {
    return this.renderRoot?.querySelector<LsmProblems>('lsm-problems') ?? null;
  }

  protected override firstUpdated(): void {
    this.setAttribute('role', 'main');
    this.#saved.save(this.state);
    new ResizeObserver(() => {
      this.narrow = this.clientWidth < NARROW;
    }).observe(this);
    void this.#start();
  }

  protected override updated(changed: PropertyValues): void {
    const list = this.renderRoot.querySelector<HTMLElement>('.list')!;
    list.style.setProperty('flex-basis', `${this.state.share * 100}%`);
    if (!changed.has('state')) return;
    const old = changed.get('state') as SavedKeys | undefined;
    const { query, keyDecoder, valueDecoder } = this.state;
    const same = old?.query.versions === query.versions;
    if (same && old.keyDecoder === keyDecoder && old.valueDecoder === valueDecoder) return;
    this.#layGrid();
  }

  #layGrid(): void {
    const { query, keyDecoder, valueDecoder, widths } = this.state;
    const grid = this.#grid!;
    grid.label = t('Keys');
    grid.widths = { ...widths };
    grid.dimmed = (row) => row.hidden || row.type === 'deletion';
    grid.columns = keyColumns(query.versions, keyDecoder, valueDecoder);
  }

  async #start(): Promise<void> {
    try {
      setTexts(await this.#rpc.calls.texts());
    } catch {
      // English it is.
    }
    // Every part draws its texts again.
    this.state = { ...this.state };
    this.#layGrid();
    for (const part of this.renderRoot.querySelectorAll<LitElement>(
      'lsm-keys-toolbar, lsm-value-pane, lsm-splitter',
    )) {
      part.requestUpdate();
    }
    void this.#askWhetherToChange();
    await this.#grid!.updateComplete;
    await this.#list();
  }

  async #askWhetherToChange(): Promise<void> {
    try {
      this.mayChange = await this.#rpc.calls.mayChange();
    } catch {
      this.mayChange = false;
    }
  }

  /** Asks for the list from the selected key on, or from its beginning. */
  async #list(): Promise<void> {
    const asked = ++this.#listAsked;
    const { selected: key, query } = this.state;
    this.phase = 'loading';
    const source = this.#source(query);
    const grid = this.#grid!;
    const anchor: RowAnchor = key === undefined ? { at: 'first' } : { at: 'key', key };
    if (!(await grid.show(source, anchor)) || asked !== this.#listAsked) return;
    this.phase = 'ready';
    if (query.prefix || query.from || query.to) void grid.window?.measureEnd();
    const landed = grid.window?.landing?.row;
    grid.select(key !== undefined && landed && equalBytes(landed.key, key) ? landed : undefined);
    // Another key may have been asked for meanwhile.
    if (this.#pending !== undefined) void this.#reveal(this.#pending);
  }

  #source(query: KeysQuery): RowSource<KeyRow> {
    return {
      page: async (anchor, direction, rows) => {
        const page = await this.#rpc.calls.page(query, anchor, direction, rows);
        this.#tell(page.problems);
        return { ...page, rows: keyRowsOf(page.rows) };
      },
    };
  }

  async #ask(query: KeysQuery): Promise<void> {
    this.message = '';
    this.#keep({ query });
    await this.#list();
  }

  /** Goes to a key, or to where it would stand, and says which. */
  async #reveal(key: Uint8Array): Promise<void> {
    if (this.phase !== 'ready') {
      this.#pending = key;
      return;
    }
    this.#pending = undefined;
    const grid = this.#grid!;
    const found = await grid.goTo(key);
    if (found === undefined) return;
    this.message = goneToText(key, found.key, grid.window?.landing === undefined);
    grid.focus();
  }

  async #refresh(): Promise<void> {
    void this.#askWhetherToChange();
    if (this.phase !== 'ready') return this.#list();
    this.#problems?.clear();
    await this.#grid!.reload();
    if (this.row !== undefined) this.#select(this.#grid!.selected ?? this.row);
  }

  #select(row: KeyRow | undefined): void {
    const same =
      row !== undefined && row.sequence === this.row?.sequence && equalBytes(row.key, this.row.key);
    this.row = row;
    this.failure = '';
    if (!same) {
      this.result = undefined;
      this.#isCopyWanted = false;
    }
    this.#keep({ selected: row?.key });
    const wanted = row === undefined || row.type === 'deletion' ? undefined : row;
    this.#value.ask(wanted, wanted && this.#version(wanted));
  }

  /** Which version is meant: the newest, unless older ones are shown. */
  #version(row: KeyRow): string | undefined {
    return this.state.query.versions === 'all' ? row.sequence : undefined;
  }

  #openValue(): void {
    const { row } = this;
    if (row === undefined || row.type === 'deletion') return;
    void this.#tried(this.#rpc.calls.openValue(row.key, this.#version(row), this.state.valueDecoder));
  }

  /** Tells VS Code whose context menu is asked for; it looks at this element, not into it. */
  #offer(row: KeyRow | undefined): void {
    if (!row) {
      delete this.dataset.vscodeContext;
      return;
    }
    const context: KeyMenuContext = {
      webviewSection: 'key',
      lsmResource: this.dataset.resource ?? '',
      lsmHasValue: row.type === 'value',
      lsmMayDelete: this.mayChange && isLive(row),
      preventDefaultContextMenuItems: true,
    };
    this.dataset.vscodeContext = JSON.stringify(context);
  }

  #chosen(action: KeyAction): void {
    if (action === 'delete') this.#delete();
    else if (action === 'biography') this.#biography();
    else if (action === 'explain') this.#explain();
    else if (action === 'copyKey') this.#valuePane?.copyKey();
    else if (this.result) void this.#copyValue();
    else this.#isCopyWanted = true;
  }

  #delete(): void {
    const { row } = this;
    if (row && this.mayChange && isLive(row)) void this.#tried(this.#rpc.calls.deleteKey(row.key));
  }

  #biography(): void {
    if (this.row) void this.#tried(this.#rpc.calls.biography(this.row.key));
  }

  #explain(): void {
    if (this.row) void this.#tried(this.#rpc.calls.explain(this.row.key));
  }

  async #copyValue(): Promise<void> {
    this.#isCopyWanted = false;
    await this.updateComplete;
    this.#valuePane?.copyValue();
  }

  get #valuePane(): LsmValuePane | null {
    return this.renderRoot.querySelector<LsmValuePane>('lsm-value-pane');
  }

  async #copy({ text, copied }: CopyRequest): Promise<void> {
    if (await this.#tried(this.#rpc.calls.copy(text))) this.message = copied;
  }

  async #tried(call: Promise<unknown>): Promise<boolean> {
    try {
      await call;
      return true;
    } catch (error) {
      this.#tell([errorText(error)]);
      return false;
    }
  }

  #fail(error: unknown): void {
    this.#failureText = errorText(error);
    // What is on the screen stays there; only without any row is the failure the whole view.
    if (this.#grid?.window?.items.length) this.#tell([this.#failureText]);
    else this.phase = 'failed';
    this.requestUpdate();
  }

  #tell(lines: string[]): void {
    this.#problems?.tell(lines);
  }

  #keep(part: Partial<SavedKeys>): void {
    this.state = { ...this.state, ...part };
    this.#saved.save(this.state);
  }
}
