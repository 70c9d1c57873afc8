import { html, nothing } from 'lit';
import type { ValueControl } from '../ui/controls';
import { byteSize, count, t } from '../ui/text';
import { type ColorBy, type Lives, PALETTE } from './lives';

/** What the map's colours and marks mean, and the version's files and bytes. */
export function legend(
  lives: Lives,
  edit: number,
  colorBy: ColorBy,
  isCompared: boolean,
  choose: (by: ColorBy) => void,
) {
  const titles: Record<ColorBy, string[]> = {
    age: [t('this edit'), t('new'), t('younger'), t('older'), t('oldest')],
    size: ['< 64 KB', '< 256 KB', '< 1 MB', '≈ 2 MB', t('larger')],
    level: ['0', '1', '2', '3', '4', '5', '6'],
  };
  let [files, bytes] = [0, 0];
  for (const level of lives.totals(edit)) {
    files += level.files;
    bytes += level.bytes;
  }
  return html`<div class="legend map-legend">
    <vscode-dropdown id="color" aria-label=${t('Colour by')} .value=${colorBy}
      @change=${(event: Event) => choose((event.target as ValueControl).value as ColorBy)}>
      <vscode-option value="age">${t('Age')}</vscode-option>
      <vscode-option value="size">${t('Size')}</vscode-option>
      <vscode-option value="level">${t('Level')}</vscode-option>
    </vscode-dropdown>
    ${titles[colorBy].map((title, i) => html`<span><i data-color=${PALETTE[i]!}></i>${title}</span>`)}
    <span>▔ ${t('added by this edit')}</span><span>┄ ${t('removed by it')}</span>
    ${
      isCompared
        ? html`<span class="mark"><i class="unsaved"></i>${t('not in the saved version')}</span>
          <span class="mark"><i class="ghost"></i>${t('only in the saved version')}</span>`
        : nothing
    }
    <span class="total">${t('{0} files, {1}', count(files), byteSize(bytes))}</span>
  </div>`;
}
