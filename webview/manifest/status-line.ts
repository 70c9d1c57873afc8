import { html, nothing } from 'lit';
import type { ManifestOverview } from '../protocol/manifest';
import { byteSize, count, plural, t } from '../ui/text';

/** What there is, what is not saved, and what the last action came to. */
export function statusLine(overview: ManifestOverview, message: string) {
  return html`<div class="status"><span>${contents(overview)}</span>${unsaved(overview)}<span role="status">${message}</span></div>`;
}

function contents({ edits, kinds, bytes }: ManifestOverview): string {
  const damage = kinds.damage ? `, ${plural(kinds.damage, '1 damaged place', '{0} damaged places')}` : '';
  return `${plural(edits, '1 edit', '{0} edits')}, ${byteSize(bytes)}${damage}`;
}

function unsaved({ editing }: ManifestOverview) {
  const { isDirty, operations } = editing;
  if (!isDirty) return nothing;
  const words =
    operations === 0
      ? t('not saved')
      : operations === 1
        ? t('1 change, not saved')
        : t('{0} changes, not saved', count(operations));
  return html`<span class="dirty">${words}</span>`;
}
