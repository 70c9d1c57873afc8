import { html, nothing } from 'lit';
import type { TraceView } from '../protocol/trace';
import { count, plural, t } from '../ui/text';

/** What the head's buttons do. */
export interface HeadActions {
  apply(): void;
  discard(): void;
  save(): void;
  exportText(): void;
  restore(): void;
  revealBackup(): void;
}

/** Its title, and the ways to go on. */
export function headView({ title, path, phase, summary, mayApply }: TraceView, actions: HeadActions) {
  const isBusy = phase === 'recording' || phase === 'applying';
  const isRecorded = summary?.source.kind === 'recorded';
  const hasTrace = summary !== undefined && phase !== 'recording';
  const button = (id: string, text: string, run: () => void, isDisabled: boolean, isMain = false) =>
    html`<vscode-button id=${id} appearance=${isMain ? 'primary' : 'secondary'} ?disabled=${isDisabled}
      @click=${run}>${text}</vscode-button>`;
  return html`<div class="head">
    <div class="words"><h1>${title}</h1><p>${path}</p></div>
    ${
      summary?.applicable && mayApply && phase !== 'applied'
        ? button('apply', t('Apply'), actions.apply, isBusy, true)
        : nothing
    }
    ${
      isBusy || isRecorded || phase === 'failed'
        ? button(
            'discard',
            isBusy ? t('Cancel') : phase === 'applied' || !summary?.applicable ? t('Close') : t('Discard'),
            actions.discard,
            phase === 'applying',
          )
        : nothing
    }
    ${button('save', t('Save Trace…'), actions.save, !hasTrace)}
    ${button('export', t('Export as Text…'), actions.exportText, !hasTrace)}
  </div>`;
}

/** What state the trace is in, and what went wrong. */
export function notesView(
  { phase, progress, failure, account, summary, mayApply }: TraceView,
  actions: HeadActions,
) {
  const { done, total, detail } = progress;
  const percent = total > 0 ? `${Math.round((done / total) * 100)} %` : '';
  const far = [detail, percent].filter(Boolean).join(': ');
  const isBusy = phase === 'recording' || phase === 'applying';
  const words = {
    recording: t('Recording on a dry run; nothing is changed. {0}', far),
    ready: readyText(summary, mayApply),
    failed: t('Nothing has been changed.'),
    applying: t('Applying… {0}', far),
    applied: t('Done.'),
  }[phase];
  return html`
    ${
      failure
        ? html`<div class="note failed" role="alert"><p>${failure.message}</p>${failure.advice ? html`<p>${failure.advice}</p>` : nothing}</div>`
        : nothing
    }
    ${
      words === ''
        ? nothing
        : html`<div class=${phase === 'applied' ? 'note applied' : 'state'} role="status">
          ${words}
          ${account.map((line) => html`<p>${line}</p>`)}
          ${
            phase === 'applied'
              ? html`<p>${link('restore', t('Restore…'), actions.restore)}
                ${link('reveal', t('Show the Backup'), actions.revealBackup)}</p>`
              : nothing
          }
        </div>`
    }
    ${(summary?.leftOut ?? []).map(
      ({ without, from, events }) =>
        html`<div class="state left-out">${
          without === 'entries'
            ? t(
                'The trace grew too long: {0} single entries are not in it, from event {1} on.',
                count(events),
                count(from + 1),
              )
            : without === 'blocks'
              ? t(
                  'The trace grew too long: {0} single blocks are not in it, from event {1} on.',
                  count(events),
                  count(from + 1),
                )
              : plural(
                  events,
                  'The trace grew too long: its last event is not in it.',
                  'The trace grew too long: its last {0} events are not in it.',
                )
        }</div>`,
    )}
    ${isBusy ? html`<progress aria-label=${t('Progress')} max=${Math.max(1, total)} .value=${total > 0 ? done : 0}></progress>` : nothing}
  `;
}

function readyText(summary: TraceView['summary'], mayApply: boolean): string {
  if (!summary) return '';
  const { source, applicable } = summary;
  if (source.kind === 'file') return t('From a file, recorded by {0}.', source.engine);
  if (!applicable) return t('This was a dry run: nothing has been changed, and there is nothing to apply.');
  if (!mayApply) return t('Nothing has been changed. In Restricted Mode it cannot be applied.');
  return t('Nothing has been changed yet. “Apply” does it, and keeps a backup.');
}

function link(id: string, text: string, run: () => void) {
  return html`<vscode-link id=${id} href="#" @click=${(event: Event) => {
    event.preventDefault();
    run();
  }}>${text}</vscode-link>`;
}
