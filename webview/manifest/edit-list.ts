import type { EditFilter, EditRow, ManifestPageCalls } from '../protocol/manifest';
import type { Remote } from '../protocol/rpc';
import type { LsmGrid } from '../ui/grid';
import { IndexedSource, indexKey } from '../ui/indexed-rows';
import { t } from '../ui/text';
import { columns, type Row } from './columns';

/** The page, as the list of its edits uses it. */
export interface ListHost {
  readonly calls: Remote<ManifestPageCalls>;
  /** Undefined while there is no list. */
  readonly grid: LsmGrid<Row> | undefined;
  readonly filter: EditFilter;
  /** The edit that is selected. */
  readonly edit: number;
  /** Whether a row that is damage is selected instead. */
  readonly isDamage: boolean;
}

/** The list of the edits under the filter. */
export class EditList {
  readonly #host: ListHost;

  constructor(host: ListHost) {
    this.#host = host;
  }

  /** Lists the edits, from the first on or where the list stands. */
  async list(from: 'first' | 'again'): Promise<void> {
    const { grid, calls, filter } = this.#host;
    if (!grid) return;
    grid.label = t('Edits');
    grid.columns = columns();
    grid.changed = ({ changed }) => changed;
    const source = new IndexedSource<EditRow>((start, end) => calls.rows(start, end, filter));
    if (from === 'again') await grid.showAgain(source, { at: 'first' });
    else await grid.show(source, { at: 'first' });
    await this.goToEdit();
  }

  /** Brings the list to the present edit. */
  async goToEdit(): Promise<void> {
    const { grid, calls, edit, filter, isDamage } = this.#host;
    if (!grid?.window || isDamage || grid.selected?.edit === edit) return;
    const row = await calls.rowOf(edit, filter).catch(() => -1);
    if (row < 0) return;
    const { window } = grid;
    const find = () => window.items.findIndex((item) => item.row.index === row);
    if (find() < 0) await window.jump({ at: 'key', key: indexKey(row) });
    const held = find();
    if (held < 0) return;
    window.reveal(held);
    // Under a filter the edit itself may not be among the rows: what is selected stays the edit.
    if (window.items[held]?.row.edit === this.#host.edit) grid.select(window.items[held]?.row);
  }

  /** Brings the selected row into sight. */
  reveal(): void {
    const { window, selected } = this.#host.grid ?? {};
    const held = selected && window ? window.find(selected) : -1;
    if (held >= 0) window?.reveal(held);
  }
}
