import { css } from 'lit';

export const manifestStyles = css`
  vscode-text-field.number { flex: 0 1 120px; }
  vscode-dropdown#kind { min-width: 150px; }
  vscode-dropdown#color { min-width: 90px; }
  lsm-level-map { flex: 1 1 46%; min-height: 130px; }
  .map-legend { padding: 4px 12px 6px; align-items: center; }
  .map-legend .total { margin-left: auto; color: var(--vscode-foreground); }
  .column > .scroll { flex: 1 1 40%; }
`;
