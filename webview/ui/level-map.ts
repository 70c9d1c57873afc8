import { css, html, LitElement, type PropertyValues } from 'lit';
import { MapMark } from './map-marks';

/** Files as rectangles: bars over the key axis, in bands of levels. Arrays of one length. */
export interface LevelMapFiles {
  levels: Uint8Array;
  /** Places on the axis, 0 to 1. */
  left: Float32Array;
  right: Float32Array;
  /** Indices into the palette. */
  colors: Uint8Array;
  /** Sums of MapMark. */
  marks: Uint8Array;
}

export interface LevelMapTick {
  place: number;
  text: string;
}

/** What stands beside a level's band. */
export interface LevelGauge {
  text: string;
  /** What is filled of it: 1 and more is full. */
  share: number | undefined;
  /** Where a pointer stands on the axis. */
  pointer: number | undefined;
}

const ADDED = '--vscode-editorGutter-addedBackground';
const DELETED = '--vscode-editorGutter-deletedBackground';
const CHARGED = '--vscode-charts-red';

const LEVELS = 7;
const LABEL_WIDTH = 34;
/** What a gauge adds to it. */
const GAUGE_WIDTH = 150;
const AXIS_HEIGHT = 18;
const BAND_GAP = 4;
const LEAST_WIDTH = 2;
/** Level 0's files overlap: each has a row of its own, up to here. */
const MAX_ROWS = 12;

/**
 * A tree's levels drawn over the key space. Fires `lsm-file` (detail: the file's index) when a person selects one. Arrow
 * keys go to the next file of the level, and to the levels above and below.
 */
export class LsmLevelMap extends LitElement {
  static override properties = {
    files: { attribute: false },
    palette: { attribute: false },
    ticks: { attribute: false },
    gauges: { attribute: false },
    selected: { type: Number },
    describe: { attribute: false },
    label: {},
  };
  declare files: LevelMapFiles | undefined;
  /** Names of CSS custom properties. */
  declare palette: string[];
  declare ticks: LevelMapTick[];
  /** One for each level, or none at all. */
  declare gauges: LevelGauge[];
  declare selected: number;
  declare describe: (index: number) => string;
  declare label: string;
  #width = 0;
  #height = 0;
  #resize: ResizeObserver | undefined;
  #theme: MutationObserver | undefined;
  /** The row of each file within its band. */
  #rows: Uint8Array = new Uint8Array(0);
  #rowsOf: number[] = [];
  /** Files by where they begin. */
  #order: number[] = [];
  /** Rectangles that the last drawing took. */
  drawn = 0;

  constructor() {
    super();
    this.files = undefined;
    this.palette = [];
    this.ticks = [];
    this.gauges = [];
    this.selected = -1;
    this.describe = () => '';
    this.label = '';
  }

  static override styles = css`
    :host { display: block; position: relative; min-width: 0; min-height: 120px; outline: none; }
    canvas { position: absolute; inset: 0; width: 100%; height: 100%; }
    :host(:focus-visible) { outline: 1px solid var(--vscode-focusBorder); outline-offset: -1px; }
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

  protected override updated(changed: PropertyValues): void {
    const count = this.files?.levels.length ?? 0;
    const isSelected = this.selected >= 0 && this.selected < count;
    this.setAttribute('aria-label', this.label);
    this.setAttribute('aria-valuemin', '0');
    this.setAttribute('aria-valuemax', String(Math.max(0, count - 1)));
    this.setAttribute('aria-valuenow', String(Math.max(0, this.selected)));
    this.setAttribute('aria-valuetext', isSelected ? this.describe(this.selected) : '–');
    if (changed.has('files')) this.#layRows();
    this.#draw();
  }

  /** Where the axis begins. */
  get #axisLeft(): number {
    return LABEL_WIDTH + (this.gauges.length > 0 ? GAUGE_WIDTH : 0);
  }

  /** Files of level 0 that overlap lie one below the other; those of other levels never do in a sound database. */
  #layRows(): void {
    const { files } = this;
    const count = files?.levels.length ?? 0;
    this.#rows = new Uint8Array(count);
    this.#rowsOf = new Array<number>(LEVELS).fill(1);
    const order = Array.from({ length: count }, (_, i) => i).sort(
      (a, b) => files!.left[a]! - files!.left[b]!,
    );
    this.#order = order;
    const ends: number[][] = Array.from({ length: LEVELS }, () => []);
    for (const i of order) {
      const level = files!.levels[i]!;
      const rowEnds = ends[level]!;
      // Neighbours share a key now and then: that is no overlap to see.
      let row = rowEnds.findIndex((end) => end <= files!.left[i]! + 1e-6);
      if (row < 0) row = Math.min(rowEnds.length, MAX_ROWS - 1);
      rowEnds[row] = Math.max(rowEnds[row] ?? 0, files!.right[i]!);
      this.#rows[i] = row;
      this.#rowsOf[level] = Math.max(this.#rowsOf[level]!, row + 1);
    }
  }

  /** The rectangle of a file, in pixels. */
  #boxOf(index: number): { x: number; y: number; width: number; height: number } {
    const files = this.files!;
    const level = files.levels[index]!;
    const { top, height } = this.#bandOf(level);
    const rows = this.#rowsOf[level]!;
    const scale = this.#width - this.#axisLeft - 4;
    const x = this.#axisLeft + files.left[index]! * scale;
    const width = Math.max(LEAST_WIDTH, (files.right[index]! - files.left[index]!) * scale);
    const pitch = height / rows;
    return {
      x: Math.min(x, this.#width - 4 - LEAST_WIDTH),
      y: top + this.#rows[index]! * pitch,
      width,
      height: Math.max(2, pitch - (rows > 1 ? 1 : 0)),
    };
  }

  #bandOf(level: number): { top: number; height: number } {
    // Level 0 gets more room where its files overlap.
    const weights = this.#rowsOf.map((rows) => Math.min(3, 1 + (rows - 1) * 0.4));
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    const room = Math.max(LEVELS * 6, this.#height - AXIS_HEIGHT - LEVELS * BAND_GAP);
    let top = 0;
    for (let i = 0; i < level; i++) top += (weights[i]! / total) * room + BAND_GAP;
    return { top, height: (weights[level]! / total) * room };
  }

  #draw(): void {
    const canvas = this.renderRoot.querySelector('canvas');
    const context = canvas?.getContext('2d');
    if (!canvas || !context || this.#width === 0 || this.#rowsOf.length === 0) return;
    const ratio = window.devicePixelRatio || 1;
    canvas.width = Math.round(this.#width * ratio);
    canvas.height = Math.round(this.#height * ratio);
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, this.#width, this.#height);
    const style = getComputedStyle(this);
    const colorOf = (name: string) => style.getPropertyValue(name).trim() || style.color;
    const quiet = colorOf('--vscode-descriptionForeground');
    context.font = `11px ${style.getPropertyValue('--vscode-font-family') || 'sans-serif'}`;
    context.textBaseline = 'middle';
    for (let level = 0; level < LEVELS; level++) {
      const { top, height } = this.#bandOf(level);
      context.fillStyle = quiet;
      context.globalAlpha = 0.12;
      context.fillRect(this.#axisLeft, top, this.#width - this.#axisLeft - 4, height);
      context.globalAlpha = 1;
      context.fillText(`L${level}`, 8, top + height / 2);
    }
    this.#drawGauges(context, colorOf);
    this.#drawTicks(context, quiet);
    if (!this.files) return;
    const colors = this.palette.map(colorOf);
    const background = colorOf('--vscode-editor-background');
    this.drawn = 0;
    const plain: number[] = [];
    const marked: number[] = [];
    for (const i of this.#order) (this.files.marks[i] === MapMark.plain ? plain : marked).push(i);
    this.#drawPlain(context, plain, colors);
    for (const i of marked) this.#drawFile(context, i, colors, background);
    this.#drawPointers(context, colorOf('--vscode-foreground'));
    if (this.selected >= 0 && this.selected < this.files.levels.length) {
      const { x, y, width, height } = this.#boxOf(this.selected);
      context.strokeStyle = colorOf('--vscode-foreground');
      context.lineWidth = 2;
      context.strokeRect(x, y, Math.max(width, 4), height);
    }
  }

  /**
   * Files without marks, in order. Of those that share their pixels one of each colour is drawn, so that thousands take
   * no more than a level is wide.
   */
  #drawPlain(context: CanvasRenderingContext2D, files: number[], colors: string[]): void {
    const ends = new Map<number, number>();
    for (const i of files) {
      const { x, y, width, height } = this.#boxOf(i);
      const color = this.files!.colors[i]!;
      const strip = (this.files!.levels[i]! * 16 + this.#rows[i]!) * 256 + color;
      const right = x + Math.max(LEAST_WIDTH, width - (width > 4 ? 1 : 0));
      if (right <= (ends.get(strip) ?? 0) + 1) continue;
      ends.set(strip, right);
      context.fillStyle = colors[color] ?? 'gray';
      context.fillRect(x, y, right - x, height);
      this.drawn++;
    }
  }

  #drawGauges(context: CanvasRenderingContext2D, colorOf: (name: string) => string): void {
    for (const [level, { text, share }] of this.gauges.entries()) {
      const { top, height } = this.#bandOf(level);
      const [left, width] = [LABEL_WIDTH, GAUGE_WIDTH - 8];
      context.fillStyle = colorOf(
        share !== undefined && share >= 1 ? '--vscode-foreground' : '--vscode-descriptionForeground',
      );
      context.fillText(text, left, top + height / 2 - 2, width);
      if (share === undefined) continue;
      const y = top + Math.min(height - 2, height / 2 + 6);
      context.globalAlpha = 0.25;
      context.fillRect(left, y, width, 2);
      context.globalAlpha = 1;
      context.fillStyle = colorOf(share >= 1 ? '--vscode-charts-red' : '--vscode-charts-green');
      context.fillRect(left, y, width * Math.min(1, share), 2);
    }
  }

  /** A line through the band, with a head at its upper edge. */
  #drawPointers(context: CanvasRenderingContext2D, color: string): void {
    context.fillStyle = color;
    for (const [level, { pointer }] of this.gauges.entries()) {
      if (pointer === undefined) continue;
      const { top, height } = this.#bandOf(level);
      const x = this.#axisLeft + pointer * (this.#width - this.#axisLeft - 4);
      context.fillRect(x - 0.5, top, 1, height);
      context.beginPath();
      context.moveTo(x - 4, top);
      context.lineTo(x + 4, top);
      context.lineTo(x, top + 5);
      context.fill();
    }
  }

  #drawFile(context: CanvasRenderingContext2D, index: number, colors: string[], background: string): void {
    const { x, y, width, height } = this.#boxOf(index);
    const color = colors[this.files!.colors[index]!] ?? 'gray';
    const mark = this.files!.marks[index]!;
    this.drawn++;
    context.fillStyle = color;
    if (mark & MapMark.ghost) {
      this.#drawGhost(context, { x, y, width, height });
      return;
    }
    if (mark & MapMark.gone) {
      // Only its outline is left.
      context.strokeStyle = color;
      context.lineWidth = 1;
      context.setLineDash([3, 2]);
      context.strokeRect(x + 0.5, y + 0.5, Math.max(1, width - 1), height - 1);
      context.setLineDash([]);
      return;
    }
    if (mark & MapMark.pale) {
      context.globalAlpha = 0.35;
      context.fillRect(x, y, Math.max(LEAST_WIDTH, width - (width > 4 ? 1 : 0)), height);
      context.globalAlpha = 1;
      context.strokeStyle = color;
      context.lineWidth = 1;
      context.strokeRect(x + 0.5, y + 0.5, Math.max(1, width - 2), Math.max(1, height - 1));
    } else context.fillRect(x, y, Math.max(LEAST_WIDTH, width - (width > 4 ? 1 : 0)), height);
    if (mark & MapMark.charged) {
      const corner = Math.min(8, height, Math.max(3, width));
      context.fillStyle = getComputedStyle(this).getPropertyValue(CHARGED).trim() || color;
      context.beginPath();
      context.moveTo(x, y + height);
      context.lineTo(x + corner, y + height);
      context.lineTo(x, y + height - corner);
      context.fill();
    }
    if (mark & MapMark.come && width > 4 && height > 6) {
      // A bar at its upper edge.
      context.fillStyle = background;
      context.fillRect(x + 2, y + 2, Math.max(1, width - 5), 2);
    }
    if (mark & MapMark.unsaved) {
      // A notched corner, and an edge in the colour of what was added.
      const corner = Math.min(9, height, Math.max(3, width / 2));
      context.fillStyle = getComputedStyle(this).getPropertyValue(ADDED).trim() || color;
      context.fillRect(x, y, Math.min(3, width), height);
      context.beginPath();
      context.moveTo(x, y);
      context.lineTo(x + corner, y);
      context.lineTo(x, y + corner);
      context.fill();
      context.strokeStyle = background;
      context.lineWidth = 1;
      if (width > 8) context.strokeRect(x + 3.5, y + 1.5, Math.max(1, width - 7), Math.max(1, height - 3));
    }
  }

  /** A dashed outline, crossed through. */
  #drawGhost(
    context: CanvasRenderingContext2D,
    box: { x: number; y: number; width: number; height: number },
  ) {
    const { x, y, height } = box;
    const width = Math.max(2, box.width - 1);
    context.strokeStyle =
      getComputedStyle(this).getPropertyValue(DELETED).trim() || getComputedStyle(this).color;
    context.lineWidth = 1.5;
    context.setLineDash([4, 3]);
    context.strokeRect(x + 0.5, y + 0.5, width - 1, height - 1);
    context.setLineDash([]);
    context.beginPath();
    context.moveTo(x + 1, y + height / 2);
    context.lineTo(x + width - 1, y + height / 2);
    context.stroke();
  }

  #drawTicks(context: CanvasRenderingContext2D, color: string): void {
    context.fillStyle = color;
    const scale = this.#width - this.#axisLeft - 4;
    const y = this.#height - AXIS_HEIGHT / 2;
    let free = 0;
    for (const { place, text } of this.ticks) {
      const width = context.measureText(text).width;
      const x = this.#axisLeft + place * scale;
      const from = Math.min(this.#width - width - 2, Math.max(this.#axisLeft, x - width / 2));
      if (from < free) continue;
      context.fillText(text, from, y);
      free = from + width + 12;
    }
  }

  #indexAt(event: PointerEvent): number {
    const count = this.files?.levels.length ?? 0;
    for (let i = count - 1; i >= 0; i--) {
      const { x, y, width, height } = this.#boxOf(i);
      const { offsetX, offsetY } = event;
      if (offsetX >= x - 1 && offsetX <= x + width + 1 && offsetY >= y && offsetY <= y + height) return i;
    }
    return -1;
  }

  #point = (event: PointerEvent): void => {
    const index = this.#indexAt(event);
    if (index >= 0 && event.button === 0) this.#select(index);
  };

  #hover = (event: PointerEvent): void => {
    const index = this.#indexAt(event);
    (event.currentTarget as HTMLElement).title = index < 0 ? '' : this.describe(index);
  };

  #key = (event: KeyboardEvent): void => {
    const { files } = this;
    const count = files?.levels.length ?? 0;
    if (!files || count === 0 || event.altKey || event.metaKey || event.ctrlKey) return;
    const order = Array.from({ length: count }, (_, i) => i).sort(
      (a, b) => files.levels[a]! - files.levels[b]! || files.left[a]! - files.left[b]!,
    );
    const at = order.indexOf(this.selected);
    const targets: Record<string, () => number | undefined> = {
      ArrowRight: () => order[at + 1],
      ArrowLeft: () => order[at < 0 ? 0 : at - 1],
      ArrowDown: () => this.#inLevel(order, 1),
      ArrowUp: () => this.#inLevel(order, -1),
      Home: () => order[0],
      End: () => order[count - 1],
    };
    const target = targets[event.key]?.();
    if (target === undefined) return;
    event.preventDefault();
    this.#select(target);
  };

  /** The file of the next level that has any, nearest to the selected one. */
  #inLevel(order: number[], step: number): number | undefined {
    const files = this.files!;
    if (this.selected < 0) return order[0];
    for (let level = files.levels[this.selected]! + step; level >= 0 && level < LEVELS; level += step) {
      const there = order.filter((i) => files.levels[i] === level);
      const from = files.left[this.selected]!;
      if (there.length > 0) return there.find((i) => files.right[i]! >= from) ?? there.at(-1);
    }
    return undefined;
  }

  #select(index: number): void {
    this.selected = index;
    this.dispatchEvent(new CustomEvent('lsm-file', { detail: index }));
  }
}

customElements.define('lsm-level-map', LsmLevelMap);
