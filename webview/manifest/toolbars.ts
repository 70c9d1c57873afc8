import { html, nothing } from 'lit';
import type { EditFilter, EditingView, EditKind, ManifestOverview } from '../protocol/manifest';
import { iconButton, smallButton } from '../ui/buttons';
import type { ValueControl } from '../ui/controls';
import { icon } from '../ui/icon';
import { count, t } from '../ui/text';
import { type EditAction, editActions, type Plan } from './plans';
import { kindTitle } from './words';

export interface ToolbarActions {
  filter(filter: EditFilter): void;
  filterByFile(text: string): void;
  goToTyped(text: string): void;
  compare(): void;
  showText(): void;
  undo(): void;
  redo(): void;
}

/** Above the list of edits. `first` is the edit to compare with. */
export function toolbar(
  overview: ManifestOverview,
  filter: EditFilter,
  first: number | undefined,
  actions: ToolbarActions,
) {
  const kinds = Object.keys(overview.kinds) as EditKind[];
  return html`<div class="bar" role="toolbar" aria-label=${t('Edits')}>
    ${overview.editing.canEdit ? undoButtons(overview.editing, actions) : nothing}
    <vscode-dropdown id="kind" aria-label=${t('Show edits')} .value=${filter.kinds?.[0] ?? 'all'}
      @change=${(event: Event) => {
        const kind = (event.target as ValueControl).value;
        const { file } = filter;
        actions.filter({
          ...(kind === 'all' ? {} : { kinds: [kind as EditKind] }),
          ...(file === undefined ? {} : { file }),
        });
      }}>
      <vscode-option value="all">${t('All edits')}</vscode-option>
      ${kinds.map((kind) => html`<vscode-option value=${kind}>${kindTitle(kind)} (${count(overview.kinds[kind] ?? 0)})</vscode-option>`)}
    </vscode-dropdown>
    <vscode-text-field id="file" class="number" placeholder=${t('Table number')} aria-label=${t('Only edits of this table')}
      title=${t('Only edits of this table')} .value=${filter.file ?? ''}
      @change=${(event: Event) => actions.filterByFile((event.target as ValueControl).value)}></vscode-text-field>
    <vscode-text-field id="go" class="number" placeholder=${t('Go to edit')} aria-label=${t('Go to edit')}
      @keydown=${(event: KeyboardEvent) =>
        event.key === 'Enter' &&
        actions.goToTyped((event.target as unknown as ValueControl).value)}></vscode-text-field>
    <span class="space"></span>
    <vscode-button id="first" appearance="secondary" @click=${actions.compare}
      >${first === undefined ? t('Compare from here') : t('Compare with edit {0}', first)}</vscode-button>
    <vscode-button id="text" appearance="secondary" @click=${actions.showText}>${t('As text')}</vscode-button>
  </div>`;
}

function undoButtons({ undoLabel, redoLabel }: EditingView, { undo, redo }: ToolbarActions) {
  const button = (
    id: string,
    label: string,
    glyph: 'discard' | 'redo',
    isDisabled: boolean,
    run: () => void,
  ) =>
    html`<vscode-button id=${id} appearance="icon" aria-label=${label} title=${label} ?disabled=${isDisabled}
      @click=${run}>${icon(glyph)}</vscode-button>`;
  return html`${button('undo', undoLabel === undefined ? t('Undo') : t('Undo: {0}', undoLabel), 'discard', undoLabel === undefined, undo)}
    ${button('redo', redoLabel === undefined ? t('Redo') : t('Redo: {0}', redoLabel), 'redo', redoLabel === undefined, redo)}`;
}

/** What can be done to the selected edit. */
export function operationsBar(edit: number, edits: number, run: (plan: Plan) => void) {
  const tooltip = ({ label, keys }: EditAction) => (keys ? `${label} (${keys})` : label);
  return html`<div class="operations actions" role="toolbar" aria-label=${t('Operations on the edit')}>
    ${editActions(edit, edits).map((action) => {
      const { label, icons, isDisabled, startsGroup, plan } = action;
      return html`${startsGroup ? html`<span class="gap"></span>` : nothing}${
        icons.length > 0
          ? iconButton(tooltip(action), icons, () => run(plan), isDisabled)
          : smallButton(label, () => run(plan), isDisabled)
      }`;
    })}
  </div>`;
}
