import { css } from 'lit';

export const playgroundStyles = css`
  .head label, .controls label { display: inline-flex; align-items: center; gap: 6px; white-space: nowrap; }
  .head select { width: auto; max-width: 260px; }
  .controls { flex: none; display: flex; flex-wrap: wrap; gap: 6px 16px; align-items: center; padding: 4px 14px 6px; }
  .controls .group { display: flex; flex-wrap: wrap; gap: 4px 6px; align-items: center; }
  .controls select { width: auto; }
  .controls lsm-field { width: 76px; }
  .controls .clock { font-variant-numeric: tabular-nums; white-space: nowrap; }
  input[type='checkbox'] { margin: 0; accent-color: var(--vscode-button-background, var(--vscode-focusBorder)); }
  #run { min-width: 64px; }

  .work { flex: none; padding: 6px 14px 8px; border-top: 1px solid
    var(--vscode-panel-border, var(--vscode-contrastBorder, transparent)); min-height: 3.9em; }
  .work .title { font-size: 1.45em; line-height: 1.3; font-weight: 600; overflow-wrap: anywhere; }
  .work .title.idle { font-weight: normal; }
  .work .detail { color: var(--vscode-descriptionForeground); overflow-wrap: anywhere; min-height: 1.3em; }
  .work .stall { display: inline-block; margin-top: 4px; padding: 2px 8px; font-weight: 600;
    background: var(--vscode-inputValidation-warningBackground);
    color: var(--vscode-inputValidation-warningForeground, var(--vscode-foreground));
    border: 1px solid var(--vscode-inputValidation-warningBorder, var(--vscode-foreground)); }
  .rules { display: flex; flex-wrap: wrap; gap: 2px 6px; margin: 4px 0 0; padding: 0; list-style: none;
    font-variant-numeric: tabular-nums; }
  .rules li { padding: 1px 8px; border-radius: 3px; border: 1px solid transparent;
    background: color-mix(in srgb, var(--vscode-descriptionForeground) 14%, transparent); }
  .rules li.fresh { border-color: var(--vscode-focusBorder); font-weight: 600; }
  details.note summary { cursor: pointer; }
  details.note { flex: none; max-height: 24vh; overflow: auto; }
  details.note ul { margin: 4px 0; padding-left: 20px; }
  .note button { margin-top: 6px; }

  .memtables { flex: none; display: grid; grid-template-columns: max-content minmax(60px, 220px) minmax(0, 1fr);
    gap: 3px 8px; align-items: center; padding: 0 0 6px 8px; }
  .memtables p { margin: 0; grid-column: 1 / -1; }
  .memtables .limit { grid-column: 1 / -1; color: var(--vscode-descriptionForeground); }
  .memtables .what { font-variant-numeric: tabular-nums; overflow-wrap: anywhere; }
  .memtables progress { appearance: none; width: 100%; height: 12px; border: none; border-radius: 2px; overflow: hidden;
    background: color-mix(in srgb, var(--vscode-descriptionForeground) 25%, transparent);
    outline: 1px solid var(--vscode-contrastBorder, transparent); }
  .memtables progress::-webkit-progress-bar { background: transparent; }
  .memtables progress::-webkit-progress-value {
    background: var(--vscode-progressBar-background, var(--vscode-focusBorder)); }
  .memtables progress.full::-webkit-progress-value { background: var(--vscode-charts-orange); }
  .watched { box-shadow: inset 3px 0 0 var(--vscode-focusBorder); }

  table.numbers tbody th { border-bottom: none; }

  .history[inert] { opacity: 0.5; }
  .transport { padding: 2px 4px 4px; }

  .lesson { padding: 10px 14px; max-width: 75ch; }
  .lesson h2 { padding: 0; font-size: 1.15em; }
  .lesson p { margin: 6px 0; line-height: 1.45; }
  .lesson ol { padding-left: 22px; margin: 8px 0 12px; }
  .lesson li { padding: 4px 0; }
  .lesson li.later { color: var(--vscode-descriptionForeground); }
  .lesson li .title { font-weight: 600; }
  .lesson li.later .title { font-weight: normal; }
  .lesson li button { margin: 6px 0 2px; }
  .lesson .icon { vertical-align: -3px; }
  /* Where there is little room, the list scrolls: the picture does not shrink below what it draws. */
  .picture { flex: 1 0 auto; min-height: auto; }
  .panes.stacked .side { height: 520px; }
  .panes.stacked .picture { min-height: 320px; }
`;
