import { css, html, LitElement } from 'lit';
import { smallButton } from '../ui/buttons';
import { formStyles } from '../ui/form-styles';
import { t } from '../ui/text';
import type { Apply } from './plans';

type RebuildInputs = 'keep' | 'leave-out';

/** Rebuilds the MANIFEST from the tables present, and asks about a compaction's inputs if that is what it hangs on. */
export class LsmRebuild extends LitElement {
  static override properties = {
    apply: { attribute: false },
    main: { type: Boolean },
    refusal: { state: true },
    isBusy: { state: true },
  };
  declare apply: Apply;
  /** Whether it is what the page is about. */
  declare main: boolean;
  /** Why it was refused until somebody chooses. */
  declare refusal: string | undefined;
  declare isBusy: boolean;

  constructor() {
    super();
    this.apply = async () => undefined;
    this.main = false;
    this.refusal = undefined;
    this.isBusy = false;
  }

  static override styles = [
    formStyles,
    css`
      :host { display: contents; }
      .choice { flex-basis: 100%; max-width: 640px; margin: 4px auto; text-align: left; }
      p { margin: 0 0 4px; overflow-wrap: anywhere; color: var(--vscode-foreground); }
    `,
  ];

  override render() {
    const label = this.isBusy ? t('Reading the tables…') : t('Rebuild from Tables');
    return html`${
      this.main
        ? html`<vscode-button id="rebuild" ?disabled=${this.isBusy} @click=${() => void this.#rebuild()}>${label}</vscode-button>`
        : smallButton(label, () => void this.#rebuild(), this.isBusy)
    }${this.refusal === undefined ? '' : this.#choice(this.refusal)}`;
  }

  #choice(refusal: string) {
    return html`<div class="choice" role="alert">
      <p>${t('It hangs on tables that a compaction seems to have written anew: {0}', refusal)}</p>
      <div class="actions" role="group" aria-label=${t('Rebuild from Tables')}>
        ${smallButton(t('Rebuild and Leave Them Out'), () => void this.#rebuild('leave-out'), this.isBusy)}
        ${smallButton(t('Rebuild and Keep Them'), () => void this.#rebuild('keep'), this.isBusy)}
        ${smallButton(t('Cancel'), () => {
          this.refusal = undefined;
        })}
      </div>
    </div>`;
  }

  async #rebuild(inputs?: RebuildInputs): Promise<void> {
    this.isBusy = true;
    const operations = [{ op: 'rebuild', ...(inputs ? { inputs } : {}) }];
    const refusal = await this.apply({ operations, edit: 0 });
    this.isBusy = false;
    this.refusal = refusal?.code === 'choice-needed' ? refusal.message : undefined;
  }
}

customElements.define('lsm-rebuild', LsmRebuild);
