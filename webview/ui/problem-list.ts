import { css, html, LitElement, nothing } from 'lit';
import { icon, iconStyles } from './icon';
import { t } from './text';

const MAX_LINES = 200;

/** A banner of problems, one line each; hidden while there are none. Fires `lsm-dismissed`. */
export class LsmProblems extends LitElement {
  static override properties = { lines: { state: true } };
  declare lines: string[];
  /** What a person has put away does not come back with the next page. */
  readonly #dismissed = new Set<string>();

  constructor() {
    super();
    this.lines = [];
  }

  static override styles = [
    iconStyles,
    css`
      :host { display: block; flex: none; }
      section { display: flex; align-items: flex-start; gap: 8px; padding: 4px 8px;
        background: var(--vscode-inputValidation-warningBackground);
        color: var(--vscode-inputValidation-warningForeground, var(--vscode-foreground));
        border: 1px solid var(--vscode-inputValidation-warningBorder, transparent); }
      section > .icon { color: var(--vscode-editorWarning-foreground, inherit); margin-top: 3px; }
      ul { flex: 1; margin: 0; padding: 3px 0; list-style: none; max-height: 6.5em; overflow: auto;
        min-width: 0; overflow-wrap: anywhere; }
      ul:focus-visible { outline: 1px solid var(--vscode-focusBorder); }
    `,
  ];

  /** Adds lines that are not there yet. */
  tell(lines: readonly string[]): void {
    const fresh = lines.filter((line) => !this.#dismissed.has(line) && !this.lines.includes(line));
    if (fresh.length > 0) this.lines = [...this.lines, ...new Set(fresh)].slice(0, MAX_LINES);
  }

  /** Tells what just happened, even if the same was told and put away before. */
  insist(line: string): void {
    this.#dismissed.delete(line);
    this.lines = [line, ...this.lines.filter((each) => each !== line)].slice(0, MAX_LINES);
  }

  /** Forgets what was told, for a file that is read again: what was put away stays away. */
  renew(): void {
    this.lines = [];
  }

  /** Forgets what was told and what was put away. */
  clear(): void {
    this.#dismissed.clear();
    this.lines = [];
  }

  override render() {
    if (this.lines.length === 0) return nothing;
    return html`<section aria-label=${t('Problems')}>
      ${icon('warning')}
      <ul tabindex="0" aria-label=${t('Problems')}>${this.lines.map((line) => html`<li>${line}</li>`)}</ul>
      <vscode-button appearance="icon" aria-label=${t('Dismiss')} title=${t('Dismiss')} @click=${this.#dismiss}
        >${icon('close')}</vscode-button>
    </section>`;
  }

  #dismiss(): void {
    for (const line of this.lines) this.#dismissed.add(line);
    this.lines = [];
    this.dispatchEvent(new CustomEvent('lsm-dismissed'));
  }
}

customElements.define('lsm-problems', LsmProblems);
