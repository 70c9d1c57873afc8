import { css } from 'lit';

export const manifestStyles = css`
  vscode-text-field.number { flex: 0 1 120px; }
  vscode-dropdown#kind { min-width: 150px; }
  vscode-dropdown#color { min-width: 90px; }
  .upper { flex: 0 0 auto; min-height: 190px; }
  lsm-level-map { flex: 1 1 auto; min-height: 110px; }
  .map-legend { padding: 4px 12px 6px; align-items: center; }
  .map-legend .total { margin-left: auto; color: var(--vscode-foreground); }
  .lower { flex: 1 1 auto; min-height: 120px; }
  .lower > .scroll { flex: 1 1 0; }
  .operations { flex: none; padding: 4px 10px 3px; column-gap: 3px; border-bottom: 1px solid
    var(--vscode-panel-border, var(--vscode-contrastBorder, transparent)); }
  .operations .icons { min-width: 24px; }
  .operations .icons .icon + .icon { margin-left: -4px; }
  .operations .gap { width: 6px; }
  .scroll > .actions { padding: 4px 12px; }
  .scroll > p { margin: 0; padding: 4px 12px; }
  .status .dirty { color: var(--vscode-foreground); }
  .status .dirty::before { content: '●'; margin-right: 5px; color: var(--vscode-editorGutter-modifiedBackground); }
  .map-legend i.unsaved { background: var(--vscode-editorGutter-addedBackground, currentColor); }
  .map-legend i.ghost { box-sizing: border-box; background: none;
    border: 2px dashed var(--vscode-editorGutter-deletedBackground, currentColor); }
  .missing { flex: 1; padding: 24px; text-align: center; }
  .missing p { max-width: 640px; margin: 0 auto 12px; }
`;

export const checkStyles = css`
  ul.problems { list-style: none; margin: 0; padding: 0 12px; }
  ul.problems li { display: flex; gap: 8px; padding: 5px 0; overflow-wrap: anywhere; }
  ul.problems li + li { border-top: 1px solid var(--vscode-panel-border, var(--vscode-contrastBorder, transparent)); }
  ul.problems li > div { min-width: 0; }
  .severity { flex: none; color: var(--vscode-editorInfo-foreground); }
  li.error .severity { color: var(--vscode-editorError-foreground, var(--vscode-errorForeground)); }
  li.warning .severity { color: var(--vscode-editorWarning-foreground); }
  .fixes { margin-top: 4px; }
  .fixes .small { height: auto; min-height: 22px; text-align: left; justify-content: flex-start; overflow-wrap: anywhere;
    white-space: normal; }
`;
