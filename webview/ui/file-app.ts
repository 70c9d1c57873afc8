import { html, LitElement } from 'lit';
import type { CommonCalls, FileEvents, Place } from '../protocol/common';
import type { Remote } from '../protocol/rpc';
import type { LsmProblems } from './problem-list';
import { errorText, RpcClient } from './rpc';
import { SavedState } from './state';
import { setTexts, t } from './text';
import { vscodeApi } from './vscode-api';

/** Narrower than this, the details lie below the lists. */
const NARROW = 800;

/** What every file editor's page remembers over hide and reload. */
export interface SavedFileState {
  /** The left part's share of the width. */
  share: number;
}

/**
 * The page of a file editor: loads the file, again when it changed, goes to places that are asked for, and remembers
 * where one was. A subclass says how.
 */
export abstract class FileApp<Calls extends CommonCalls, Saved extends SavedFileState> extends LitElement {
  static override properties = {
    saved: { state: true },
    phase: { state: true },
    failure: { state: true },
    narrow: { state: true },
    message: { state: true },
  };
  declare saved: Saved;
  declare phase: 'loading' | 'ready' | 'failed';
  /** Why the file cannot be shown. */
  declare failure: string;
  declare narrow: boolean;
  /** What the last action came to, in words. */
  declare message: string;
  protected readonly calls: Remote<Calls>;
  readonly #store = new SavedState<Saved>(vscodeApi());
  /** A place to go to as soon as the file is there. */
  #pending: Place | undefined;
  #loads = 0;

  constructor(initial: Saved) {
    super();
    const rpc = new RpcClient<Calls, FileEvents>(vscodeApi());
    this.calls = rpc.calls;
    this.saved = { ...initial, ...this.#store.load() };
    this.phase = 'loading';
    this.failure = '';
    this.narrow = false;
    this.message = '';
    rpc.on('changed', () => void this.reload());
    rpc.on('reveal', ({ place }) => {
      this.#pending = place;
      if (this.phase === 'ready') void this.#goToPending();
    });
  }

  /** Asks for what the page shows at first. */
  protected abstract load(): Promise<void>;
  protected abstract reveal(place: Place): Promise<void>;

  protected override firstUpdated(): void {
    this.setAttribute('role', 'main');
    new ResizeObserver(() => {
      this.narrow = this.clientWidth < NARROW;
    }).observe(this);
    void this.#start();
  }

  /** The first pane's share, as the panes lie now. */
  protected get shareNow(): number {
    return this.saved.share;
  }

  protected override updated(): void {
    this.renderRoot
      .querySelector<HTMLElement>('.list')
      ?.style.setProperty('flex-basis', `${this.shareNow * 100}%`);
    for (const swatch of this.renderRoot.querySelectorAll<HTMLElement>('.legend i')) {
      swatch.style.setProperty('--swatch', `var(${swatch.dataset.color})`);
    }
  }

  /** Loads the file, anew if it was there. */
  protected async reload(): Promise<void> {
    const load = ++this.#loads;
    try {
      await this.load();
      if (load !== this.#loads) return;
      this.phase = 'ready';
      await this.#goToPending();
    } catch (error) {
      if (load !== this.#loads) return;
      this.failure = errorText(error);
      // What was read before stays in sight: that it is old has to be said.
      if (this.phase !== 'loading') this.tell([t('The file cannot be shown: {0}', this.failure)]);
      this.phase = 'failed';
    }
  }

  protected keep(part: Partial<Saved>): void {
    this.saved = { ...this.saved, ...part };
    this.#store.save(this.saved);
  }

  /** Runs a call and tells of its failure in the banner; undefined then. */
  protected async tried<T>(call: Promise<T>): Promise<T | undefined> {
    try {
      return await call;
    } catch (error) {
      this.tell([errorText(error)]);
      return undefined;
    }
  }

  protected tell(lines: readonly string[]): void {
    this.renderRoot.querySelector<LsmProblems>('lsm-problems')?.tell(lines);
  }

  /** What stands in the page's place while the file is not there. */
  protected placeholder() {
    if (this.phase === 'loading') return html`<div class="placeholder">${t('Loading…')}</div>`;
    return html`<div class="placeholder failed" role="alert">
      ${t('The file cannot be shown: {0}', this.failure)}<br />
      <vscode-button @click=${() => void this.reload()}>${t('Try again')}</vscode-button>
    </div>`;
  }

  async #start(): Promise<void> {
    try {
      setTexts(await (this.calls as unknown as Remote<CommonCalls>).texts());
    } catch {
      // English it is.
    }
    this.requestUpdate();
    await this.reload();
  }

  async #goToPending(): Promise<void> {
    const place = this.#pending;
    this.#pending = undefined;
    await this.updateComplete;
    if (place) await this.reveal(place);
  }
}
