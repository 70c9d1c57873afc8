import { css } from 'lit';

export const logStyles = css`
  vscode-text-field.number { flex: 0 1 140px; }
  vscode-dropdown#type { min-width: 140px; }
  .outcomes { display: grid; grid-template-columns: repeat(auto-fit, minmax(260px, 1fr)); gap: 0 16px; }
`;
