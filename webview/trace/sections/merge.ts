import { html, nothing } from 'lit';
import type { TraceFrame } from '../../protocol/trace-frame';
import { byteSize, count, plural, t } from '../../ui/text';
import { definitions, type Part, section } from './parts';

/** The merge as it goes: how far it has read, and what became of the entries (DBImpl::DoCompactionWork). */
export function mergeSection({ compaction }: TraceFrame): Part {
  if (!compaction || compaction.trivialMove) return nothing;
  const { bytesRead, bytesWritten, inputBytes, entries, kept, shadowed, deletions, state } = compaction;
  const total = inputBytes[0] + inputBytes[1];
  const share = state === 'done' ? 1 : total > 0 ? Math.min(1, bytesRead / total) : 0;
  const percent = `${Math.floor(share * 100)} %`;
  const read = t('{0} of {1}', byteSize(bytesRead), byteSize(total));
  return section(
    'merge',
    t('The merge'),
    [
      html`<progress class="share" aria-label=${t('Read of the inputs')} max="1" .value=${share}></progress>`,
      definitions([
        [t('Read'), html`<span title=${plural(bytesRead, '1 byte', '{0} bytes')}>${read}</span>`],
        [
          t('Written'),
          html`<span title=${plural(bytesWritten, '1 byte', '{0} bytes')}>${byteSize(bytesWritten)}</span>`,
        ],
        [t('Entries read'), count(entries)],
        [t('Kept'), count(kept)],
        [t('Shadowed'), t('{0}: a newer version hides them from every reader', count(shadowed))],
        [t('Deletions dropped'), t('{0}: no deeper level can hold what they hid', count(deletions))],
      ]),
    ],
    percent,
  );
}
