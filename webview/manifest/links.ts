import { html } from 'lit';

export function link(text: string, click: () => void) {
  return html`<vscode-link href="#" @click=${(event: Event) => {
    event.preventDefault();
    click();
  }}>${text}</vscode-link>`;
}
