// Codicons inside shadow roots: the page's stylesheet brings the font, but its classes do not reach in.
import { css, html } from 'lit';

const GLYPHS = {
  add: '\uea60',
  'arrow-down': '\uea9a',
  'arrow-right': '\uea9c',
  'arrow-small-down': '\uea9d',
  'arrow-small-up': '\ueaa0',
  'arrow-up': '\ueaa1',
  check: '\ueab2',
  'chevron-down': '\ueab4',
  'chevron-right': '\ueab6',
  'chevron-up': '\ueab7',
  close: '\uea76',
  'debug-continue': '\ueacf',
  'debug-pause': '\uead1',
  'debug-restart': '\uead2',
  'debug-reverse-continue': '\ueb8e',
  'debug-step-back': '\ueb8f',
  'debug-step-over': '\uead6',
  'debug-start': '\uead3',
  'triangle-left': '\ueb6f',
  'triangle-right': '\ueb70',
  copy: '\uebcc',
  discard: '\ueae2',
  error: '\uea87',
  filter: '\ueaf1',
  'go-to-file': '\uea94',
  history: '\uea82',
  info: '\uea74',
  question: '\ueb32',
  redo: '\uebb0',
  'run-all': '\ueb9e',
  sync: '\uea77',
  trash: '\uea81',
  warning: '\uea6c',
} as const;

export type IconName = keyof typeof GLYPHS;

/** An icon without a meaning of its own for assistive technology: what it stands in needs a name. */
export function icon(name: IconName) {
  return html`<span class="icon" aria-hidden="true">${GLYPHS[name]}</span>`;
}

export const iconStyles = css`
  .icon { font: normal normal normal 16px/1 codicon; display: inline-block; text-decoration: none;
    text-rendering: auto; -webkit-font-smoothing: antialiased; user-select: none; }
`;
