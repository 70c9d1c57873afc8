import { css } from 'lit';

/** Tables of fields, and the small native controls in them. `lsm-field` brings its own. */
export const formStyles = css`
  table { border-collapse: collapse; width: 100%; table-layout: fixed; }
  th { text-align: left; font-weight: normal; color: var(--vscode-descriptionForeground); padding: 2px 3px;
    white-space: nowrap; overflow: hidden; text-overflow: ellipsis; }
  td { padding: 1px 3px; vertical-align: top; overflow-wrap: anywhere; }
  th.end, td.end { text-align: right; font-variant-numeric: tabular-nums; }
  td.text { line-height: 22px; }
  select { box-sizing: border-box; width: 100%; height: 22px; padding: 0 1px; border-radius: 2px; font-family: inherit;
    font-size: inherit; color: var(--vscode-dropdown-foreground); background: var(--vscode-dropdown-background);
    border: 1px solid var(--vscode-dropdown-border, var(--vscode-contrastBorder, transparent)); }
  select:focus { outline: 1px solid var(--vscode-focusBorder); outline-offset: -1px; }
  .key { --field-font: var(--vscode-editor-font-family, monospace);
    font-family: var(--vscode-editor-font-family, monospace); }
  button.icons, button.small { all: unset; box-sizing: border-box; display: inline-flex; align-items: center;
    justify-content: center; height: 22px; padding: 0 3px; border-radius: 4px; cursor: pointer;
    color: var(--vscode-icon-foreground, var(--vscode-foreground)); }
  button.small { padding: 0 8px; border-radius: 2px; color: var(--vscode-button-secondaryForeground);
    background: var(--vscode-button-secondaryBackground);
    border: 1px solid var(--vscode-button-border, var(--vscode-contrastBorder, transparent)); }
  button.small:hover { background: var(--vscode-button-secondaryHoverBackground); }
  button.small.main { color: var(--vscode-button-foreground); background: var(--vscode-button-background); }
  button.small.main:hover { background: var(--vscode-button-hoverBackground); }
  button.icons:hover { background: var(--vscode-toolbar-hoverBackground);
    outline: 1px dashed var(--vscode-toolbar-hoverOutline, transparent); }
  button.icons:focus-visible, button.small:focus-visible { outline: 1px solid var(--vscode-focusBorder);
    outline-offset: 1px; }
  button[disabled] { opacity: 0.4; cursor: default; pointer-events: none; }
  .actions { display: flex; flex-wrap: wrap; gap: 4px 6px; align-items: center; }
  .spoken { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
`;
