import { css } from 'lit';

export const appStyles = css`
  :host { display: flex; flex-direction: column; height: 100vh; min-width: 0; overflow: hidden;
    color: var(--vscode-foreground); background: var(--vscode-editor-background);
    font-family: var(--vscode-font-family); font-size: var(--vscode-font-size, 13px); }
  /* The editor's tab shows the title; assistive technology looks for a heading. */
  h1 { position: absolute; width: 1px; height: 1px; margin: 0; overflow: hidden; clip-path: inset(50%);
    white-space: nowrap; }
  .panes { flex: 1; display: flex; min-height: 0; min-width: 0; }
  .panes.stacked { flex-direction: column; }
  .list { display: flex; flex-direction: column; min-width: 0; min-height: 0; position: relative; flex: 0 0 auto; }
  .side { flex: 1; display: flex; min-width: 0; min-height: 0; }
  .panes lsm-grid, .side > * { flex: 1; min-width: 0; min-height: 0; }
  .over { position: absolute; top: 30px; left: 0; right: 14px; padding: 16px; text-align: center;
    color: var(--vscode-descriptionForeground); pointer-events: none; }
  .over.failed { color: var(--vscode-errorForeground); pointer-events: auto; }
  .over vscode-button { margin-top: 8px; }
  .status { flex: none; display: flex; gap: 16px; padding: 3px 12px; min-height: 1.4em;
    border-top: 1px solid var(--vscode-panel-border, var(--vscode-contrastBorder, transparent));
    color: var(--vscode-descriptionForeground); white-space: nowrap; overflow: hidden; }
`;

/** What file editors add: a band with a picture, lists, details. */
export const fileAppStyles = css`
  .bar { flex: none; display: flex; flex-wrap: wrap; gap: 4px 8px; align-items: center; padding: 6px 8px; }
  .bar vscode-text-field { flex: 1 1 180px; max-width: 380px; min-width: 120px; }
  .bar .space { flex: 1; }
  .label, .quiet { color: var(--vscode-descriptionForeground); }
  .band { flex: none; padding: 2px 10px 6px;
    border-bottom: 1px solid var(--vscode-panel-border, var(--vscode-contrastBorder, transparent)); }
  .legend { display: flex; flex-wrap: wrap; gap: 2px 14px; padding-top: 4px; color: var(--vscode-descriptionForeground); }
  .legend span { display: inline-flex; align-items: center; gap: 5px; white-space: nowrap; }
  .legend i { width: 10px; height: 10px; display: inline-block; background: var(--swatch);
    outline: 1px solid var(--vscode-contrastBorder, transparent); }
  .sentence { flex: none; padding: 4px 12px; border-bottom: 1px solid
    var(--vscode-panel-border, var(--vscode-contrastBorder, transparent)); overflow-wrap: anywhere; }
  .sentence code { font-family: var(--vscode-editor-font-family, monospace); }
  .list.column { flex: 0 0 auto; }
  .column { display: flex; flex-direction: column; flex: 1; min-width: 0; min-height: 0; }
  .column > lsm-grid, .column > lsm-bytes, .column > .scroll { flex: 1; min-height: 0; }
  .scroll { overflow: auto; outline: none; }
  .scroll:focus-visible { outline: 1px solid var(--vscode-focusBorder); outline-offset: -1px; }
  dl { display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: 3px 16px; margin: 0; padding: 8px 12px; }
  dt { color: var(--vscode-descriptionForeground); }
  dd { margin: 0; overflow-wrap: anywhere; }
  dd.code, pre { font-family: var(--vscode-editor-font-family, monospace);
    font-size: var(--vscode-editor-font-size, 13px); }
  pre { margin: 0; padding: 8px 12px; white-space: pre-wrap; overflow-wrap: anywhere; line-height: 1.5; }
  pre.hex { white-space: pre; }
  h2 { font-size: inherit; font-weight: 600; margin: 0; padding: 8px 12px 0; }
  /* The error colour alone is too pale for text in some themes. */
  .bad { color: color-mix(in srgb, var(--vscode-errorForeground) 70%, var(--vscode-foreground)); }
  .placeholder { padding: 24px; text-align: center; color: var(--vscode-descriptionForeground); }
  .placeholder.failed { color: color-mix(in srgb, var(--vscode-errorForeground) 70%, var(--vscode-foreground)); }
  .placeholder vscode-button { margin-top: 10px; }
  .hidden { display: none; }
`;
