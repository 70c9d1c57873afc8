import { css, html, LitElement, nothing, type PropertyValues } from 'lit';
import type { Remote } from '../protocol/rpc';
import type { TraceReading } from '../protocol/trace';
import type { EventFilter, EventType } from '../protocol/trace-event';
import { iconButton } from '../ui/buttons';
import { formStyles } from '../ui/form-styles';
import type { GridColumn, LsmGrid } from '../ui/grid';
import { iconStyles } from '../ui/icon';
import { type IndexedRow, IndexedSource, indexKey } from '../ui/indexed-rows';
import { errorText } from '../ui/rpc';
import { count, t } from '../ui/text';

interface ListedEvent {
  event: number;
  type: EventType;
  text: string;
}

type Row = IndexedRow<ListedEvent>;

/** Rows above the present event when it was out of sight. */
const ROWS_ABOVE = 4;

export const EVENT_TYPES: readonly EventType[] = [
  'open',
  'lock',
  'create',
  'current',
  'manifest-edit',
  'manifest-end',
  'missing-files',
  'log-skipped',
  'logs',
  'log-begin',
  'log-unreadable',
  'log-batch',
  'log-batch-fault',
  'log-dropped',
  'log-end',
  'open-end',
  'memtable-switch',
  'flush-begin',
  'flush-progress',
  'flush-end',
  'compact-range',
  'pick',
  'move',
  'compaction-progress',
  'input-block',
  'input-block-end',
  'output-block',
  'entry-kept',
  'entry-dropped',
  'output-begin',
  'output-end',
  'compaction-end',
  'write',
  'version',
  'remove',
  'stall',
  'seek-charge',
  'error',
];

/** All events of a trace, the present one selected. Fires `lsm-event` (detail: an event to go to). */
export class LsmEventList extends LitElement {
  static override properties = {
    calls: { attribute: false },
    run: { type: Number },
    at: { type: Number },
    playing: { type: Boolean },
    table: { type: Number },
    type: { state: true },
    text: { state: true },
    message: { state: true },
    json: { state: true },
  };
  static override styles = [
    iconStyles,
    formStyles,
    css`
      :host { display: flex; flex-direction: column; min-width: 0; min-height: 0; flex: 1; }
      .bar { flex: none; display: flex; flex-wrap: wrap; gap: 4px 6px; align-items: center; padding: 6px 8px; }
      input { box-sizing: border-box; flex: 1 1 120px; min-width: 80px; max-width: 300px; height: 22px; padding: 0 4px;
        border-radius: 2px; font: inherit; color: var(--vscode-input-foreground);
        background: var(--vscode-input-background);
        border: 1px solid var(--vscode-input-border, var(--vscode-contrastBorder, transparent)); }
      input::placeholder { color: var(--vscode-input-placeholderForeground); opacity: 1; }
      input:focus { outline: 1px solid var(--vscode-focusBorder); outline-offset: -1px; }
      select { width: auto; max-width: 180px; }
      .message { color: var(--vscode-descriptionForeground); }
      lsm-grid { flex: 1 1 60%; min-height: 80px; }
      pre { flex: 0 1 auto; max-height: 34%; margin: 0; padding: 6px 10px; overflow: auto; white-space: pre-wrap;
        overflow-wrap: anywhere; font-family: var(--vscode-editor-font-family, monospace);
        font-size: var(--vscode-editor-font-size, 13px); line-height: 1.4;
        border-top: 1px solid var(--vscode-panel-border, var(--vscode-contrastBorder, transparent)); }
      pre:focus-visible { outline: 1px solid var(--vscode-focusBorder); outline-offset: -1px; }
    `,
  ];
  declare calls: Remote<TraceReading>;
  /** With another one all events are others. */
  declare run: number;
  /** The present event is the one before this place. */
  declare at: number;
  /** While it plays, the present event is followed, but its fields are not asked for. */
  declare playing: boolean;
  /** Only events that name this table, if it is not -1. */
  declare table: number;
  declare type: EventType | '';
  declare text: string;
  declare message: string;
  declare json: string;
  #columns: GridColumn<Row>[] = [];
  #shown = '';
  #isFollowing = false;
  /** The event that was selected last as the present one. */
  #followed = -1;
  /** What is selected now is no choice of a person. */
  #isSelecting = false;
  #searches = 0;
  #asked = -1;

  constructor() {
    super();
    this.run = 0;
    this.at = 0;
    this.playing = false;
    this.table = -1;
    this.type = '';
    this.text = '';
    this.message = '';
    this.json = '';
  }

  override render() {
    if (this.#columns.length === 0) this.#columns = columns();
    return html`<div class="bar">
        <input id="search" type="text" aria-label=${t('Search events')} placeholder=${t('Search events')} .value=${this.text}
          @input=${(event: Event) => {
            this.text = (event.target as HTMLInputElement).value;
          }} @keydown=${this.#searchKey} />
        ${iconButton(t('Previous match (Shift+Enter)'), ['arrow-up'], () => void this.find('backward'))}
        ${iconButton(t('Next match (Enter)'), ['arrow-down'], () => void this.find('forward'))}
        <select id="type" aria-label=${t('Type of events')} @change=${(event: Event) => {
          this.type = (event.target as HTMLSelectElement).value as EventType | '';
        }}><option value="">${t('All types')}</option>${EVENT_TYPES.map(
          (type) => html`<option value=${type} ?selected=${type === this.type}>${type}</option>`,
        )}</select>
        ${
          this.table < 0
            ? nothing
            : html`<button type="button" class="small" id="all-tables" @click=${() => {
                this.table = -1;
                this.dispatchEvent(new CustomEvent('lsm-all-tables'));
              }}>${t('Only table {0}: show all', this.table)}</button>`
        }
        <span class="message" role="status">${this.message}</span>
      </div>
      <lsm-grid id="events" .columns=${this.#columns} .label=${t('Events')} @lsm-select=${this.#selected}
        @lsm-error=${(event: CustomEvent) => {
          this.message = errorText(event.detail);
        }}></lsm-grid>
      <pre id="json" tabindex="0" role="region" aria-label=${t('Fields of the event')}>${this.json}</pre>`;
  }

  get #filter(): EventFilter {
    return {
      ...(this.type === '' ? {} : { types: [this.type] }),
      ...(this.table < 0 ? {} : { table: this.table }),
    };
  }

  get #grid(): LsmGrid<Row> {
    return this.renderRoot.querySelector<LsmGrid<Row>>('lsm-grid')!;
  }

  protected override updated(changed: PropertyValues): void {
    void this.#follow();
    if ((changed.has('at') || changed.has('playing') || changed.has('run')) && !this.playing)
      void this.#askJson();
  }

  /** The list, if it has to be another one, with the present event selected. One at a time; the newest is the last. */
  async #follow(): Promise<void> {
    if (this.#isFollowing) return;
    this.#isFollowing = true;
    try {
      for (;;) {
        const filter = this.#filter;
        const shown = JSON.stringify([this.run, filter]);
        const event = this.at - 1;
        if (shown === this.#shown && event === this.#followed) return;
        const isNew = shown !== this.#shown;
        const hasFilter = this.type !== '' || this.table >= 0;
        const row = hasFilter && event >= 0 ? await this.calls.rowOf(event, filter) : event;
        const key = indexKey(Math.max(0, row - ROWS_ABOVE));
        this.#followed = event;
        this.#shown = shown;
        if (isNew) await this.#grid.show(this.#source(filter), { at: 'key', key });
        this.message = '';
        await this.#select(row);
      }
    } catch (error) {
      this.message = errorText(error);
    } finally {
      this.#isFollowing = false;
    }
  }

  /** Selects a row; brings it into sight if it is not. */
  async #select(row: number): Promise<void> {
    const grid = this.#grid;
    const select = (found: Row | undefined) => {
      this.#isSelecting = true;
      grid.select(found);
      this.#isSelecting = false;
    };
    if (row < 0) {
      select(undefined);
      return;
    }
    const held = () => grid.window?.items.findIndex((item) => item.row.index === row) ?? -1;
    if (held() < 0) await grid.window?.jump({ at: 'key', key: indexKey(Math.max(0, row - ROWS_ABOVE)) });
    const index = held();
    if (index < 0) return;
    select(grid.window!.items[index]!.row);
    grid.window!.reveal(index);
  }

  #source(filter: EventFilter): IndexedSource<ListedEvent> {
    return new IndexedSource<ListedEvent>(async (start, end) => {
      const { rows, total } = await this.calls.events(start, end, filter);
      return { total, rows: rows.map(({ index, type, text }) => ({ event: index, type, text })) };
    });
  }

  #selected(event: CustomEvent<Row | undefined>): void {
    const row = event.detail;
    if (!row || this.#isSelecting || row.event === this.at - 1) return;
    this.dispatchEvent(new CustomEvent('lsm-event', { detail: row.event }));
  }

  #searchKey(event: KeyboardEvent): void {
    if (event.key !== 'Enter') return;
    event.preventDefault();
    void this.find(event.shiftKey ? 'backward' : 'forward');
  }

  /** Goes to the next event that has the text, among those that are listed. */
  async find(direction: 'forward' | 'backward'): Promise<void> {
    const search = ++this.#searches;
    const query = { ...this.#filter, text: this.text };
    // The present event is the one before `at`.
    let from = direction === 'forward' ? this.at : this.at - 2;
    this.message = '';
    try {
      while (from >= 0) {
        const { found, next } = await this.calls.find(query, from, direction);
        if (search !== this.#searches) return;
        if (found) {
          this.dispatchEvent(new CustomEvent('lsm-event', { detail: found.index }));
          return;
        }
        if (next === undefined || next === null) break;
        this.message = t('Searching… event {0}', count(next + 1));
        from = next;
      }
      this.message = direction === 'forward' ? t('Nothing more below.') : t('Nothing more above.');
    } catch (error) {
      if (search === this.#searches) this.message = errorText(error);
    }
  }

  async #askJson(): Promise<void> {
    const event = this.at - 1;
    this.#asked = event;
    if (event < 0) {
      this.json = '';
      return;
    }
    try {
      const line = await this.calls.eventJson(event);
      if (this.#asked === event) this.json = indented(line);
    } catch (error) {
      if (this.#asked === event) this.json = errorText(error);
    }
  }
}

/** One that was cut stays as it is. */
function indented(line: string): string {
  try {
    return JSON.stringify(JSON.parse(line), null, 2);
  } catch {
    return line;
  }
}

function columns(): GridColumn<Row>[] {
  return [
    {
      id: 'event',
      title: t('Event'),
      width: 84,
      least: 50,
      align: 'end',
      cell: ({ event }) => count(event + 1),
    },
    { id: 'type', title: t('Type'), width: 140, least: 60, cell: ({ type }) => type },
    { id: 'text', title: t('What happened'), least: 160, cell: ({ text }) => text },
  ];
}

customElements.define('lsm-event-list', LsmEventList);
