import { css } from 'lit';

export const dryRunStyles = css`
  .head { flex: none; display: flex; flex-wrap: wrap; gap: 6px 12px; align-items: center; padding: 10px 14px 8px; }
  .head .words { flex: 1 1 300px; min-width: 0; }
  h1 { position: static; width: auto; height: auto; clip-path: none; white-space: normal; overflow-wrap: anywhere;
    font-size: 1.25em; font-weight: 600; }
  .head p { margin: 2px 0 0; color: var(--vscode-descriptionForeground); overflow-wrap: anywhere; }
  .sentence { padding: 4px 14px 6px; }
  .sentence p { margin: 3px 0 0; }
  .maps { margin-top: 8px; }
  .note { flex: none; margin: 0 14px 8px; padding: 6px 10px; overflow-wrap: anywhere; border: 1px solid; }
  .note p { margin: 0; }
  .note p + p { margin-top: 3px; }
  .note .choices { display: flex; flex-wrap: wrap; gap: 6px; margin-top: 6px; }
  .note.failed { background: var(--vscode-inputValidation-errorBackground);
    color: var(--vscode-inputValidation-errorForeground, var(--vscode-foreground));
    border-color: var(--vscode-inputValidation-errorBorder, var(--vscode-errorForeground)); }
  .note.applied { background: var(--vscode-inputValidation-infoBackground);
    color: var(--vscode-inputValidation-infoForeground, var(--vscode-foreground));
    border-color: var(--vscode-inputValidation-infoBorder, var(--vscode-focusBorder)); }
  .note vscode-link { margin-right: 14px; }
  progress { width: 100%; height: 4px; accent-color: var(--vscode-progressBar-background, var(--vscode-focusBorder)); }
  .body { flex: 1; min-height: 0; }
  .maps { display: flex; gap: 12px; padding: 2px 14px 4px; }
  .maps > div { flex: 1; min-width: 0; }
  .maps.stacked { flex-direction: column; }
  .maps h2 { padding: 0 0 4px; }
  .maps h2 span { font-weight: normal; color: var(--vscode-descriptionForeground); }
  lsm-level-map { height: 190px; }
  .legend { padding: 4px 14px 8px; }
  .legend .detail { margin-left: auto; color: var(--vscode-foreground); white-space: normal; overflow-wrap: anywhere; }
  .sections { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 380px), 1fr)); gap: 4px 20px;
    padding: 4px 2px 14px; border-top: 1px solid var(--vscode-panel-border, var(--vscode-contrastBorder, transparent)); }
  .sections ul { margin: 4px 0; padding: 0 12px 0 28px; overflow-wrap: anywhere; }
  .lines { white-space: normal; }
  .lines li { margin: 2px 0; }
  .wide { grid-column: 1 / -1; min-width: 0; }
  table { border-collapse: collapse; margin: 4px 12px; font-variant-numeric: tabular-nums; }
  .files { overflow-x: auto; }
  .files table { width: calc(100% - 24px); }
  th { text-align: left; font-weight: normal; color: var(--vscode-descriptionForeground); padding: 2px 14px 3px 0;
    border-bottom: 1px solid var(--vscode-panel-border, var(--vscode-contrastBorder, transparent)); white-space: nowrap; }
  td { padding: 2px 14px 2px 0; white-space: nowrap; }
  .number { text-align: right; }
  td.same { color: var(--vscode-descriptionForeground); }
  td.fate::before { content: ''; display: inline-block; width: 8px; height: 8px; margin-right: 7px;
    background: var(--swatch); outline: 1px solid var(--vscode-contrastBorder, transparent); }
  tr.created { --swatch: var(--vscode-charts-green); }
  tr.replaced { --swatch: var(--vscode-charts-yellow); }
  tr.deleted { --swatch: var(--vscode-charts-red); }
  td.name { font-family: var(--vscode-editor-font-family, monospace); }
`;
