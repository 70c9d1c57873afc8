import { html } from 'lit';
import type { ManifestOverview } from '../protocol/manifest';
import { t } from '../ui/text';
import type { Apply } from './plans';

/** There is no such file: what there is to do about it. */
export function missingView({ name, editing }: ManifestOverview, apply: Apply) {
  return html`<div class="missing scroll" tabindex="0" role="region" aria-label=${name}>
    <p>${t('There is no {0} in the folder, and the database cannot be opened without it. It can be made anew from the tables that are there.', name)}</p>
    ${editing.canEdit ? html`<lsm-rebuild main .apply=${apply}></lsm-rebuild>` : html`<p>${editing.readOnlyReason ?? ''}</p>`}
  </div>`;
}
