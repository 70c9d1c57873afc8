import { css, html, LitElement, nothing, type PropertyValues, type TemplateResult } from 'lit';
import type { Remote } from '../protocol/rpc';
import type { TraceReading } from '../protocol/trace';
import type { KeyRef, TraceGrain } from '../protocol/trace-event';
import type { BlockRow, TableRole, TableWay, TraceTableDetails } from '../protocol/trace-table';
import { escapeBytes } from '../ui/bytes';
import { formStyles } from '../ui/form-styles';
import type { GridColumn, LsmGrid } from '../ui/grid';
import { type IndexedRow, IndexedSource } from '../ui/indexed-rows';
import { errorText } from '../ui/rpc';
import { byteSize, count, plural, t } from '../ui/text';
import type { TraceContext } from './context';
import { blockColumns, entryColumns, type ListedEntry } from './table-columns';
import { tableRoleText } from './words';

const MAX_KEY = 120;

/** One table at the present event: where it is from, what became of it, its blocks and entries. Fires `lsm-record-entries`. */
export class LsmTraceTable extends LitElement {
  static override properties = {
    calls: { attribute: false },
    context: { attribute: false },
    run: { type: Number },
    at: { type: Number },
    table: { type: Number },
    grain: {},
    mayRecord: { type: Boolean },
    details: { state: true },
    side: { state: true },
    block: { state: true },
    failure: { state: true },
    blocks: { state: true },
  };
  static override styles = [
    formStyles,
    css`
      :host { display: flex; flex-direction: column; min-width: 0; min-height: 0; flex: 1; }
      .details { flex: 0 1 auto; max-height: 48%; overflow: auto; padding: 4px 0; outline: none; }
      .details:focus-visible { outline: 1px solid var(--vscode-focusBorder); outline-offset: -1px; }
      h2 { font-size: inherit; font-weight: 600; margin: 0; padding: 4px 12px 0; }
      dl { display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: 3px 16px; margin: 0; padding: 6px 12px; }
      dt { color: var(--vscode-descriptionForeground); }
      dd { margin: 0; overflow-wrap: anywhere; }
      code { font-family: var(--vscode-editor-font-family, monospace); font-size: var(--vscode-editor-font-size, 13px); }
      .bar { flex: none; display: flex; flex-wrap: wrap; gap: 4px 8px; align-items: center; padding: 6px 12px 4px;
        border-top: 1px solid var(--vscode-panel-border, var(--vscode-contrastBorder, transparent)); }
      .bar .quiet { color: var(--vscode-descriptionForeground); }
      button.small[aria-pressed='true'] { color: var(--vscode-foreground);
        background: var(--vscode-inputOption-activeBackground); border: 1px solid var(--vscode-contrastActiveBorder, var(--vscode-inputOption-activeBorder)); }
      lsm-grid { flex: 1 1 110px; min-height: 90px; }
      .placeholder { padding: 24px; text-align: center; color: var(--vscode-descriptionForeground); }
      .bad { color: color-mix(in srgb, var(--vscode-errorForeground) 70%, var(--vscode-foreground)); padding: 4px 12px; }
    `,
  ];
  declare calls: Remote<TraceReading>;
  declare context: TraceContext;
  declare run: number;
  declare at: number;
  /** Its number; -1 if none is selected. */
  declare table: number;
  declare grain: TraceGrain;
  /** Whether the trace can be recorded again. */
  declare mayRecord: boolean;
  declare details: TraceTableDetails | undefined;
  /** Whether its blocks are those that were read or written. */
  declare side: TableRole | undefined;
  /** The block whose entries are shown. */
  declare block: BlockRow | undefined;
  declare failure: string;
  /** How many blocks there are up to the present event; undefined before that is told. */
  declare blocks: number | undefined;
  readonly #blockColumns: GridColumn<IndexedRow<BlockRow>>[] = blockColumns();
  readonly #entryColumns: GridColumn<IndexedRow<ListedEntry>>[] = entryColumns();
  #asked = 0;
  #shownBlocks = '';
  #shownEntries = '';

  constructor() {
    super();
    this.run = 0;
    this.at = 0;
    this.table = -1;
    this.grain = 'files';
    this.mayRecord = false;
    this.details = undefined;
    this.side = undefined;
    this.block = undefined;
    this.failure = '';
    this.blocks = undefined;
  }

  override render() {
    const { details, failure } = this;
    if (this.table < 0) {
      return html`<div class="placeholder">${t('Select a table in the picture, or follow a table’s link.')}</div>`;
    }
    return html`
      ${failure ? html`<p class="bad" role="alert">${failure}</p>` : nothing}
      ${
        details
          ? this.#details(details)
          : html`<div class="placeholder">${t('The trace does not tell of table {0}.', this.table)}</div>`
      }
      ${details ? this.#lists() : nothing}
    `;
  }

  #details(details: TraceTableDetails) {
    const { number, level, bytes, smallest, largest, seeksAllowed, seeksLeft, role } = details;
    const rows: [string, string | TemplateResult][] = [
      [t('Level'), level === undefined ? t('not in this version') : count(level)],
      [t('Size'), `${byteSize(bytes)} (${plural(bytes, '1 byte', '{0} bytes')})`],
      [t('Smallest key'), keyText(smallest)],
      [t('Largest key'), keyText(largest)],
      [t('Seeks'), seeksText(details)],
      [t('From'), this.#way(details.from, t('nothing tells of it'))],
      [t('Gone into'), this.#way(details.to, t('it is there at the end'))],
      [t('Stays'), this.#stays(details)],
    ];
    if (role) rows.push([t('In the compaction'), tableRoleText(role)]);
    return html`<div class="details" tabindex="0" role="region" aria-label=${t('Table {0}', `${number}`)}>
      <h2>${t('Table {0}', `${number}`)}</h2>
      <dl data-seeks-allowed=${seeksAllowed} data-seeks-left=${seeksLeft}>${rows.map(
        ([label, value]) => html`<dt>${label}</dt><dd>${value}</dd>`,
      )}</dl>
    </div>`;
  }

  #way(way: TableWay | undefined | null, none: string) {
    if (!way) return none;
    const { event, how, text, tables } = way;
    const words = {
      manifest: t('an edit of the MANIFEST'),
      flush: t('a flush'),
      compaction: t('a compaction'),
      move: t('a move'),
      edit: t('an edit'),
    }[how];
    const left = tables.total - tables.rows.length;
    return html`${words}: ${this.#link(t('event {0}', count(event + 1)), text, () => this.context.goTo(event))}
      ${tables.rows.length > 0 ? html`(${tables.rows.map((table, i) => html`${i > 0 ? ', ' : ''}${this.#link(`${table}`, t('Table {0}', `${table}`), () => this.context.showTable(table))}`)}${left > 0 ? ` ${t('… and {0} more', count(left))}` : ''})` : nothing}`;
  }

  #stays({ stays }: TraceTableDetails) {
    return html`${stays.rows.map(({ level, added, removed }, i) => {
      const from = this.#link(t('event {0}', count(added + 1)), '', () => this.context.goTo(added));
      const isOver = removed !== undefined && removed !== null;
      const to = isOver
        ? this.#link(t('event {0}', count(removed + 1)), '', () => this.context.goTo(removed))
        : t('the end');
      return html`${i > 0 ? '; ' : ''}${t('level {0}', level)}: ${from} – ${to}`;
    })}`;
  }

  #link(text: string, title: string, run: () => void) {
    return html`<vscode-link href="#" title=${title} @click=${(event: Event) => {
      event.preventDefault();
      run();
    }}>${text}</vscode-link>`;
  }

  #lists() {
    const { side, grain, block, mayRecord } = this;
    const choose = (to: TableRole) => () => {
      this.side = to;
      this.block = undefined;
    };
    return html`
      <div class="bar">
        <button type="button" class="small" id="read" aria-pressed=${side === 'input'} @click=${choose('input')}>${t('Blocks read')}</button>
        <button type="button" class="small" id="written" aria-pressed=${side === 'output'} @click=${choose('output')}>${t('Blocks written')}</button>
        <span class="quiet" id="blocks-told" role="status">${this.#blocksText()}</span>
        <button type="button" class="small" id="named" @click=${() =>
          this.dispatchEvent(
            new CustomEvent('lsm-table-events', { detail: this.table }),
          )}>${t('Its events')}</button>
      </div>
      <lsm-grid id="blocks" .columns=${this.#blockColumns} .label=${t('Blocks')}
        @lsm-select=${(event: CustomEvent<IndexedRow<BlockRow> | undefined>) => {
          if (side === 'input') this.block = event.detail;
        }}
        @lsm-open=${(event: CustomEvent<IndexedRow<BlockRow> | undefined>) => {
          if (event.detail) this.context.goTo(event.detail.event);
        }}></lsm-grid>
      <div class="bar">
        ${
          grain === 'entries'
            ? html`<span class="quiet" id="entries-of">${
                block ? t('Entries of the block at {0}', count(block.offset)) : t('All its entries')
              }</span>`
            : html`<span class="quiet">${t('Single entries were not recorded.')}</span>
              ${mayRecord ? html`<button type="button" class="small" id="record-entries" @click=${() => this.dispatchEvent(new CustomEvent('lsm-record-entries'))}>${t('Record Entries')}</button>` : nothing}`
        }
      </div>
      ${
        grain === 'entries'
          ? html`<lsm-grid id="entries" .columns=${this.#entryColumns} .label=${t('Entries')}
              @lsm-open=${(event: CustomEvent<IndexedRow<ListedEntry> | undefined>) => {
                if (event.detail) this.context.goTo(event.detail.entry.event);
              }}></lsm-grid>`
          : nothing
      }
    `;
  }

  #blocksText(): string {
    const { blocks, side } = this;
    if (blocks === undefined) return '';
    if (blocks > 0) return plural(blocks, '1 block up to here', '{0} blocks up to here');
    return side === 'input' ? t('none was read up to here') : t('none was written up to here');
  }

  protected override willUpdate(changed: PropertyValues): void {
    if (changed.has('table') || changed.has('run')) {
      this.details = undefined;
      this.side = undefined;
      this.block = undefined;
    }
  }

  protected override updated(changed: PropertyValues): void {
    if (changed.has('table') || changed.has('run') || changed.has('at')) void this.#load();
    if (this.details && this.side) {
      void this.#showBlocks(this.side);
      if (this.grain === 'entries') void this.#showEntries(this.side);
    }
  }

  async #load(): Promise<void> {
    const asked = ++this.#asked;
    const { table, at } = this;
    if (table < 0) return;
    try {
      const details = (await this.calls.tableDetails(table, at)) ?? undefined;
      if (asked !== this.#asked) return;
      this.failure = '';
      this.details = details;
      if (details && !this.side) await this.#chooseRole(details);
    } catch (error) {
      if (asked === this.#asked) this.failure = errorText(error);
    }
  }

  /** Read, if the trace ever reads it; else written. */
  async #chooseRole({ number }: TraceTableDetails): Promise<void> {
    const { total } = await this.calls.blocks(number, 'input', Number.MAX_SAFE_INTEGER, 0, 1);
    if (Number(number) === this.table && !this.side) this.side = total > 0 ? 'input' : 'output';
  }

  async #showBlocks(role: TableRole): Promise<void> {
    const { table, at, run } = this;
    const shown = JSON.stringify([run, table, role]);
    const grid = this.renderRoot.querySelector<LsmGrid<IndexedRow<BlockRow>>>('#blocks')!;
    const isAt = `${shown} ${at}`;
    if (isAt === this.#shownBlocks) return;
    const isSame = this.#shownBlocks.startsWith(`${shown} `);
    this.#shownBlocks = isAt;
    // What was read since comes at the end: the source always reads as of the present event.
    if (isSame) await grid.reload();
    else {
      const source = new IndexedSource<BlockRow>(async (start, end) => {
        const page = await this.calls.blocks(table, role, this.at, start, end);
        if (this.#shownBlocks.startsWith(`${shown} `)) this.blocks = page.total;
        return page;
      });
      await grid.show(source, { at: 'first' });
    }
  }

  async #showEntries(role: TableRole): Promise<void> {
    const { table, block, run } = this;
    const shown = JSON.stringify([run, table, role, block?.offset]);
    if (shown === this.#shownEntries) return;
    const grid = this.renderRoot.querySelector<LsmGrid<IndexedRow<ListedEntry>>>('#entries');
    if (!grid) return;
    this.#shownEntries = shown;
    const request = { table, role, ...(block && role === 'input' ? { block: block.offset } : {}) };
    const source = new IndexedSource<ListedEntry>(async (start, end) => {
      const { rows, total } = await this.calls.entries(request, start, end);
      return { total, rows: rows.map((entry) => ({ entry })) };
    });
    await grid.show(source, { at: 'first' });
  }
}

function keyText({ userKey, sequence, type }: KeyRef) {
  const text = escapeBytes(userKey.subarray(0, MAX_KEY));
  const cut = userKey.length > MAX_KEY ? '…' : '';
  return html`<code>${text}${cut}</code> ${
    type === 'deletion' ? t('(sequence {0}, deletion)', `${sequence}`) : t('(sequence {0})', `${sequence}`)
  }`;
}

function seeksText({ seeksAllowed, seeksLeft, chargedByGets, chargedBySamples }: TraceTableDetails): string {
  const left = t('{0} of {1} left', count(seeksLeft), count(seeksAllowed));
  if (chargedByGets + chargedBySamples === 0) return left;
  return t('{0}; charged by gets: {1}, by samples: {2}', left, count(chargedByGets), count(chargedBySamples));
}

customElements.define('lsm-trace-table', LsmTraceTable);
