import { css } from 'lit';

export const sectionStyles = css`
  .now { padding: 2px 0 10px; }
  .part { padding: 0 0 6px; min-width: 0; }
  .part + .part { border-top: 1px solid var(--vscode-panel-border, var(--vscode-contrastBorder, transparent)); }
  .part h2 .note-of { font-weight: normal; color: var(--vscode-descriptionForeground); padding-left: 6px; }
  .part h3 { font-size: inherit; font-weight: 600; margin: 0; padding: 4px 12px 0; }
  .part p, .now > p { margin: 4px 12px; overflow-wrap: anywhere; }
  .part dl { padding: 4px 12px; }
  .part ul { margin: 4px 12px; padding: 0 0 0 18px; overflow-wrap: anywhere; }
  .part ul.names { font-family: var(--vscode-editor-font-family, monospace); }
  .part ul li { padding: 1px 0; }
  .rows { overflow-x: auto; margin: 4px 12px; }
  .rows:focus-visible { outline: 1px solid var(--vscode-focusBorder); }
  table.numbers { width: auto; min-width: 100%; table-layout: auto; border-collapse: collapse;
    font-variant-numeric: tabular-nums; }
  table.numbers th { padding: 2px 12px 3px 0; white-space: nowrap; vertical-align: bottom;
    border-bottom: 1px solid var(--vscode-panel-border, var(--vscode-contrastBorder, transparent)); }
  table.numbers td { padding: 2px 12px 2px 0; vertical-align: top; }
  table.numbers td { overflow-wrap: break-word; }
  table.numbers vscode-link { white-space: nowrap; }
  table.numbers td.wide { min-width: 150px; }
  table.numbers .key { display: inline-block; max-width: 240px; }
  table.numbers .number { text-align: right; white-space: nowrap; }
  table.numbers .number:not(:last-child) { padding-left: 4px; }
  .part .key { font-family: var(--vscode-editor-font-family, monospace); overflow-wrap: anywhere; }
  .part .is-due { font-weight: 600; }
  .part .mark { padding: 0 5px; border-radius: 3px; white-space: nowrap; color: var(--vscode-badge-foreground, inherit);
    background: var(--vscode-badge-background, transparent);
    border: 1px solid var(--vscode-contrastBorder, transparent); }
  progress.share { display: block; appearance: none; width: calc(100% - 24px); max-width: 420px; height: 8px;
    margin: 6px 12px 2px; border: none; border-radius: 2px; overflow: hidden;
    background: color-mix(in srgb, var(--vscode-descriptionForeground) 25%, transparent);
    outline: 1px solid var(--vscode-contrastBorder, transparent); }
  progress.share::-webkit-progress-bar { background: transparent; }
  progress.share::-webkit-progress-value { background: var(--vscode-progressBar-background, var(--vscode-focusBorder)); }
  .sides { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 320px), 1fr)); gap: 0 16px; }
  .sides > section { min-width: 0; }
  .part.side-of + .part.side-of { border-top: none; }
`;
