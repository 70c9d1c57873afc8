import { html, LitElement, nothing } from 'lit';
import type { DryRunCalls, DryRunEvents, DryRunFailure, DryRunTable, DryRunView } from '../protocol/dry-run';
import { appStyles, fileAppStyles } from '../ui/app-styles';
import { errorText, RpcClient } from '../ui/rpc';
import { byteSize, plural, setTexts, t } from '../ui/text';
import { vscodeApi } from '../ui/vscode-api';
import { LevelPair, PALETTE, type VersionPicture } from './levels';
import { sectionsView } from './sections';
import { dryRunStyles } from './styles';

/** Narrower than this, the two pictures lie one below the other. */
const NARROW = 800;

/** What would be done to a database, and the two ways to go on: do it, or drop it. */
export class LsmDryRun extends LitElement {
  static override styles = [appStyles, fileAppStyles, dryRunStyles];
  static override properties = {
    view: { state: true },
    pair: { state: true },
    selected: { state: true },
    table: { state: true },
    narrow: { state: true },
  };
  declare view: DryRunView | undefined;
  declare pair: LevelPair | undefined;
  /** Which of all tables is selected, or -1. */
  declare selected: number;
  declare table: DryRunTable | undefined;
  declare narrow: boolean;
  readonly #rpc = new RpcClient<DryRunCalls, DryRunEvents>(vscodeApi());
  #asked = 0;
  /** Which dry run is shown. */
  #run = 0;

  constructor() {
    super();
    this.view = undefined;
    this.pair = undefined;
    this.selected = -1;
    this.table = undefined;
    this.narrow = false;
    this.#rpc.on('changed', () => void this.#load());
    this.#rpc.on('progress', (progress) => {
      if (this.view) this.view = { ...this.view, progress };
    });
  }

  override render() {
    const { view } = this;
    if (!view) return html`<h1>${t('Dry run')}</h1><div class="placeholder">${t('Loading…')}</div>`;
    const { summary } = view;
    return html`
      ${this.#head(view)}
      ${this.#notes(view)}
      <div class="body scroll" tabindex="0" role="region" aria-label=${t('What would be done')}>
        ${summary ? html`${this.#maps(view)}${sectionsView(summary)}` : nothing}
      </div>
    `;
  }

  #head({ title, database, phase, failure, canApply }: DryRunView) {
    const { calls } = this.#rpc;
    const isBusy = phase === 'working' || phase === 'applying';
    return html`<div class="head">
      <div class="words"><h1>${title}</h1><p>${database}</p></div>
      ${failure ? html`<vscode-button id="again" appearance="secondary" @click=${() => void calls.again()}>${t('Dry Run Again')}</vscode-button>` : nothing}
      ${
        phase === 'applied'
          ? html`<vscode-button id="discard" appearance="secondary" @click=${() => void calls.discard()}>${t('Close')}</vscode-button>`
          : html`<vscode-button id="apply" ?disabled=${!canApply} @click=${() => void calls.apply()}>${t('Apply')}</vscode-button>
            <vscode-button id="discard" appearance="secondary" ?disabled=${phase === 'applying'} @click=${() => void calls.discard()}
              >${isBusy ? t('Cancel') : t('Discard')}</vscode-button>`
      }
    </div>`;
  }

  /** What state it is in, and what went wrong. */
  #notes({ phase, progress, failure, account, summary }: DryRunView) {
    const { done, total, detail } = progress;
    const percent = total > 0 ? `${Math.round((done / total) * 100)} %` : '';
    const far = [detail, percent].filter(Boolean).join(': ');
    const dropped = summary?.recovery.bytesDropped ?? 0;
    const words = {
      working: t('Working it out; nothing is changed. {0}', far),
      ready:
        summary && isNothing(summary)
          ? t('There is nothing to do.')
          : t('Nothing has been changed yet. “Apply” does it, and keeps a backup.'),
      failed: t('Nothing has been changed.'),
      applying: t('Applying… {0}', far),
      applied: t('Done.'),
    }[phase];
    const isBusy = phase === 'working' || phase === 'applying';
    return html`
      ${
        failure
          ? html`<div class="note failed" role="alert"><p>${failure.message}</p>${failure.advice ? html`<p>${failure.advice}</p>` : nothing}
              ${this.#compressions(failure)}</div>`
          : nothing
      }
      <div class=${phase === 'applied' ? 'note applied' : 'sentence'} role="status">
        ${words}
        ${
          dropped > 0 && phase !== 'applied'
            ? html`<p class="bad">${plural(dropped, 'Opening drops 1 byte of damaged logs: what it held is lost.', 'Opening drops {0} bytes of damaged logs: what they held is lost.')}</p>`
            : nothing
        }
        ${account.map((line) => html`<p>${line}</p>`)}
        ${
          phase === 'applied'
            ? html`<p>${this.#link('restore', t('Restore…'), () => this.#rpc.calls.restore())}
                ${this.#link('reveal', t('Show the Backup'), () => this.#rpc.calls.revealBackup())}</p>`
            : nothing
        }
      </div>
      ${isBusy ? html`<progress aria-label=${t('Progress')} max=${Math.max(1, total)} .value=${total > 0 ? done : 0}></progress>` : nothing}
    `;
  }

  #compressions({ compressions }: DryRunFailure) {
    if (compressions.length === 0) return nothing;
    const names = { snappy: t('Rewrite with Snappy'), none: t('Rewrite without Compression') };
    return html`<div class="choices">${compressions.map(
      (compression) => html`<vscode-button id=${compression} appearance="secondary"
        @click=${() => void this.#rpc.calls.again(compression)}>${names[compression]}</vscode-button>`,
    )}</div>`;
  }

  #link(id: string, text: string, run: () => Promise<unknown>) {
    return html`<vscode-link id=${id} href="#" @click=${(event: Event) => {
      event.preventDefault();
      void run();
    }}>${text}</vscode-link>`;
  }

  #maps({ summary }: DryRunView) {
    const { pair } = this;
    if (!pair || !summary) return nothing;
    const sum = (name: 'filesBefore' | 'filesAfter' | 'bytesBefore' | 'bytesAfter') =>
      summary.levels.reduce((total, level) => total + level[name], 0);
    return html`
      <div class="maps ${this.narrow ? 'stacked' : ''}">
        ${this.#map('before', t('Before'), pair.before, sum('filesBefore'), sum('bytesBefore'))}
        ${this.#map('after', t('After'), pair.after, sum('filesAfter'), sum('bytesAfter'))}
      </div>
      <div class="legend">
        <span><i data-color=${PALETTE[0]!}></i>${t('stays')}</span>
        <span><i data-color=${PALETTE[2]!}></i>${t('goes away')}</span>
        <span><i data-color=${PALETTE[1]!}></i>${t('new')}</span>
        <span class="detail">${this.#tableText()}</span>
      </div>
    `;
  }

  #map(id: string, title: string, picture: VersionPicture, files: number, bytes: number) {
    return html`<div>
      <h2>${title} <span>${plural(files, '1 table', '{0} tables')}, ${byteSize(bytes)}</span></h2>
      <lsm-level-map
        id=${id}
        .files=${picture}
        .palette=${PALETTE}
        .ticks=${this.pair?.ticks ?? []}
        .selected=${picture.tables.indexOf(this.selected)}
        .describe=${(index: number) => t('table in level {0}', picture.levels[index]!)}
        .label=${t('{0}: levels over the key space', title)}
        @lsm-file=${(event: CustomEvent<number>) => void this.#select(picture.tables[event.detail]!)}
      ></lsm-level-map>
    </div>`;
  }

  #tableText(): string {
    const { table } = this;
    if (!table) return '';
    const { number, level, bytes, smallest, largest } = table;
    return t(
      'table {0}, level {1}, {2}: "{3}" … "{4}"',
      number,
      level,
      byteSize(bytes),
      cut(smallest),
      cut(largest),
    );
  }

  protected override firstUpdated(): void {
    this.setAttribute('role', 'main');
    new ResizeObserver(() => {
      this.narrow = this.clientWidth < NARROW;
    }).observe(this);
    void this.#start();
  }

  protected override updated(): void {
    for (const swatch of this.renderRoot.querySelectorAll<HTMLElement>('.legend i')) {
      swatch.style.setProperty('--swatch', `var(${swatch.dataset.color})`);
    }
  }

  async #start(): Promise<void> {
    try {
      setTexts(await this.#rpc.calls.texts());
    } catch {
      // English it is.
    }
    await this.#load();
  }

  async #load(): Promise<void> {
    const asked = ++this.#asked;
    const view = await this.#rpc.calls.open();
    if (asked !== this.#asked) return;
    this.view = view;
    if (view.run !== this.#run) this.pair = undefined;
    this.#run = view.run;
    if (!view.summary || this.pair) return;
    try {
      const levels = await this.#rpc.calls.levels();
      if (asked === this.#asked) {
        [this.pair, this.selected, this.table] = [new LevelPair(levels), -1, undefined];
      }
    } catch (error) {
      if (asked === this.#asked)
        this.view = { ...view, failure: { message: errorText(error), advice: '', compressions: [] } };
    }
  }

  async #select(table: number): Promise<void> {
    this.selected = table;
    try {
      const details = await this.#rpc.calls.table(table);
      if (this.selected === table) this.table = details;
    } catch {
      // The dry run was applied: its tables are the database's now.
      this.table = undefined;
    }
  }
}

function isNothing({
  compactionsTotal,
  recovery,
  operations,
  repair,
}: NonNullable<DryRunView['summary']>): boolean {
  if (repair) return !repair.isNeeded;
  return compactionsTotal === 0 && recovery.operations === 0 && operations === 0;
}

function cut(text: string): string {
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
