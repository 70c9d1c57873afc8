import { css, html, LitElement, type PropertyValues } from 'lit';
import { MapLayout, type MapSegments, segmentAt } from './map-layout';

export type { MapSegments } from './map-layout';

const ROW_HEIGHT = 14;
const ROW_GAP = 3;
/** A damaged segment is never drawn narrower, or nobody would find it. */
const LEAST_MARK = 3;
/** The selected segment's frame. */
const LEAST_FRAME = 5;
const FRAME = 2;

/**
 * A file to scale: segments drawn one behind the other, wrapped into rows as many as fit into the height that the style
 * sheet gives the element. Fires `lsm-map-select` (detail: the segment's index). Arrow keys go from segment to segment.
 */
export class LsmFileMap extends LitElement {
  static override properties = {
    segments: { attribute: false },
    total: { type: Number },
    palette: { attribute: false },
    selected: { type: Number },
    describe: { attribute: false },
    label: {},
    rowBytes: { type: Number },
  };
  /** In order of their starts; undefined while nothing is known. */
  declare segments: MapSegments | undefined;
  /** Bytes of the file. */
  declare total: number;
  /** Names of CSS custom properties, by `segments.colors`. */
  declare palette: string[];
  /** A segment's index, or -1. */
  declare selected: number;
  /** A segment in words. */
  declare describe: (index: number) => string;
  declare label: string;
  /** A row has a whole number of these; 0 for rows that fill the element. */
  declare rowBytes: number;
  #width = 0;
  #height = 0;
  #resize: ResizeObserver | undefined;
  #theme: MutationObserver | undefined;

  constructor() {
    super();
    this.segments = undefined;
    this.total = 0;
    this.palette = [];
    this.selected = -1;
    this.describe = () => '';
    this.label = '';
    this.rowBytes = 0;
  }

  static override styles = css`
    :host { display: block; min-width: 0; height: 82px; position: relative; outline: none; }
    canvas { position: absolute; inset: 0; width: 100%; height: 100%; cursor: default; }
    :host(:focus-visible) { outline: 1px solid var(--vscode-focusBorder); outline-offset: 2px; }
  `;

  override connectedCallback(): void {
    super.connectedCallback();
    this.tabIndex = 0;
    this.setAttribute('role', 'slider');
    this.addEventListener('keydown', this.#key);
    this.#resize = new ResizeObserver(([entry]) => {
      this.#width = entry!.contentRect.width;
      this.#height = entry!.contentRect.height;
      this.#draw();
    });
    this.#resize.observe(this);
    // Colours are read off the theme's variables, which stand on the page's root.
    this.#theme = new MutationObserver(() => this.#draw());
    this.#theme.observe(document.documentElement, { attributeFilter: ['style', 'class'] });
    this.#theme.observe(document.body, { attributeFilter: ['class'] });
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.removeEventListener('keydown', this.#key);
    this.#resize?.disconnect();
    this.#theme?.disconnect();
  }

  override render() {
    return html`<canvas aria-hidden="true" @pointerdown=${this.#point} @pointermove=${this.#hover}></canvas>`;
  }

  protected override updated(_changed: PropertyValues): void {
    const count = this.segments?.starts.length ?? 0;
    this.setAttribute('aria-label', this.label);
    this.setAttribute('aria-valuemin', '0');
    this.setAttribute('aria-valuemax', String(Math.max(0, count - 1)));
    this.setAttribute('aria-valuenow', String(Math.max(0, this.selected)));
    this.setAttribute('aria-valuetext', this.#isSelected(count) ? this.describe(this.selected) : '–');
    this.#draw();
  }

  #isSelected(count: number): boolean {
    return this.selected >= 0 && this.selected < count;
  }

  #layout(): MapLayout {
    return new MapLayout(this.total, this.#width, this.#height, ROW_HEIGHT + ROW_GAP, this.rowBytes);
  }

  #draw(): void {
    const canvas = this.renderRoot.querySelector('canvas');
    const context = canvas?.getContext('2d');
    if (!canvas || !context || this.#width === 0) return;
    const ratio = window.devicePixelRatio || 1;
    canvas.width = Math.round(this.#width * ratio);
    canvas.height = Math.round(this.#height * ratio);
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, this.#width, this.#height);
    const { segments } = this;
    if (!segments || this.total === 0) return;
    const style = getComputedStyle(this);
    const colorOf = (name: string) => style.getPropertyValue(name).trim() || style.color;
    const colors = this.palette.map(colorOf);
    const layout = this.#layout();
    this.#drawSegments(context, layout, segments, colors);
    this.#drawMarks(context, layout, segments, colorOf('--vscode-errorForeground'));
    if (this.#isSelected(segments.starts.length)) {
      this.#drawFrame(context, layout, segments, colorOf('--vscode-foreground'));
    }
  }

  #drawSegments(
    context: CanvasRenderingContext2D,
    layout: MapLayout,
    { starts, ends, colors }: MapSegments,
    palette: string[],
  ): void {
    // What falls into one pixel with a segment of the same colour is drawn already.
    let drawnTo = -1;
    let drawnRow = -1;
    let drawnColor = -1;
    for (let i = 0; i < starts.length; i++) {
      for (const { row, left, right } of layout.parts(starts[i]!, ends[i]!)) {
        if (row === drawnRow && right <= drawnTo && colors[i] === drawnColor) continue;
        const wide = right - left > 3;
        context.fillStyle = palette[colors[i]!] ?? 'gray';
        context.fillRect(
          left,
          row * (ROW_HEIGHT + ROW_GAP),
          Math.max(1, right - left - (wide ? 1 : 0)),
          ROW_HEIGHT,
        );
        drawnTo = Math.max(left + 1, Math.floor(right));
        drawnRow = row;
        drawnColor = colors[i]!;
      }
    }
  }

  #drawMarks(
    context: CanvasRenderingContext2D,
    layout: MapLayout,
    { starts, ends, marks }: MapSegments,
    color: string,
  ): void {
    for (let i = 0; i < starts.length; i++) {
      if (marks[i] === 0) continue;
      for (const { row, left, right } of layout.parts(starts[i]!, ends[i]!)) {
        const top = row * (ROW_HEIGHT + ROW_GAP);
        const width = Math.max(LEAST_MARK, right - left);
        context.save();
        context.beginPath();
        context.rect(left, top, width, ROW_HEIGHT);
        context.clip();
        context.strokeStyle = color;
        context.lineWidth = 2;
        for (let x = left - ROW_HEIGHT; x < left + width; x += 5) {
          context.beginPath();
          context.moveTo(x, top + ROW_HEIGHT);
          context.lineTo(x + ROW_HEIGHT, top);
          context.stroke();
        }
        context.strokeRect(left, top, width, ROW_HEIGHT);
        context.restore();
      }
    }
  }

  #drawFrame(
    context: CanvasRenderingContext2D,
    layout: MapLayout,
    { starts, ends }: MapSegments,
    color: string,
  ): void {
    context.strokeStyle = color;
    context.lineWidth = FRAME;
    for (const { row, left, right } of layout.parts(starts[this.selected]!, ends[this.selected]!)) {
      const width = Math.max(LEAST_FRAME, right - left);
      const from = Math.min(left, this.#width - width);
      context.strokeRect(
        from + FRAME / 2,
        row * (ROW_HEIGHT + ROW_GAP) + FRAME / 2,
        width - FRAME,
        ROW_HEIGHT - FRAME,
      );
    }
  }

  #indexAt(event: PointerEvent): number {
    const { segments } = this;
    if (!segments) return -1;
    const at = this.#layout().byteAt(event.offsetX, event.offsetY);
    return at === undefined ? -1 : segmentAt(segments, at);
  }

  #point = (event: PointerEvent): void => {
    const index = this.#indexAt(event);
    if (index >= 0 && event.button === 0) this.#select(index);
  };

  #hover = (event: PointerEvent): void => {
    const index = this.#indexAt(event);
    const canvas = event.currentTarget as HTMLElement;
    canvas.title = index < 0 ? '' : this.describe(index);
  };

  #key = (event: KeyboardEvent): void => {
    const count = this.segments?.starts.length ?? 0;
    if (count === 0 || event.altKey || event.metaKey || event.ctrlKey) return;
    const page = Math.max(1, Math.round(count / 20));
    const steps: Record<string, number> = {
      ArrowLeft: -1,
      ArrowUp: -1,
      ArrowRight: 1,
      ArrowDown: 1,
      PageUp: -page,
      PageDown: page,
      Home: -count,
      End: count,
    };
    const step = steps[event.key];
    if (step === undefined) return;
    event.preventDefault();
    this.#select(
      Math.min(count - 1, Math.max(0, (this.selected < 0 ? -Math.sign(step) : this.selected) + step)),
    );
  };

  #select(index: number): void {
    this.selected = index;
    this.dispatchEvent(new CustomEvent('lsm-map-select', { detail: index }));
  }
}

customElements.define('lsm-file-map', LsmFileMap);
