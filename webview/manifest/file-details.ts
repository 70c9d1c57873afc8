import { html, nothing } from 'lit';
import type { FileNumber, LifeView } from '../protocol/manifest';
import { smallButton } from '../ui/buttons';
import type { MenuItem } from '../ui/menu';
import { byteSize, count, t } from '../ui/text';
import { link } from './links';
import { type Apply, addFromFile } from './plans';

const LEVELS = [0, 1, 2, 3, 4, 5, 6];

export interface FileActions {
  goToEdit(edit: number): void;
  /** Goes there and shows its fields. */
  showEdit(edit: number): void;
  openTable(name: string): void;
  filterByFile(number: string): void;
  apply: Apply;
  menu(label: string, items: MenuItem[], event: Event): void;
}

/** What can be done to the tables: whether, and how many edits there are. */
export interface FileEditing {
  canEdit: boolean;
  edits: number;
  /** Only the saved version has it. */
  isGone: boolean;
}

/** The selected table: where it was, from when to when. */
export function fileDetails(life: LifeView, editing: FileEditing, actions: FileActions) {
  const { number, level, bytes, smallest, largest, stays, name } = life;
  return html`
    <dl>
      <dt>${t('Table')}</dt><dd>${number}</dd>
      <dt>${t('Level')}</dt><dd>${level}</dd>
      <dt>${t('Size')}</dt><dd>${byteSize(bytes)} (${t('{0} bytes', count(bytes))})</dd>
      <dt>${t('Smallest')}</dt><dd class="code">${smallest}</dd>
      <dt>${t('Largest')}</dt><dd class="code">${largest}</dd>
      ${stays.rows.map(
        (stay) => html`<dt>${t('In level {0}', stay.level)}</dt>
          <dd>${link(t('from edit {0}', stay.added), () => actions.goToEdit(stay.added))}
            ${stay.removed === undefined ? t('on') : link(t('to edit {0}', stay.removed), () => actions.goToEdit(stay.removed!))}</dd>`,
      )}
      ${stays.rows.length < stays.total ? html`<dt></dt><dd class="quiet">${t('{0} more places', count(stays.total - stays.rows.length))}</dd>` : nothing}
      <dt>${t('File')}</dt>
      <dd>${name === undefined ? t('not in the folder') : link(t('Open {0}', name), () => actions.openTable(name))}</dd>
    </dl>
    <div class="actions">
      ${editing.canEdit ? fileButtons(life, editing, actions) : nothing}
      ${smallButton(t('Go to the Edit That Adds It'), () => actions.showEdit(life.added))}
      ${smallButton(t('Show only its edits'), () => actions.filterByFile(`${number}`))}
    </div>
    ${
      editing.canEdit && life.removed !== undefined
        ? html`<p class="quiet">${
            editing.isGone
              ? t('Only the saved version has it: edit {0} takes it away.', life.removed)
              : t('The version at the end has it no more: edit {0} takes it away.', life.removed)
          }</p>`
        : nothing
    }`;
}

function fileButtons(life: LifeView, { edits }: FileEditing, { apply, menu }: FileActions) {
  const { number, level, added, removed, stays, name } = life;
  if (removed !== undefined) {
    const elsewhere = stays.rows.find((stay) => stay.removed === undefined);
    if (!elsewhere) return putBack(level, number, edits, name !== undefined, apply);
    if (elsewhere.level === level) return nothing;
    return smallButton(t('Move Back to Level {0}', level), () => {
      void apply({
        operations: [{ op: 'move-file', number, from: elsewhere.level, to: level }],
        edit: edits,
      });
    });
  }
  const isHere = name !== undefined;
  return html`
    ${smallButton(t('Remove from the Version'), () => {
      void apply({ operations: [{ op: 'remove-file', level, number }], edit: edits });
    })}
    ${smallButton(t('Move to Level…'), (event) => {
      const items = LEVELS.filter((each) => each !== level).map((to) => ({
        label: t('Level {0}', to),
        run: () => void apply({ operations: [{ op: 'move-file', number, from: level, to }], edit: edits }),
      }));
      menu(t('Move to Level…'), items, event);
    })}
    ${smallButton(
      t('Take Size and Range from the File'),
      () => void apply({ operations: [{ op: 'measure-file', edit: added, level, number }], edit: added }),
      !isHere,
    )}`;
}

/** A table that only the saved version has, and that no edit names any more. */
export function ghostDetails(
  { number, level, bytes }: { number: number; level: number; bytes: number },
  edits: number,
  { apply }: Pick<FileActions, 'apply'>,
) {
  return html`
    <dl>
      <dt>${t('Table')}</dt><dd>${number}</dd>
      <dt>${t('Level')}</dt><dd>${level}</dd>
      <dt>${t('Size')}</dt><dd>${byteSize(bytes)} (${t('{0} bytes', count(bytes))})</dd>
    </dl>
    <div class="actions">${putBack(level, number, edits, true, apply)}</div>
    <p class="quiet">${t('Only the saved version has it; no edit names it any more. Undo brings its edit back, “Put It Back” adds it anew.')}</p>`;
}

function putBack(level: number, number: FileNumber, edits: number, isHere: boolean, apply: Apply) {
  const title = t('In a new edit at the end, with size and range from the file');
  return smallButton(t('Put It Back'), () => void apply(addFromFile(level, number, edits)), !isHere, title);
}
