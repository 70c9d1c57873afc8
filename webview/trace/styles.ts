import { css } from 'lit';

export const traceStyles = css`
  .head { flex: none; display: flex; flex-wrap: wrap; gap: 6px 8px; align-items: center; padding: 8px 14px 4px; }
  .head .words { flex: 1 1 260px; min-width: 0; }
  h1 { position: static; width: auto; height: auto; clip-path: none; white-space: normal; overflow-wrap: anywhere;
    font-size: 1.25em; font-weight: 600; }
  .head p { margin: 1px 0 0; color: var(--vscode-descriptionForeground); overflow-wrap: anywhere; }
  .state { flex: none; padding: 0 14px 4px; color: var(--vscode-descriptionForeground); }
  .note { flex: none; margin: 2px 14px 6px; padding: 6px 10px; overflow-wrap: anywhere; border: 1px solid; }
  .note p { margin: 0; }
  .note p + p { margin-top: 3px; }
  .note.failed { background: var(--vscode-inputValidation-errorBackground);
    color: var(--vscode-inputValidation-errorForeground, var(--vscode-foreground));
    border-color: var(--vscode-inputValidation-errorBorder, var(--vscode-errorForeground)); }
  .note.applied { background: var(--vscode-inputValidation-infoBackground);
    color: var(--vscode-inputValidation-infoForeground, var(--vscode-foreground));
    border-color: var(--vscode-inputValidation-infoBorder, var(--vscode-focusBorder)); }
  .note vscode-link { margin-right: 14px; }
  progress { accent-color: var(--vscode-progressBar-background, var(--vscode-focusBorder)); }
  :host > progress { flex: none; width: 100%; height: 4px; }

  .transport { flex: none; display: flex; flex-wrap: wrap; gap: 2px 14px; align-items: center; padding: 2px 10px 0;
    border-top: 1px solid var(--vscode-panel-border, var(--vscode-contrastBorder, transparent)); }
  .transport .buttons { display: flex; gap: 2px; }
  .transport label { display: inline-flex; align-items: center; gap: 6px; white-space: nowrap; }
  .transport select { width: auto; }
  .transport .place { display: inline-flex; align-items: center; gap: 6px; white-space: nowrap;
    font-variant-numeric: tabular-nums; }
  .transport input { box-sizing: border-box; width: 84px; height: 22px; padding: 0 4px; border-radius: 2px; font: inherit;
    text-align: right; color: var(--vscode-input-foreground); background: var(--vscode-input-background);
    border: 1px solid var(--vscode-input-border, var(--vscode-contrastBorder, transparent)); }
  .transport input:focus { outline: 1px solid var(--vscode-focusBorder); outline-offset: -1px; }
  .transport .line { flex: 1 1 100%; min-width: 0; }
  .kinds { display: flex; flex-wrap: wrap; gap: 2px 4px; padding: 0 2px 4px; }
  button.kind { all: unset; display: inline-flex; align-items: center; gap: 5px; padding: 1px 7px; border-radius: 3px;
    cursor: pointer; white-space: nowrap; color: var(--vscode-descriptionForeground);
    border: 1px solid transparent; }
  button.kind[aria-pressed='true'] { color: var(--vscode-foreground);
    background: var(--vscode-inputOption-activeBackground);
    border-color: var(--vscode-inputOption-activeBorder, transparent); }
  button.kind:hover { background: var(--vscode-toolbar-hoverBackground); }
  button.kind:focus-visible { outline: 1px solid var(--vscode-focusBorder); outline-offset: 1px; }
  button.kind i { width: 3px; height: 12px; background: var(--swatch); }

  .sentence { font-size: 1.15em; line-height: 1.4; padding: 6px 14px 8px; min-height: 1.4em;
    border-top: 1px solid var(--vscode-panel-border, var(--vscode-contrastBorder, transparent)); }

  .panes { flex: 1; }
  .list { padding: 6px 0 0 12px; overflow: auto; }
  .picture { flex: 1; display: flex; flex-direction: column; min-height: 0; min-width: 0; padding-right: 12px; }
  .memtable { flex: none; display: flex; flex-wrap: wrap; align-items: center; gap: 2px 8px; padding: 0 0 6px 8px; }
  .memtable progress { appearance: none; flex: 0 1 200px; width: 120px; height: 10px; border: none; border-radius: 2px;
    overflow: hidden; background: color-mix(in srgb, var(--vscode-descriptionForeground) 25%, transparent);
    outline: 1px solid var(--vscode-contrastBorder, transparent); }
  .memtable progress::-webkit-progress-bar { background: transparent; }
  .memtable progress::-webkit-progress-value {
    background: var(--vscode-progressBar-background, var(--vscode-focusBorder)); }
  .memtable i.full { width: 24px; height: 10px; border-radius: 2px;
    background: var(--vscode-progressBar-background, var(--vscode-focusBorder)); }
  lsm-level-map { flex: 1 1 200px; min-height: 200px; max-height: 460px; }
  .legend { flex: none; padding: 6px 0 8px 8px; }
  .legend i { position: relative; }
  .legend i.grandparent, .legend i.writing { background: color-mix(in srgb, var(--swatch) 35%, transparent);
    outline: 1px solid var(--swatch); outline-offset: -1px; }
  .legend i.new::after { content: ''; position: absolute; left: 1px; right: 1px; top: 2px; height: 2px;
    background: var(--vscode-editor-background); }
  .legend i.charged::after { content: ''; position: absolute; left: 0; bottom: 0; border: 4px solid transparent;
    border-left-color: var(--vscode-charts-red); border-bottom-color: var(--vscode-charts-red); }
  .legend i.pointer { width: 8px; height: 6px; background: var(--vscode-foreground); outline: none;
    clip-path: polygon(0 0, 100% 0, 50% 100%); }
  .side { flex-direction: column; }
  .side > lsm-tabs { flex: none; }
  .panel { flex: 1; display: flex; flex-direction: column; min-width: 0; min-height: 0; }
  .panel.scroll { padding: 0 2px 12px; display: block; }
  .panel[hidden] { display: none; }
  .ask { padding: 14px; }
  .ask p { margin: 0 0 10px; }
  .spoken { position: absolute; width: 1px; height: 1px; margin: 0; padding: 0; overflow: hidden; clip-path: inset(50%);
    white-space: nowrap; }
  /* One below the other, and the page scrolls. */
  .panes.stacked { display: block; overflow: auto; }
  .panes.stacked .list { overflow: visible; }
  .panes.stacked lsm-level-map { height: 220px; flex: none; }
  .panes.stacked lsm-splitter { display: none; }
  .panes.stacked .side { height: 460px; }
`;
