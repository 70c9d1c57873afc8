import { html, nothing, type TemplateResult } from 'lit';
import type { Listed } from '../../protocol/common';
import type { U64 } from '../../protocol/trace-event';
import { count, plural, t } from '../../ui/text';
import type { TraceContext } from '../context';
import { numberText } from '../formulas';

/** What a section is, or nothing where the frame has none of it. */
export type Part = TemplateResult | typeof nothing;

export type Row = [label: string, value: unknown];

/** Rows of a list that are drawn: with every step all of them are looked at again. */
export const SHOWN_ROWS = 60;

/** A section with a heading; `id` names it for tests and styles. */
export function section(id: string, title: string, content: unknown, note = ''): TemplateResult {
  return html`<section class="part" id=${`part-${id}`}>
    <h2>${title}${note ? html` <span class="note-of">${note}</span>` : nothing}</h2>
    ${content}
  </section>`;
}

/** A list of names and values. Rows whose value is undefined are left out. */
export function definitions(rows: readonly (Row | undefined)[]): Part {
  const there = rows.filter((row): row is Row => row !== undefined && row[1] !== undefined);
  if (there.length === 0) return nothing;
  return html`<dl>${there.map(([label, value]) => html`<dt>${label}</dt><dd>${value}</dd>`)}</dl>`;
}

export interface Column<Item> {
  title: string;
  isNumber?: boolean;
  /** Words that need room; the table is scrolled before they get less. */
  isWide?: boolean;
  cell(item: Item): unknown;
}

/** A table that may be wider than its place: then it is scrolled, by the keyboard too. */
export function tableOf<Item>(label: string, items: readonly Item[], columns: readonly Column<Item>[]) {
  const kind = ({ isNumber, isWide }: Column<Item>) => (isNumber ? 'number' : isWide ? 'wide' : nothing);
  return html`<div class="rows" tabindex="0" role="region" aria-label=${label}>
    <table class="numbers">
      <thead><tr>${columns.map((column) => html`<th scope="col" class=${kind(column)}>${column.title}</th>`)}</tr></thead>
      <tbody>${items.map(
        (item) =>
          html`<tr>${columns.map((column) => html`<td class=${kind(column)}>${column.cell(item)}</td>`)}</tr>`,
      )}</tbody>
    </table>
  </div>`;
}

/** The first of a list's rows that are drawn. */
export function shown<Item>({ rows }: Listed<Item>, most = SHOWN_ROWS): Item[] {
  return rows.slice(0, most);
}

/** How many of a list are not drawn. */
export function more<Item>({ rows, total }: Listed<Item>, most = SHOWN_ROWS): Part {
  const left = total - Math.min(rows.length, most);
  return left > 0 ? html`<p class="quiet more">${moreText(left)}</p>` : nothing;
}

export function moreText(left: number): string {
  return plural(left, '… and 1 more', '… and {0} more');
}

export function link(text: string, run: () => void, title = ''): TemplateResult {
  return html`<vscode-link href="#" title=${title || nothing} @click=${(event: Event) => {
    event.preventDefault();
    run();
  }}>${text}</vscode-link>`;
}

export function tableLink(table: U64, context: TraceContext): TemplateResult {
  return link(numberText(table), () => context.showTable(table), t('Show table {0}', numberText(table)));
}

/** `text` leads to the frame after an event. */
export function eventLink(event: number, context: TraceContext, text = eventText(event)): TemplateResult {
  return link(text, () => context.goTo(event), t('Go to this event'));
}

/** Events are counted from 1, as the position is. */
export function eventText(event: number): string {
  return t('event {0}', count(event + 1));
}

/** A file of the folder, at an offset if one is given. */
export function fileLink(file: string, context: TraceContext, offset?: number, text = file): TemplateResult {
  const title = offset === undefined ? t('Open {0}', file) : t('Open {0} at offset {1}', file, `${offset}`);
  return link(text, () => context.openFile(file, offset), title);
}

/** A list of links in a line, with what is left out. */
export function inLine(items: readonly unknown[], left: number): TemplateResult {
  return html`${items.map((item, i) => html`${i > 0 ? ', ' : nothing}${item}`)}${left > 0 ? ` ${moreText(left)}` : nothing}`;
}

export function paragraph(text: unknown, kind = ''): TemplateResult {
  return html`<p class=${kind || nothing}>${text}</p>`;
}
