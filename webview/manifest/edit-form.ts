import { css, html, LitElement, nothing, type PropertyValues } from 'lit';
import type { AdditionForm, EditForm, EditView, FileNumber } from '../protocol/manifest';
import { fileAppStyles } from '../ui/app-styles';
import { smallButton } from '../ui/buttons';
import type { Parsed } from '../ui/field';
import { formStyles } from '../ui/form-styles';
import { iconStyles } from '../ui/icon';
import { count, t } from '../ui/text';
import type { EntryKind } from './add-entry';
import {
  additionsTable,
  type DeletionRow,
  deletionsTable,
  type EntryActions,
  pointersTable,
} from './entry-tables';
import { parseComparator, parseOptionalNumber } from './parse-fields';
import type { Apply } from './plans';
import { RowNames } from './row-names';
import { counterTitles, editWords } from './words';

/** How many lines of each list are shown at first, and how many more at a time. */
export const FORM_PAGE = 100;

/** What of an edit's lists is shown. */
export interface FormRange {
  end: number;
  file?: FileNumber | undefined;
}

/** Lists this short need no filter. */
const SHORT = 10;

/**
 * An edit as a form: each field that is committed becomes an operation. Fires `lsm-range` (detail: a FormRange) when more of
 * the lists is wanted, and `lsm-text` for the text form.
 */
export class LsmEditForm extends LitElement {
  static override properties = {
    form: { attribute: false },
    view: { attribute: false },
    edits: { type: Number },
    range: { attribute: false },
    apply: { attribute: false },
    adding: { state: true },
  };
  declare form: EditForm | undefined;
  declare view: EditView | undefined;
  /** How many edits there are. */
  declare edits: number;
  declare range: FormRange;
  declare apply: Apply;
  /** What is being added. */
  declare adding: EntryKind | undefined;
  readonly #additions = new RowNames<AdditionForm>(placeOf);
  readonly #deletions = new RowNames<DeletionRow>(placeOf);

  constructor() {
    super();
    this.form = undefined;
    this.view = undefined;
    this.edits = 0;
    this.range = { end: FORM_PAGE };
    this.apply = async () => undefined;
    this.adding = undefined;
  }

  static override styles = [
    fileAppStyles,
    iconStyles,
    formStyles,
    css`
      :host { display: block; padding-bottom: 8px; }
      .about { padding: 6px 12px 2px; color: var(--vscode-descriptionForeground); overflow-wrap: anywhere; }
      .about b { font-weight: 600; color: var(--vscode-foreground); }
      .section { display: flex; flex-wrap: wrap; gap: 4px 10px; align-items: center; padding: 8px 12px 2px; }
      .section h2 { padding: 0; }
      .section .actions { margin-left: auto; }
      .table { padding: 0 9px; overflow-x: auto; }
      table.counters tbody th { line-height: 22px; padding: 1px 3px; vertical-align: top; }
      table.counters thead th:first-child { width: 138px; }
      table.counters thead th:nth-child(2) { width: 31%; }
      table.counters { max-width: 620px; }
      td.after { color: var(--vscode-descriptionForeground); }
      table.additions { min-width: 500px; }
      table.pointers { min-width: 400px; }
      table.deletions { max-width: 260px; }
      table.additions tbody + tbody td { border-top: 1px solid transparent; }
      table.additions tbody tr:last-child td { padding-bottom: 5px; }
      th.level { width: 42px; }
      th.number { width: 66px; }
      th.size { width: 78px; }
      th.sequence { width: 76px; }
      th.type { width: 86px; }
      th.tools { width: 26px; }
      table.deletions th.number { width: 100px; }
      .filter { flex: 0 1 150px; }
      .more { padding: 4px 12px; }
      p.quiet { margin: 0; padding: 2px 12px; }
    `,
  ];

  override render() {
    const { form, view } = this;
    if (!form || !view) return html`<div class="placeholder">${t('There is no edit.')}</div>`;
    const { additions, deletions, compactPointers } = form;
    const isLong = this.range.file !== undefined || additions.total > SHORT || deletions.total > SHORT;
    const actions: EntryActions = {
      deletions: this.#deletions,
      additions: this.#additions,
      pointer: (level) => this.form?.compactPointers.find((each) => each.level === level),
      change: async (make) => {
        const refusal = await this.apply(() => {
          const operation = make();
          return operation && { operations: [operation], edit: form.edit };
        });
        return refusal?.message;
      },
      showText: () => this.dispatchEvent(new CustomEvent('lsm-text')),
    };
    return html`
      <div class="about"><b>${t('Edit {0}', count(form.edit))}</b> · ${editWords(view.what)} · ${t('at byte {0}', count(view.offset))}</div>
      ${this.#counters(form, view)}
      ${isLong ? this.#filter() : nothing}
      ${this.#section('table', t('Tables added'), additions.total, t('Add Table…'))}
      <div class="table">${additionsTable(form.edit, actions)}</div>
      ${this.#more(additions.rows.length, additions.total)}
      ${this.#section('deletion', t('Tables removed'), deletions.total, t('Add Deletion…'))}
      <div class="table">${deletionsTable(form.edit, actions)}</div>
      ${this.#more(deletions.rows.length, deletions.total)}
      ${this.#section('pointer', t('Compaction pointers'), compactPointers.length, t('Add Compaction Pointer…'))}
      <div class="table">${pointersTable(form, actions)}</div>
    `;
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    const { form } = this;
    if (!changed.has('form') || !form) return;
    // Where an edit came or went, the same number may be another edit's.
    const isSame = changed.get('form')?.edit === form.edit && !changed.has('edits');
    this.#additions.update(form.additions.rows, isSame);
    this.#deletions.update(form.deletions.rows, isSame);
  }

  /** In this edit, and what is in force after it. */
  #counters(form: EditForm, { counters }: EditView) {
    const titles = counterTitles();
    const names = Object.keys(titles) as (keyof typeof titles)[];
    return html`<div class="table"><table class="counters">
      <thead><tr><th scope="col"><span class="spoken">${t('Field')}</span></th><th scope="col">${t('In this edit')}</th>
        <th scope="col">${t('After it')}</th></tr></thead>
      <tbody>${names.map((field) => {
        const parse: (text: string) => Parsed =
          field === 'comparator' ? parseComparator : parseOptionalNumber;
        const commit = async (value: unknown): Promise<string | undefined> => {
          const operations = [{ op: 'set', edit: form.edit, field, value }];
          return (await this.apply({ operations, edit: form.edit }))?.message;
        };
        return html`<tr><th scope="row">${titles[field]}</th>
          <td><lsm-field id=${field} .label=${titles[field]} .value=${`${form[field] ?? ''}`} placeholder="–"
            .parse=${parse} .commit=${commit}></lsm-field></td>
          <td class="text after">${counters[field] || t('none')}</td></tr>`;
      })}</tbody>
    </table></div>`;
  }

  #filter() {
    const { file } = this.range;
    const commit = async (value: unknown) => {
      this.#range({ end: FORM_PAGE, file: (value as FileNumber | null) ?? undefined });
      return undefined;
    };
    return html`<div class="section"><lsm-field id="form-file" class="filter" .label=${t('Only lines of this table')}
      .placeholder=${t('Only lines of table…')} .value=${`${file ?? ''}`} .parse=${parseOptionalNumber}
      .commit=${commit}></lsm-field></div>`;
  }

  #section(kind: EntryKind, title: string, total: number, add: string) {
    return html`<div class="section"><h2>${title}${total > 0 ? ` (${count(total)})` : ''}</h2>
        <span class="actions"><button type="button" class="small" data-add=${kind} aria-expanded=${this.adding === kind}
          @click=${() => {
            this.adding = this.adding === kind ? undefined : kind;
          }}>${add}</button></span></div>
      ${
        this.adding === kind
          ? html`<lsm-add-entry .kind=${kind} .edit=${this.form?.edit} .edits=${this.edits} .apply=${this.apply}
              @lsm-closed=${() => void this.#added(kind)}></lsm-add-entry>`
          : nothing
      }`;
  }

  #more(shown: number, total: number) {
    if (shown >= total) return nothing;
    return html`<div class="more actions">${smallButton(t('Show more'), () =>
      this.#range({ ...this.range, end: this.range.end + FORM_PAGE }),
    )}<span class="quiet">${t('{0} of {1}', count(shown), count(total))}</span></div>`;
  }

  #range(range: FormRange): void {
    this.dispatchEvent(new CustomEvent('lsm-range', { detail: range }));
  }

  async #added(kind: EntryKind): Promise<void> {
    this.adding = undefined;
    await this.updateComplete;
    this.renderRoot.querySelector<HTMLElement>(`[data-add=${kind}]`)?.focus();
  }
}

customElements.define('lsm-edit-form', LsmEditForm);

function placeOf({ level, number }: DeletionRow): string {
  return `${level}/${number}`;
}

/** The parts of a form that was asked for in pieces. */
export function joinForms(first: EditForm, next: EditForm): EditForm {
  const joined = <Row>(a: { rows: Row[]; total: number }, b: { rows: Row[] }) => ({
    rows: [...a.rows, ...b.rows],
    total: a.total,
  });
  return {
    ...first,
    deletions: joined(first.deletions, next.deletions),
    additions: joined(first.additions, next.additions),
  };
}
