import { css, html, LitElement, nothing, type PropertyValues } from 'lit';
import type { ManifestOverview, SaveView, VersionDifferences } from '../protocol/manifest';
import { fileAppStyles } from '../ui/app-styles';
import { smallButton } from '../ui/buttons';
import { formStyles } from '../ui/form-styles';
import { iconStyles } from '../ui/icon';
import { t } from '../ui/text';
import { differencesView } from './differences-view';
import type { Apply } from './plans';
import './rebuild';
import { checkStyles } from './styles';
import { trialView } from './trial-view';

/** What is asked of the extension. A `Remote` itself cannot be a property: lit takes it for a directive. */
export interface ChangesCalls {
  differences(): Promise<VersionDifferences>;
  tryOpening(): Promise<SaveView | undefined>;
  save(): Promise<void>;
  saveAsNew(): Promise<void>;
  copyScript(): Promise<void>;
}

export interface ChangesActions extends ChangesCalls {
  apply: Apply;
  /** Runs a call and tells of its failure. */
  tried<T>(call: Promise<T>): Promise<T | undefined>;
  goToEdit(edit: number): void;
  goToOffset(offset: number): void;
  goToFile(number: string): void;
}

/** What was changed, what LevelDB would make of it, and what is done to the whole MANIFEST. */
export class LsmChanges extends LitElement {
  static override properties = {
    overview: { attribute: false },
    actions: { attribute: false },
    differences: { state: true },
    trial: { state: true },
    isTrying: { state: true },
  };
  /** Another object means another state. */
  declare overview: ManifestOverview;
  declare actions: ChangesActions;
  declare differences: VersionDifferences | undefined;
  declare trial: SaveView | undefined;
  declare isTrying: boolean;
  #asked = 0;

  constructor() {
    super();
    this.differences = undefined;
    this.trial = undefined;
    this.isTrying = false;
  }

  static override styles = [
    fileAppStyles,
    iconStyles,
    formStyles,
    checkStyles,
    css`
      :host { display: block; padding-bottom: 8px; }
      /* However long what follows is, it can be saved. */
      .bar { position: sticky; top: 0; z-index: 1; padding: 8px 12px 4px; background: var(--vscode-editor-background); }
      .section { padding: 2px 12px 4px; }
      del { text-decoration: line-through; color: var(--vscode-descriptionForeground); }
      ins { text-decoration: none; font-weight: 600; }
      dt::before { content: ''; display: inline-block; width: 3px; height: 0.9em; margin-right: 6px; vertical-align: -1px; }
      dt.added::before { background: var(--vscode-editorGutter-addedBackground); }
      dt.removed::before { background: var(--vscode-editorGutter-deletedBackground); }
      dt.moved::before, dt.changed::before { background: var(--vscode-editorGutter-modifiedBackground); }
      dd .code { font-family: var(--vscode-editor-font-family, monospace); }
      .operations { margin: 0; padding: 4px 12px 4px 36px; }
      .trial { margin: 4px 12px 6px; border: 1px solid var(--vscode-widget-border, var(--vscode-contrastBorder, transparent));
        border-left: 3px solid var(--vscode-charts-green); background: var(--vscode-editorWidget-background);
        color: var(--vscode-editorWidget-foreground); }
      .trial.unsound { border-left-color: var(--vscode-errorForeground); }
      .trial .verdict { margin: 0; padding: 6px 12px 0; font-weight: 600; overflow-wrap: anywhere; }
      .trial dl { padding-top: 4px; }
      .trial dt { color: inherit; }
      p.quiet, p.refused { margin: 0; padding: 2px 12px; }
      p.refused { overflow-wrap: anywhere; padding: 4px 12px; }
    `,
  ];

  override render() {
    const { overview, differences, trial, actions } = this;
    return html`
      ${this.#head(overview)}
      ${trial ? trialView(trial, actions) : nothing}
      ${differences ? differencesView(differences, actions.goToFile) : html`<div class="placeholder">${t('Loading…')}</div>`}
      ${overview.editing.canEdit ? this.#whole(overview) : nothing}
    `;
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (!changed.has('overview')) return;
    // What was tried was another state.
    this.trial = undefined;
    void this.#ask();
  }

  #head({ editing }: ManifestOverview) {
    const { actions } = this;
    const { canEdit, isDirty, operations, refusal } = editing;
    return html`<div class="bar" role="group" aria-label=${t('Saving')}>
        ${
          canEdit
            ? html`<vscode-button id="save" ?disabled=${!isDirty} @click=${() => void actions.tried(actions.save())}>${t('Save')}</vscode-button>
              <vscode-button id="save-as-new" appearance="secondary" @click=${() => void actions.tried(actions.saveAsNew())}
                >${t('Save as New MANIFEST')}</vscode-button>`
            : nothing
        }
        <vscode-button id="try" appearance="secondary" ?disabled=${this.isTrying} @click=${() => void this.#try()}
          >${this.isTrying ? t('Trying…') : t('Try Opening It')}</vscode-button>
        <vscode-button id="script" appearance="secondary" ?disabled=${operations === 0}
          title=${t('The operations as JSON, for “lsm edit-manifest”')}
          @click=${() => void actions.tried(actions.copyScript())}>${t('Copy Script')}</vscode-button>
      </div>
      ${refusal === undefined ? nothing : html`<p class="refused bad" role="alert">${t('It cannot be saved as it is: {0}', refusal)}</p>`}`;
  }

  #whole({ edits, current, editing }: ManifestOverview) {
    const { hasTail, damage, switchesCurrent } = editing;
    const does = (...operations: unknown[]) => void this.actions.apply({ operations });
    return html`<h2>${t('The whole MANIFEST')}</h2>
      <div class="section actions" role="group" aria-label=${t('The whole MANIFEST')}>
        ${edits > 1 ? smallButton(t('Squash All'), () => void this.actions.apply({ operations: [{ op: 'squash' }], edit: 0 })) : nothing}
        <lsm-rebuild .apply=${this.actions.apply}></lsm-rebuild>
        ${hasTail ? smallButton(t('Drop Tail'), () => does({ op: 'drop-tail' })) : nothing}
        ${
          damage > 0
            ? html`${smallButton(t('Keep Sound Records'), () => does({ op: 'salvage-damage' }))}
              ${smallButton(t('Drop Damage'), () => does({ op: 'drop-damage' }))}`
            : nothing
        }
        ${current || switchesCurrent ? nothing : smallButton(t('Make CURRENT Name This MANIFEST'), () => does({ op: 'fix-current' }))}
      </div>`;
  }

  async #try(): Promise<void> {
    this.isTrying = true;
    const { overview } = this;
    const trial = await this.actions.tried(this.actions.tryOpening());
    this.isTrying = false;
    if (overview === this.overview) this.trial = trial;
  }

  async #ask(): Promise<void> {
    const asked = ++this.#asked;
    const differences = await this.actions.tried(this.actions.differences());
    if (asked === this.#asked) this.differences = differences;
  }
}

customElements.define('lsm-changes', LsmChanges);
