import { html, nothing } from 'lit';
import type { BytesPage } from '../protocol/bytes';
import type { Place } from '../protocol/common';
import type { DecoderName } from '../protocol/keys';
import type {
  EntryRow,
  LookupPath,
  RegionRow,
  TableCounts,
  TableMapData,
  TableOverview,
  TablePageCalls,
} from '../protocol/table';
import { REGION_KINDS } from '../protocol/table';
import { appStyles, fileAppStyles } from '../ui/app-styles';
import { equalBytes, unescapeBytes } from '../ui/bytes';
import type { ValueControl } from '../ui/controls';
import { FileApp, type SavedFileState } from '../ui/file-app';
import type { LsmGrid } from '../ui/grid';
import { icon, iconStyles } from '../ui/icon';
import { type IndexedRow, IndexedSource, indexKey } from '../ui/indexed-rows';
import type { LsmProblems } from '../ui/problem-list';
import type { RowSource } from '../ui/rows';
import { errorText } from '../ui/rpc';
import { count, plural, t } from '../ui/text';
import { entryColumns, regionColumns } from './columns';
import { type ColorBy, kindTitle, legendOf, paletteOf, segmentsOf } from './palette';
import { pathView } from './path-view';
import { propertiesView } from './properties';
import { valueView } from './value-view';

/** Tables up to this size are read whole without being asked: it takes about as long as to look up. */
const SURVEY_AT_ONCE = 32 << 20;

type Entry = EntryRow;

interface SavedTable extends SavedFileState {
  list: 'entries' | 'blocks';
  details: 'properties' | 'value' | 'bytes';
  colorBy: ColorBy;
  form: 'stored' | 'decoded';
  keyDecoder: DecoderName;
  valueDecoder: DecoderName;
  /** Of the selected entry. */
  selected: Uint8Array | undefined;
}

/** A table's file: its picture, its blocks, its entries, its bytes. */
export class LsmTable extends FileApp<TablePageCalls, SavedTable> {
  static override styles = [appStyles, fileAppStyles, iconStyles];
  static override properties = {
    ...FileApp.properties,
    overview: { state: true },
    map: { state: true },
    counts: { state: true },
    surveying: { state: true },
    region: { state: true },
    entry: { state: true },
    value: { state: true },
    page: { state: true },
    path: { state: true },
    invalid: { state: true },
  };
  declare overview: TableOverview | undefined;
  declare map: TableMapData | undefined;
  declare counts: TableCounts | undefined;
  declare surveying: boolean;
  /** The selected region's index, or -1. */
  declare region: number;
  declare entry: Entry | undefined;
  declare value: Uint8Array | undefined;
  declare page: BytesPage | undefined;
  declare path: (LookupPath & { key: Uint8Array }) | undefined;
  declare invalid: boolean;
  /** The bytes asked for last. */
  #bytesAsked = 0;
  #surveysAsked = 0;
  #loadsAsked = 0;
  #lookupsAsked = 0;

  constructor() {
    super({
      share: 0.58,
      list: 'entries',
      details: 'properties',
      colorBy: 'kind',
      form: 'decoded',
      keyDecoder: 'auto',
      valueDecoder: 'auto',
      selected: undefined,
    });
    this.overview = undefined;
    this.map = undefined;
    this.counts = undefined;
    this.surveying = false;
    this.region = -1;
    this.entry = undefined;
    this.value = undefined;
    this.page = undefined;
    this.path = undefined;
    this.invalid = false;
  }

  override render() {
    const { overview, map, saved } = this;
    if (!overview || !map) return html`<lsm-problems></lsm-problems>${this.placeholder()}`;
    return html`
      <h1>${overview.name}</h1>
      ${this.#toolbar()}
      <lsm-problems></lsm-problems>
      <div class="band">
        <lsm-file-map
          .segments=${segmentsOf(map, saved.colorBy)}
          .total=${overview.bytes}
          .palette=${paletteOf(saved.colorBy)}
          .selected=${this.region}
          .describe=${this.#describe}
          .label=${t('Map of the file')}
          @lsm-map-select=${(event: CustomEvent<number>) => void this.#selectRegion(event.detail, true)}
        ></lsm-file-map>
        ${this.#legend(map)}
      </div>
      ${this.path ? pathView(this.path) : nothing}
      <div class="panes ${this.narrow ? 'stacked' : ''}">
        <div class="list column">
          <lsm-tabs
            .tabs=${[{ id: 'entries', title: t('Entries') }, { id: 'blocks', title: t('Blocks') }]}
            .selected=${saved.list}
            .label=${t('Lists')}
            @lsm-tab=${(event: CustomEvent<SavedTable['list']>) => this.keep({ list: event.detail })}
          ></lsm-tabs>
          ${overview.readable ? nothing : html`<div class="sentence bad">${t('Footer or index are lost: nothing leads to the entries.')}</div>`}
          <lsm-grid id="entries" class=${saved.list === 'entries' ? '' : 'hidden'}
            @lsm-select=${(event: CustomEvent<Entry | null>) => void this.#selectEntry(event.detail ?? undefined)}
            @lsm-error=${(event: CustomEvent<unknown>) => this.tell([String(event.detail)])}
            @lsm-moved=${() => this.requestUpdate()}
          ></lsm-grid>
          <lsm-grid id="blocks" class=${saved.list === 'blocks' ? '' : 'hidden'}
            @lsm-select=${(event: CustomEvent<IndexedRow<RegionRow> | null>) => {
              if (event.detail) void this.#selectRegion(event.detail.index, false);
            }}
            @lsm-error=${(event: CustomEvent<unknown>) => this.tell([String(event.detail)])}
          ></lsm-grid>
        </div>
        <lsm-splitter .share=${saved.share} .stacked=${this.narrow}
          @lsm-split=${(event: CustomEvent<number>) => this.keep({ share: event.detail })}></lsm-splitter>
        <div class="side">${this.#details(overview)}</div>
      </div>
      <div class="status"><span>${this.#status(overview)}</span><span role="status">${this.message}</span></div>
    `;
  }

  #toolbar() {
    const { colorBy } = this.saved;
    return html`<div class="bar" role="toolbar" aria-label=${t('Table')}>
      <vscode-text-field id="go" placeholder=${t('Go to key')} aria-label=${t('Go to key')}
        title=${t('Follows the way of a get: filter, index entry, block, restart point. Other bytes are written \\xNN.')}
        @keydown=${(event: KeyboardEvent) => event.key === 'Enter' && void this.#go()}
        ><vscode-button slot="end" appearance="icon" aria-label=${t('Go')} title=${t('Go')}
          @click=${() => void this.#go()}>${icon('arrow-right')}</vscode-button></vscode-text-field>
      ${this.invalid ? html`<span class="bad" role="alert">${t('A backslash is written \\x5c, and other bytes \\xNN.')}</span>` : nothing}
      <span class="space"></span>
      <label class="label" for="color">${t('Colour by')}</label>
      <vscode-dropdown id="color" aria-label=${t('Colour by')} .value=${colorBy}
        @change=${(event: Event) => this.keep({ colorBy: (event.target as ValueControl).value as ColorBy })}>
        <vscode-option value="kind">${t('Kind')}</vscode-option>
        <vscode-option value="compression">${t('Compression')}</vscode-option>
      </vscode-dropdown>
      <vscode-button id="export" appearance="secondary" ?disabled=${!this.overview?.readable}
        @click=${() => void this.tried(this.calls.exportEntries())}>${t('Export entries…')}</vscode-button>
    </div>`;
  }

  #legend(map: TableMapData) {
    return html`<div class="legend">
      ${legendOf(this.saved.colorBy, map).map(
        ({ color, title }) => html`<span><i data-color=${color}></i>${title}</span>`,
      )}
      ${map.damaged.some((mark) => mark === 1) ? html`<span class="bad">▨ ${t('Damaged')}</span>` : nothing}
    </div>`;
  }

  #details(overview: TableOverview) {
    const { details, form } = this.saved;
    return html`<div class="column">
      <lsm-tabs
        .tabs=${[
          { id: 'properties', title: t('Properties') },
          { id: 'value', title: t('Value') },
          { id: 'bytes', title: t('Bytes') },
        ]}
        .selected=${details}
        .label=${t('Details')}
        @lsm-tab=${(event: CustomEvent<SavedTable['details']>) => this.#showDetails(event.detail)}
      ></lsm-tabs>
      ${
        details === 'properties'
          ? propertiesView(overview, this.counts, {
              survey: () => void this.#survey(),
              openManifest: (edit) => void this.tried(this.calls.openManifest(edit)),
              surveying: this.surveying,
            })
          : details === 'value'
            ? valueView(this.entry, this.value, this.saved.valueDecoder, (valueDecoder) => {
                this.keep({ valueDecoder });
                this.#layEntries();
              })
            : html`
                <div class="bar">
                  <vscode-checkbox id="form" .checked=${form === 'stored'}
                    @change=${(event: Event) => this.#setForm((event.target as HTMLInputElement).checked)}
                    >${t('As stored, with the trailer')}</vscode-checkbox>
                </div>
                <lsm-bytes .page=${this.page}></lsm-bytes>
              `
      }
    </div>`;
  }

  #status({ dataBlocks }: TableOverview): string {
    const grid = this.#entriesGrid;
    const exact = this.counts?.entries ?? grid?.window?.exactTotal;
    const blocks = plural(dataBlocks, '1 data block', '{0} data blocks');
    if (exact !== undefined) return `${plural(exact, '1 entry', '{0} entries')}, ${blocks}`;
    const about = Number((grid?.window?.estimate ?? 0).toPrecision(2));
    return `${plural(about, 'About 1 entry', 'About {0} entries')}, ${blocks}`;
  }

  protected override async load(): Promise<void> {
    const load = ++this.#loadsAsked;
    // What is read of the file as it was counts no more.
    this.#surveysAsked++;
    this.surveying = false;
    const overview = await this.calls.open();
    const map = await this.calls.map();
    if (load !== this.#loadsAsked) return;
    // The same place in a file that was replaced is another region.
    const start = this.map?.starts[this.region];
    this.region = start === undefined ? -1 : map.starts.indexOf(start);
    if (this.region < 0) this.page = undefined;
    this.overview = overview;
    this.map = map;
    this.counts = undefined;
    await this.updateComplete;
    this.renderRoot.querySelector<LsmProblems>('lsm-problems')?.renew();
    this.tell(this.overview.problems);
    this.#layEntries();
    this.#layBlocks();
    const { selected } = this.saved;
    const isFirst = this.#entriesGrid?.window === undefined;
    await this.#entriesGrid?.showAgain(
      this.#entrySource(),
      selected ? { at: 'key', key: selected } : { at: 'first' },
    );
    const landed = this.#entriesGrid?.window?.landing?.row;
    if (isFirst && selected && landed && equalBytes(landed.key, selected)) this.#entriesGrid?.select(landed);
    await this.#blocksGrid?.showAgain(this.#regionSource(), { at: 'first' });
    await this.#askAgain();
    if (load !== this.#loadsAsked) return;
    if (this.overview.bytes <= SURVEY_AT_ONCE) void this.#survey();
  }

  /** What is shown of an entry and of a lookup, as the file has it now. */
  async #askAgain(): Promise<void> {
    const { entry, path } = this;
    void this.#showBytes();
    if (entry) {
      const found = await this.tried(this.calls.value(entry.key));
      if (this.entry === entry && !found?.found) [this.entry, this.value] = [undefined, undefined];
      else if (this.entry === entry) this.value = found?.value;
    }
    if (!path) return;
    const again = this.overview?.readable ? await this.tried(this.calls.lookup(path.key)) : undefined;
    if (this.path === path) this.path = again && { ...again, key: path.key };
  }

  protected override async reveal(place: Place): Promise<void> {
    if (place.at === 'offset') await this.#selectRegion(await this.calls.regionAt(place.offset), true);
    else if (place.at === 'key') await this.#lookup(place.key, place.sequence);
  }

  get #entriesGrid(): LsmGrid<Entry> | null {
    return this.renderRoot.querySelector<LsmGrid<Entry>>('#entries');
  }

  get #blocksGrid(): LsmGrid<IndexedRow<RegionRow>> | null {
    return this.renderRoot.querySelector<LsmGrid<IndexedRow<RegionRow>>>('#blocks');
  }

  #layEntries(): void {
    const grid = this.#entriesGrid;
    if (!grid) return;
    grid.label = t('Entries');
    grid.dimmed = ({ type }) => type === 0;
    grid.columns = entryColumns(this.saved.keyDecoder, this.saved.valueDecoder);
  }

  #layBlocks(): void {
    const grid = this.#blocksGrid;
    if (!grid) return;
    grid.label = t('Blocks');
    grid.columns = regionColumns();
  }

  #entrySource(): RowSource<Entry> {
    return {
      page: async (anchor, direction, rows) => {
        const page = await this.calls.entries(anchor, direction, rows);
        this.tell(page.problems);
        return page;
      },
    };
  }

  #regionSource(): IndexedSource<RegionRow> {
    return new IndexedSource((start, end) => this.calls.regions(start, end));
  }

  readonly #describe = (index: number): string => {
    const { map } = this;
    if (!map) return '';
    const kind = kindTitle(REGION_KINDS[map.kinds[index]!]!);
    const [start, end] = [map.starts[index]!, map.ends[index]!];
    const damage = map.damaged[index] ? `, ${t('Damaged')}` : '';
    return `${kind}, ${plural(end - start, '1 byte at {1}', '{0} bytes at {1}', count(start))}${damage}`;
  };

  /** Reads all blocks. A file that is opened anew meanwhile is read anew, and the older answer counts no more. */
  async #survey(): Promise<void> {
    const asked = ++this.#surveysAsked;
    this.surveying = true;
    const survey = this.calls.survey().then(
      (counts) => ({ counts, failure: undefined }),
      (error) => ({ counts: undefined, failure: errorText(error) }),
    );
    const { counts, failure } = await survey;
    if (asked !== this.#surveysAsked) return;
    this.surveying = false;
    this.counts = counts;
    this.tell(failure === undefined ? (counts?.problems ?? []) : [failure]);
    const map = await this.tried(this.calls.map());
    if (asked !== this.#surveysAsked) return;
    this.map = map ?? this.map;
    // Rows that were too dear to read before are known now.
    await this.#blocksGrid?.showAgain(this.#regionSource(), { at: 'first' });
  }

  async #go(): Promise<void> {
    const field = this.renderRoot.querySelector<ValueControl>('#go');
    const key = unescapeBytes(field?.value ?? '');
    this.invalid = key === undefined;
    if (key) await this.#lookup(key, undefined);
  }

  /** Follows a get through the table and goes where it leads. */
  async #lookup(key: Uint8Array, sequence: string | undefined): Promise<void> {
    const asked = ++this.#lookupsAsked;
    const path = await this.tried(this.calls.lookup(key));
    if (!path || asked !== this.#lookupsAsked) return;
    this.path = { ...path, key };
    this.keep({ list: 'entries' });
    await this.updateComplete;
    const grid = this.#entriesGrid;
    const row = await grid?.goTo(path.target);
    if (asked !== this.#lookupsAsked) return;
    const wanted = grid?.window?.items.find(
      (item) => item.row.sequence === sequence && equalBytes(item.row.userKey, key),
    );
    if (wanted) grid?.select(wanted.row);
    if (row) grid?.focus();
  }

  async #selectEntry(entry: Entry | undefined): Promise<void> {
    this.entry = entry;
    this.value = undefined;
    this.keep({ selected: entry?.key });
    if (!entry) return;
    if (this.saved.details === 'properties') this.keep({ details: 'value' });
    this.region = this.#regionOf(entry.block);
    const found = await this.tried(this.calls.value(entry.key));
    if (this.entry !== entry) return;
    this.value = found?.value;
    await this.#showBytes();
  }

  #regionOf(offset: number): number {
    return this.map ? this.map.starts.indexOf(offset) : -1;
  }

  /** Shows a region; `move` brings the lists to it. */
  async #selectRegion(region: number, move: boolean): Promise<void> {
    if (region < 0 || !this.map) return;
    this.region = region;
    this.entry = undefined;
    this.value = undefined;
    this.keep({ details: 'bytes' });
    if (move) {
      if (this.saved.list === 'entries') this.keep({ list: 'blocks' });
      await this.updateComplete;
      await this.#blocksGrid?.goTo(indexKey(region));
    }
    await this.#showBytes();
  }

  #showDetails(details: SavedTable['details']): void {
    this.keep({ details });
    void this.#showBytes();
  }

  #setForm(stored: boolean): void {
    const form = stored ? 'stored' : 'decoded';
    if (form === this.saved.form) return;
    this.keep({ form });
    void this.#showBytes();
  }

  /** The bytes of the selected region, at the selected entry. */
  async #showBytes(): Promise<void> {
    const asked = ++this.#bytesAsked;
    if (this.saved.details !== 'bytes' || this.region < 0) return;
    let page = await this.calls.bytes(this.region, this.saved.form).catch(() => undefined);
    // What does not decode can still be seen as it is stored.
    page ??= await this.tried(this.calls.bytes(this.region, 'stored'));
    if (asked !== this.#bytesAsked) return;
    this.page = page;
    await this.updateComplete;
    const { entry } = this;
    const view = this.renderRoot.querySelector('lsm-bytes');
    if (!view || !entry || this.saved.form === 'stored') return;
    await view.updateComplete;
    view.showByte(entry.entryOffset);
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'lsm-bytes': import('../ui/bytes-view').LsmBytes;
  }
}
