import { html, LitElement, nothing } from 'lit';
import type { TraceFrame, TracePageCalls, TracePageEvents, TraceView } from '../protocol/trace';
import { appStyles, fileAppStyles } from '../ui/app-styles';
import { RpcClient } from '../ui/rpc';
import { setTexts, t } from '../ui/text';
import { vscodeApi } from '../ui/vscode-api';
import type { TraceContext } from './context';
import { frameSections } from './sections/sections';
import { sectionStyles } from './sections/styles';
import { sentenceOf } from './words';

/** A trace, event by event. */
export class LsmTrace extends LitElement {
  static override styles = [appStyles, fileAppStyles, sectionStyles];
  static override properties = { view: { state: true }, frame: { state: true } };
  declare view: TraceView | undefined;
  declare frame: TraceFrame | undefined;
  readonly #rpc = new RpcClient<TracePageCalls, TracePageEvents>(vscodeApi());

  constructor() {
    super();
    this.view = undefined;
    this.frame = undefined;
    this.#rpc.on('changed', () => void this.#load());
  }

  override render() {
    const { view, frame } = this;
    if (!view) return html`<h1>${t('Trace')}</h1><div class="placeholder">${t('Loading…')}</div>`;
    const context: TraceContext = {
      view,
      goTo: (event) => void this.goTo(event + 1),
      showTable: () => {},
      openFile: (name, offset) => void this.#rpc.calls.openFile(name, offset),
    };
    return html`<h1>${view.title}</h1>
      <input type="range" aria-label="event" min="0" max=${view.summary?.events ?? 0} .value=${`${frame?.at ?? 0}`}
        @input=${(event: Event) => void this.goTo(Number((event.target as HTMLInputElement).value))} />
      ${frame ? html`<p class="sentence">${sentenceOf(frame)}</p><div class="scroll">${frameSections(frame, context)}</div>` : nothing}`;
  }

  async goTo(at: number): Promise<void> {
    this.frame = await this.#rpc.calls.frame(at);
  }

  protected override firstUpdated(): void {
    this.setAttribute('role', 'main');
    void this.#load();
  }

  async #load(): Promise<void> {
    setTexts(await this.#rpc.calls.texts());
    this.view = await this.#rpc.calls.open();
    if (this.view.summary) await this.goTo(0);
  }
}
