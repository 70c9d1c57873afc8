import { css } from 'lit';

/** Rows as in VS Code's own lists. `--row-height` and `--columns` are set by the grid. */
export const gridStyles = css`
  :host { display: flex; min-width: 0; min-height: 0; position: relative; color: var(--vscode-foreground);
    font-family: var(--vscode-editor-font-family, monospace); font-size: var(--vscode-editor-font-size, 13px); }
  .grid { flex: 1; min-width: 0; display: flex; flex-direction: column; outline: none; overflow-x: auto;
    overflow-y: hidden; }
  .body { flex: 1; min-height: 0; overflow: hidden; position: relative; min-width: var(--least-width, 0); }
  .rows { position: absolute; left: 0; right: 0; top: 0; will-change: transform; }
  .row { display: grid; grid-template-columns: var(--columns); height: var(--row-height);
    line-height: var(--row-height); box-sizing: border-box; cursor: default; }
  .head .cell { white-space: nowrap; }
  .head { flex: none; min-width: var(--least-width, 0); font-family: var(--vscode-font-family);
    font-size: var(--vscode-font-size, 13px); font-weight: 600;
    background: var(--vscode-keybindingTable-headerBackground, transparent);
    border-bottom: 1px solid var(--vscode-panel-border, var(--vscode-contrastBorder, transparent)); }
  lsm-scrollbar { margin-top: calc(var(--row-height) + 1px); }
  .cell { overflow: hidden; white-space: pre; text-overflow: ellipsis; padding: 0 8px; position: relative;
    min-width: 0; }
  .cell.end { text-align: right; font-variant-numeric: tabular-nums; }
  .sizer { position: absolute; top: 0; bottom: 0; right: 0; width: 7px; cursor: col-resize; touch-action: none;
    outline: none; }
  .sizer::after { content: ''; position: absolute; top: 4px; bottom: 4px; right: 0; width: 1px;
    background: var(--vscode-panel-border, transparent); }
  .sizer:hover::after, .sizer:focus-visible::after { background: var(--vscode-sash-hoverBorder, var(--vscode-focusBorder)); width: 2px; }
  .body .row:hover { background: var(--vscode-list-hoverBackground); color: var(--vscode-list-hoverForeground);
    outline: 1px dashed var(--vscode-contrastActiveBorder, transparent); outline-offset: -1px; }
  .row.dim { color: var(--vscode-descriptionForeground); font-style: italic; }
  .row.changed { position: relative; }
  .row.changed::before { content: ''; position: absolute; z-index: 1; left: 0; top: 0; bottom: 0; width: 3px;
    background: var(--vscode-editorGutter-modifiedBackground, var(--vscode-charts-blue)); }
  .body .row[aria-selected='true'] {
    background: var(--vscode-list-inactiveSelectionBackground);
    color: var(--vscode-list-inactiveSelectionForeground, inherit);
    outline: 1px dotted var(--vscode-contrastActiveBorder, transparent); outline-offset: -1px; }
  .grid:focus .row[aria-selected='true'] {
    background: var(--vscode-list-activeSelectionBackground);
    color: var(--vscode-list-activeSelectionForeground, inherit);
    outline: 1px solid var(--vscode-list-focusAndSelectionOutline,
      var(--vscode-contrastActiveBorder, var(--vscode-list-focusOutline, transparent))); }
  .grid:focus-visible .body::after { content: ''; position: absolute; inset: 0; pointer-events: none;
    outline: 1px solid var(--vscode-focusBorder); outline-offset: -1px; }
  @media (forced-colors: active) {
    .row[aria-selected='true'] { outline: 2px solid Highlight !important; }
  }
  .spoken { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  .bad { color: color-mix(in srgb, var(--vscode-errorForeground) 70%, var(--vscode-foreground)); }
  .row[aria-selected='true'] .bad { color: inherit; font-weight: 600; }
`;
