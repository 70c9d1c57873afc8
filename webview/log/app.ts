import { html, nothing } from 'lit';
import type { BytesPage } from '../protocol/bytes';
import type { Place } from '../protocol/common';
import type { DecoderName } from '../protocol/keys';
import {
  type BatchRow,
  ITEM_KINDS,
  type ItemRow,
  type LogFile,
  type LogOverview,
  type LogPageCalls,
  type OperationFilter,
  type OperationRow,
} from '../protocol/log';
import { appStyles, fileAppStyles } from '../ui/app-styles';
import { escapeBytes, unescapeBytes } from '../ui/bytes';
import type { ValueControl } from '../ui/controls';
import { FileApp, type SavedFileState } from '../ui/file-app';
import type { LsmGrid } from '../ui/grid';
import { iconStyles } from '../ui/icon';
import { type IndexedRow, IndexedSource, indexKey } from '../ui/indexed-rows';
import { type MapSegments, segmentAt } from '../ui/map-layout';
import { count, plural, t } from '../ui/text';
import { batchColumns, itemColumns, itemTitle, operationColumns } from './columns';
import { operationValue } from './operation-value';
import { recoveryView } from './recovery-view';
import { logStyles } from './styles';

const BLOCK_BYTES = 32768;
/** Damage that the banner names; the Recovery list has more. */
const BANNER_LINES = 5;

/** By ITEM_KINDS. */
const PALETTE = [
  '--vscode-charts-blue',
  '--vscode-terminal-ansiCyan',
  '--vscode-charts-purple',
  '--vscode-charts-green',
  '--vscode-charts-lines',
  '--vscode-charts-lines',
  '--vscode-charts-red',
  '--vscode-charts-yellow',
];

type List = 'operations' | 'batches' | 'records' | 'recovery';

interface SavedLog extends SavedFileState {
  list: List;
  details: 'value' | 'bytes';
  filter: OperationFilter;
  valueDecoder: DecoderName;
}

/** A write-ahead log: its records to scale, its batches and operations, and what recovery makes of it. */
export class LsmLog extends FileApp<LogPageCalls, SavedLog> {
  static override styles = [appStyles, fileAppStyles, iconStyles, logStyles];
  static override properties = {
    ...FileApp.properties,
    file: { state: true },
    overview: { state: true },
    segments: { state: true },
    at: { state: true },
    operation: { state: true },
    value: { state: true },
    page: { state: true },
    shown: { state: true },
    invalid: { state: true },
  };
  declare file: LogFile | undefined;
  declare overview: LogOverview | undefined;
  declare segments: MapSegments | undefined;
  /** The offset of the selected physical item; undefined if none is. */
  declare at: number | undefined;
  declare operation: IndexedRow<OperationRow> | undefined;
  declare value: Uint8Array | undefined;
  declare page: BytesPage | undefined;
  /** Operations under the filter. */
  declare shown: number;
  declare invalid: boolean;
  #asked = 0;
  #pageAsked: Promise<BytesPage> | undefined;

  constructor() {
    super({ share: 0.6, list: 'operations', details: 'value', filter: {}, valueDecoder: 'auto' });
    this.file = undefined;
    this.overview = undefined;
    this.segments = undefined;
    this.at = undefined;
    this.operation = undefined;
    this.value = undefined;
    this.page = undefined;
    this.shown = 0;
    this.invalid = false;
  }

  override render() {
    const { file, overview, saved } = this;
    if (!file || !overview) return html`<lsm-problems></lsm-problems>${this.placeholder()}`;
    const lists: { id: List; title: string }[] = [
      { id: 'operations', title: t('Operations') },
      { id: 'batches', title: t('Batches') },
      { id: 'records', title: t('Records') },
      { id: 'recovery', title: t('Recovery') },
    ];
    const grid = (id: List) => html`<lsm-grid id=${id} class=${saved.list === id ? '' : 'hidden'}
      @lsm-select=${(event: CustomEvent<IndexedRow<OperationRow & BatchRow & ItemRow> | null>) => {
        if (event.detail) void this.#selectRow(id, event.detail);
      }}
      @lsm-error=${(event: CustomEvent<unknown>) => this.tell([String(event.detail)])}
    ></lsm-grid>`;
    return html`
      <h1>${file.name}</h1>
      ${this.#toolbar()}
      <lsm-problems></lsm-problems>
      <div class="band">
        <lsm-file-map .segments=${this.segments} .total=${file.bytes} .palette=${PALETTE} .selected=${this.segments && this.at !== undefined ? segmentAt(this.segments, this.at) : -1}
          .rowBytes=${BLOCK_BYTES} .describe=${this.#describe} .label=${t('Map of the file')}
          @lsm-map-select=${(event: CustomEvent<number>) => void this.#showOffset(this.segments!.starts[event.detail]!)}></lsm-file-map>
        ${this.#legend()}
      </div>
      <div class="panes ${this.narrow ? 'stacked' : ''}">
        <div class="list column">
          <lsm-tabs .tabs=${lists} .selected=${saved.list} .label=${t('Lists')}
            @lsm-tab=${(event: CustomEvent<List>) => this.keep({ list: event.detail })}></lsm-tabs>
          ${grid('operations')} ${grid('batches')} ${grid('records')}
          ${
            saved.list === 'recovery'
              ? recoveryView(file, overview, {
                  goTo: (offset) => void this.reveal({ at: 'offset', offset }),
                  openManifest: (edit) => void this.tried(this.calls.openManifest(edit)),
                  openTable: (number) => void this.tried(this.calls.openTable(number)),
                })
              : nothing
          }
        </div>
        <lsm-splitter .share=${saved.share} .stacked=${this.narrow}
          @lsm-split=${(event: CustomEvent<number>) => this.keep({ share: event.detail })}></lsm-splitter>
        <div class="side"><div class="column">${this.#details()}</div></div>
      </div>
      <div class="status"><span>${this.#status(overview)}</span><span role="status">${this.message}</span></div>
    `;
  }

  #toolbar() {
    const { filter } = this.saved;
    return html`<div class="bar" role="toolbar" aria-label=${t('Operations')}>
      <vscode-text-field id="key" placeholder=${t('Keys that contain')} aria-label=${t('Keys that contain')}
        title=${t('Other bytes are written \\xNN.')} .value=${filter.key ? escapeBytes(filter.key) : ''}
        @change=${(event: Event) => this.#filterKey((event.target as ValueControl).value)}></vscode-text-field>
      <vscode-dropdown id="type" aria-label=${t('Type')} .value=${filter.type ?? 'all'}
        @change=${(event: Event) => this.#filterType((event.target as ValueControl).value)}>
        <vscode-option value="all">${t('Puts and deletes')}</vscode-option>
        <vscode-option value="value">${t('Puts')}</vscode-option>
        <vscode-option value="deletion">${t('Deletes')}</vscode-option>
      </vscode-dropdown>
      ${this.invalid ? html`<span class="bad" role="alert">${t('A backslash is written \\x5c, and other bytes \\xNN.')}</span>` : nothing}
      <vscode-text-field id="go" class="number" placeholder=${t('Go to offset')} aria-label=${t('Go to offset')}
        @keydown=${(event: KeyboardEvent) => event.key === 'Enter' && this.#goToTyped(event)}></vscode-text-field>
      <span class="space"></span>
      <vscode-button id="export" appearance="secondary" @click=${() => void this.tried(this.calls.exportBatches())}
        >${t('Export batches…')}</vscode-button>
    </div>`;
  }

  #legend() {
    const present = new Set(this.segments?.colors ?? []);
    return html`<div class="legend">
      ${ITEM_KINDS.map((kind, i) =>
        present.has(i) ? html`<span><i data-color=${PALETTE[i]!}></i>${itemTitle(kind)}</span>` : nothing,
      )}
      <span class="quiet">${t('each row: whole blocks of 32 KiB')}</span>
    </div>`;
  }

  #details() {
    const { details } = this.saved;
    return html`
      <lsm-tabs
        .tabs=${[{ id: 'value', title: t('Operation') }, { id: 'bytes', title: t('Bytes') }]}
        .selected=${details} .label=${t('Details')}
        @lsm-tab=${(event: CustomEvent<SavedLog['details']>) => {
          this.keep({ details: event.detail });
          void this.#selectField();
        }}
      ></lsm-tabs>
      ${
        details === 'bytes'
          ? html`<lsm-bytes .page=${this.page}></lsm-bytes>`
          : operationValue(this.operation, this.value, this.saved.valueDecoder, (valueDecoder) =>
              this.keep({ valueDecoder }),
            )
      }
    `;
  }

  #status({ batches, operations, puts, deletions, lenient }: LogOverview): string {
    const parts = [
      `${plural(batches, '1 batch', '{0} batches')}, ${plural(operations, '1 operation', '{0} operations')}`,
      `${plural(puts, '1 put', '{0} puts')}, ${plural(deletions, '1 delete', '{0} deletes')}`,
    ];
    if (this.shown !== operations) parts.push(t('{0} shown', count(this.shown)));
    const damage = lenient.drops.total + (lenient.stop.why === 'damaged tail' ? 1 : 0);
    if (damage > 0) parts.push(plural(damage, '1 damaged place', '{0} damaged places'));
    return parts.join(' · ');
  }

  protected override async load(): Promise<void> {
    this.file = await this.calls.open();
    this.overview = await this.calls.survey();
    const { starts, ends, kinds } = await this.calls.map();
    const colors = kinds.slice();
    const damage = ITEM_KINDS.indexOf('damage');
    this.segments = {
      starts: new Float64Array(starts.slice().buffer),
      ends: new Float64Array(ends.slice().buffer),
      colors,
      marks: Uint8Array.from(colors, (kind) => (kind === damage ? 1 : 0)),
    };
    await this.updateComplete;
    this.tell(damageLines(this.overview));
    const batches = this.#grid<BatchRow>('batches');
    const records = this.#grid<ItemRow>('records');
    if (batches && records) {
      batches.label = t('Batches');
      batches.columns = batchColumns();
      records.label = t('Records');
      records.columns = itemColumns();
      const batchSource = new IndexedSource<BatchRow>((start, end) => this.calls.batches(start, end));
      const itemSource = new IndexedSource<ItemRow>((start, end) => this.calls.items(start, end));
      await batches.showAgain(batchSource, { at: 'first' });
      await records.showAgain(itemSource, { at: 'first' });
    }
    await this.#listOperations('again');
  }

  protected override async reveal(place: Place): Promise<void> {
    if (place.at === 'offset') await this.#showOffset(place.offset);
    else if (place.at === 'key') await this.#showKey(place.key, place.sequence);
  }

  #grid<Row extends object>(list: List): LsmGrid<IndexedRow<Row>> | null {
    return this.renderRoot.querySelector<LsmGrid<IndexedRow<Row>>>(`lsm-grid#${list}`);
  }

  /** Lists the operations under the filter, from the first on or where the list stands. */
  async #listOperations(from: 'first' | 'again'): Promise<void> {
    const grid = this.#grid<OperationRow>('operations');
    if (!grid) return;
    const asked = ++this.#asked;
    const shown = await this.tried(this.calls.filter(this.saved.filter));
    // Another filter was asked for meanwhile: its own answer fills the list.
    if (asked !== this.#asked || shown === undefined) return;
    this.shown = shown;
    grid.label = t('Operations');
    grid.dimmed = ({ type }) => type === 'deletion';
    grid.columns = operationColumns();
    const source = new IndexedSource<OperationRow>((start, end) => this.calls.operations(start, end));
    if (from === 'again') await grid.showAgain(source, { at: 'first' });
    else await grid.show(source, { at: 'first' });
  }

  /** Lists the operations on a key, and selects the one with a sequence, or the first. */
  async #showKey(key: Uint8Array, sequence: string | undefined): Promise<void> {
    this.keep({ filter: { key }, list: 'operations' });
    await this.#listOperations('first');
    const grid = this.#grid<OperationRow>('operations');
    const rows = grid?.window?.items.map(({ row }) => row) ?? [];
    grid?.select(rows.find((row) => row.sequenceNumber === sequence) ?? rows[0]);
  }

  async #selectRow(list: List, row: IndexedRow<OperationRow & BatchRow & ItemRow>): Promise<void> {
    this.at = row.offset;
    this.operation = undefined;
    if (list !== 'operations') {
      this.keep({ details: 'bytes' });
      await this.#showPage(
        list === 'records' ? this.calls.itemBytes(row.index) : this.calls.batchBytes(row.index),
      );
      return;
    }
    this.operation = row;
    this.value = undefined;
    const found = row.type === 'value' ? await this.tried(this.calls.value(row.index)) : undefined;
    if (this.operation !== row) return;
    this.value = found?.value;
    await this.#showPage(this.calls.batchBytes(row.batch));
    await this.#selectField();
  }

  /** Shows bytes, unless others were asked for meanwhile. */
  async #showPage(asked: Promise<BytesPage>): Promise<void> {
    this.#pageAsked = asked;
    const page = await this.tried(asked);
    if (this.#pageAsked === asked) this.page = page;
  }

  /** Shows the selected operation among the bytes of its batch. */
  async #selectField(): Promise<void> {
    const { operation, page } = this;
    if (!operation || !page) return;
    await this.updateComplete;
    const view = this.renderRoot.querySelector('lsm-bytes');
    await view?.updateComplete;
    const field = page.fields.findIndex(({ groupName }) =>
      groupName?.endsWith(` ${operation.sequenceNumber}`),
    );
    if (view && field >= 0) view.selected = field;
  }

  /** Goes to the physical item that holds a byte. */
  async #showOffset(offset: number): Promise<void> {
    const item = await this.tried(this.calls.itemAt(offset));
    if (item === undefined || item < 0) return;
    this.keep({ list: 'records', details: 'bytes' });
    await this.updateComplete;
    await this.#grid<ItemRow>('records')?.goTo(indexKey(item));
  }

  #filterKey(text: string): void {
    const key = unescapeBytes(text);
    this.invalid = key === undefined;
    if (!key) return;
    const { type } = this.saved.filter;
    this.keep({
      filter: { ...(key.length > 0 ? { key } : {}), ...(type ? { type } : {}) },
      list: 'operations',
    });
    void this.#listOperations('first');
  }

  #filterType(type: string): void {
    const { key } = this.saved.filter;
    const chosen = type === 'value' || type === 'deletion' ? ({ type } as const) : {};
    this.keep({ filter: { ...(key ? { key } : {}), ...chosen }, list: 'operations' });
    void this.#listOperations('first');
  }

  #goToTyped(event: KeyboardEvent): void {
    const text = (event.target as unknown as ValueControl).value.trim();
    if (/^\d{1,15}$/.test(text)) void this.#showOffset(Number(text));
  }

  readonly #describe = (index: number): string => {
    const { segments } = this;
    if (!segments) return '';
    const kind = itemTitle(ITEM_KINDS[segments.colors[index]!]!);
    const [start, end] = [segments.starts[index]!, segments.ends[index]!];
    return `${kind}, ${plural(end - start, '1 byte at {1}', '{0} bytes at {1}', count(start))}`;
  };
}

/** What is wrong, as far as a banner has room. */
function damageLines({ lenient: { drops, stop } }: LogOverview): string[] {
  const lines = drops.rows
    .slice(0, BANNER_LINES)
    .map(({ offset, bytes, reason }) =>
      plural(bytes, '1 byte dropped at {1}: {2}', '{0} bytes dropped at {1}: {2}', offset, reason),
    );
  if (drops.total > BANNER_LINES)
    lines.push(plural(drops.total - BANNER_LINES, '1 more place', '{0} more places'));
  if (stop.why === 'damaged tail') lines.push(`${t('at byte {0}', count(stop.offset))}: ${stop.message}`);
  return lines;
}

declare global {
  interface HTMLElementTagNameMap {
    'lsm-bytes': import('../ui/bytes-view').LsmBytes;
  }
}
