import { css } from 'lit';

/** `--row-height` is set by the element. */
export const bytesViewStyles = css`
  :host { display: flex; flex-direction: column; min-width: 0; min-height: 0;
    font-size: var(--vscode-editor-font-size, 13px); }
  .title { flex: none; display: flex; gap: 12px; padding: 4px 8px; font-family: var(--vscode-font-family);
    font-size: var(--vscode-font-size, 13px); }
  .cut, .empty { color: var(--vscode-descriptionForeground); }
  .empty { padding: 12px; font-family: var(--vscode-font-family); font-size: var(--vscode-font-size, 13px); }
  .parts { flex: 1; display: flex; min-height: 0; min-width: 0; }
  :host([stacked]) .parts { flex-direction: column; }
  .scroller { overflow: auto; min-height: 0; min-width: 0; outline: none;
    font-family: var(--vscode-editor-font-family, monospace); }
  .scroller:focus-visible { outline: 1px solid var(--vscode-focusBorder); outline-offset: -1px; }
  .hex { flex: 0 1 auto; padding-right: 8px; }
  .fields { flex: 1 1 220px; border-left: 1px solid var(--vscode-panel-border, var(--vscode-contrastBorder, transparent)); }
  :host([stacked]) .hex { flex: 1 1 60%; }
  :host([stacked]) .fields { flex: 1 1 40%; border-left: none;
    border-top: 1px solid var(--vscode-panel-border, var(--vscode-contrastBorder, transparent)); }
  .space { position: relative; overflow: hidden; min-width: max-content; }
  .fields .space { min-width: 0; }
  .line { height: var(--row-height); line-height: var(--row-height); white-space: pre; padding: 0 8px; }
  .at { color: var(--vscode-descriptionForeground); margin-right: 12px; }
  .text { margin-left: 12px; }
  .field { box-shadow: inset 0 -2px var(--field-color); cursor: default; }
  .field:hover { background: var(--vscode-editor-hoverHighlightBackground, transparent); }
  .field.bad { color: color-mix(in srgb, var(--vscode-errorForeground) 70%, var(--vscode-foreground)); font-weight: bold; }
  .field.selected { background: var(--vscode-editor-selectionBackground); outline: 1px solid var(--vscode-focusBorder);
    color: var(--vscode-editor-selectionForeground, inherit); }
  .c0 { --field-color: var(--vscode-charts-blue); }
  .c1 { --field-color: var(--vscode-terminal-ansiCyan); }
  .c2 { --field-color: var(--vscode-charts-green); }
  .c3 { --field-color: var(--vscode-charts-purple); }
  .c4 { --field-color: var(--vscode-charts-yellow); }
  .c5 { --field-color: var(--vscode-charts-red); }
  .group { font-family: var(--vscode-font-family); color: var(--vscode-descriptionForeground); }
  .option { display: flex; gap: 8px; cursor: default; }
  .option .field { flex: none; width: 14px; text-align: center; box-shadow: inset 0 -3px var(--field-color); outline: none;
    background: none; }
  .name { flex: 0 0 auto; font-family: var(--vscode-font-family); }
  .value { flex: 1; overflow: hidden; text-overflow: ellipsis; min-width: 0; }
  .option:hover { background: var(--vscode-list-hoverBackground); color: var(--vscode-list-hoverForeground); }
  .option[aria-selected='true'] { background: var(--vscode-list-activeSelectionBackground);
    color: var(--vscode-list-activeSelectionForeground);
    outline: 1px dotted var(--vscode-contrastActiveBorder, transparent); outline-offset: -1px; }
`;
