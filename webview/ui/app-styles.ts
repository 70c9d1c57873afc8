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
