import { html, nothing } from 'lit';
import type { TraceFrame } from '../../protocol/trace-frame';
import { plural, t } from '../../ui/text';
import { more, type Part, paragraph, section, shown } from './parts';

/** Tables that the MANIFEST names and the folder does not have. */
export function missingSection({ missing }: TraceFrame): Part {
  if (missing.total === 0) return nothing;
  return section(
    'missing',
    t('Missing files'),
    [
      paragraph(
        t(
          'The MANIFEST names them, and they are not in the folder. LevelDB refuses to open the database: what was in them would be gone without a word.',
        ),
      ),
      html`<ul class="names">${shown(missing).map((file) => html`<li>${file}</li>`)}</ul>`,
      more(missing),
    ],
    plural(missing.total, '1 file', '{0} files'),
  );
}
