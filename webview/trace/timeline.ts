import { css, html, LitElement } from 'lit';
import type { Landmark, LandmarkKind } from '../protocol/trace-event';
import { count, t } from '../ui/text';

/** Of marks on the line and in its legend. */
export const LANDMARK_COLORS: { readonly [Kind in LandmarkKind]: string } = {
  decision: '--vscode-charts-blue',
  flush: '--vscode-charts-green',
  compaction: '--vscode-charts-purple',
  edit: '--vscode-charts-foreground',
  log: '--vscode-charts-yellow',
  fault: '--vscode-charts-orange',
  output: '--vscode-charts-lines',
  stall: '--vscode-charts-orange',
  error: '--vscode-charts-red',
};

export function landmarkTitle(kind: LandmarkKind): string {
  const titles: Record<LandmarkKind, string> = {
    decision: t('Decisions'),
    flush: t('Flushes'),
    compaction: t('Compactions'),
    edit: t('Edits'),
    log: t('Logs'),
    fault: t('Faults'),
    output: t('Outputs'),
    stall: t('Stalls'),
    error: t('Errors'),
  };
  return titles[kind];
}

const PAD = 6;
/** So many marks and more are drawn thinner. */
const MANY = 300;

/** The whole trace as a line, with what can be jumped to. Fires `lsm-seek` (detail: a place, 0 to `events`). */
export class LsmTimeline extends LitElement {
  static override properties = {
    at: { type: Number },
    events: { type: Number },
    text: {},
    landmarks: { attribute: false },
  };
  declare at: number;
  declare events: number;
  /** The present event, in words. */
  declare text: string;
  declare landmarks: Landmark[];
  #width = 0;
  #height = 0;
  #resize: ResizeObserver | undefined;
  #theme: MutationObserver | undefined;

  constructor() {
    super();
    this.at = 0;
    this.events = 0;
    this.text = '';
    this.landmarks = [];
  }

  static override styles = css`
    :host { display: block; position: relative; height: 30px; min-width: 0; outline: none; cursor: pointer;
      touch-action: none; }
    canvas { position: absolute; inset: 0; width: 100%; height: 100%; }
    :host(:focus-visible) { outline: 1px solid var(--vscode-focusBorder); outline-offset: -1px; }
  `;

  override connectedCallback(): void {
    super.connectedCallback();
    this.tabIndex = 0;
    this.setAttribute('role', 'slider');
    this.addEventListener('pointerdown', this.#start);
    this.#resize = new ResizeObserver(([entry]) => {
      this.#width = entry!.contentRect.width;
      this.#height = entry!.contentRect.height;
      this.#draw();
    });
    this.#resize.observe(this);
    this.#theme = new MutationObserver(() => this.#draw());
    this.#theme.observe(document.documentElement, { attributeFilter: ['style', 'class'] });
    this.#theme.observe(document.body, { attributeFilter: ['class'] });
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.removeEventListener('pointerdown', this.#start);
    this.#resize?.disconnect();
    this.#theme?.disconnect();
  }

  override render() {
    return html`<canvas aria-hidden="true"></canvas>`;
  }

  protected override updated(): void {
    this.setAttribute('aria-label', t('Event'));
    this.setAttribute('aria-valuemin', '0');
    this.setAttribute('aria-valuemax', String(this.events));
    this.setAttribute('aria-valuenow', String(this.at));
    const place = t('event {0} of {1}', count(this.at), count(this.events));
    this.setAttribute('aria-valuetext', this.text === '' ? place : `${place}: ${this.text}`);
    this.#draw();
  }

  #xOf(at: number): number {
    return PAD + (at / Math.max(1, this.events)) * (this.#width - 2 * PAD);
  }

  #draw(): void {
    const canvas = this.renderRoot.querySelector('canvas');
    const context = canvas?.getContext('2d');
    if (!canvas || !context || this.#width === 0) return;
    const ratio = window.devicePixelRatio || 1;
    canvas.width = Math.round(this.#width * ratio);
    canvas.height = Math.round(this.#height * ratio);
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    const style = getComputedStyle(this);
    const colorOf = (name: string) => style.getPropertyValue(name).trim() || style.color;
    const base = this.#height - 7;
    context.fillStyle = colorOf('--vscode-descriptionForeground');
    context.globalAlpha = 0.3;
    context.fillRect(PAD, base, this.#width - 2 * PAD, 3);
    context.globalAlpha = 1;
    const width = this.landmarks.length > MANY ? 1 : 2;
    for (const { kind, index } of this.landmarks) {
      context.fillStyle = colorOf(LANDMARK_COLORS[kind]);
      context.fillRect(Math.round(this.#xOf(index + 1)) - 1, 5, width, base - 7);
    }
    const x = this.#xOf(this.at);
    context.fillStyle = colorOf('--vscode-focusBorder');
    context.fillRect(PAD, base, x - PAD, 3);
    context.fillStyle = colorOf('--vscode-foreground');
    context.fillRect(x - 1, 2, 2, base + 1);
    context.beginPath();
    context.arc(x, base + 1.5, 5, 0, 2 * Math.PI);
    context.fill();
  }

  #seek(event: PointerEvent): void {
    const share = (event.clientX - this.getBoundingClientRect().left - PAD) / (this.#width - 2 * PAD);
    const at = Math.round(Math.min(1, Math.max(0, share)) * this.events);
    this.dispatchEvent(new CustomEvent('lsm-seek', { detail: at }));
  }

  #start = (event: PointerEvent): void => {
    if (event.button !== 0) return;
    this.setPointerCapture(event.pointerId);
    this.#seek(event);
    const move = (to: PointerEvent): void => this.#seek(to);
    this.addEventListener('pointermove', move);
    const end = (): void => this.removeEventListener('pointermove', move);
    this.addEventListener('pointerup', end, { once: true });
    this.addEventListener('pointercancel', end, { once: true });
  };
}

customElements.define('lsm-timeline', LsmTimeline);
