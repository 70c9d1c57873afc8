import { html, nothing } from 'lit';
import type { Listed } from '../protocol/common';
import type { LogFile, LogOverview, OutcomeView } from '../protocol/log';
import { count, plural, t } from '../ui/text';
import { itemTitle } from './columns';

/** Of each list; how many more there are is told. */
const MAX_ROWS = 200;

export interface RecoveryActions {
  goTo(offset: number): void;
  openManifest(edit: number): void;
  openTable(number: string): void;
}

function link(text: string, click: () => void) {
  return html`<vscode-link href="#" @click=${(event: Event) => {
    event.preventDefault();
    click();
  }}>${text}</vscode-link>`;
}

/** What becomes of the log when the database is opened: lenient and paranoid side by side. */
export function recoveryView(file: LogFile, overview: LogOverview, actions: RecoveryActions) {
  return html`<div class="scroll" tabindex="0" role="region" aria-label=${t('Recovery')}>
    ${stateView(file, actions)}
    <div class="outcomes">
      ${outcomeView(t('Without paranoid_checks'), overview.lenient, overview, actions)}
      ${outcomeView(t('With paranoid_checks'), overview.paranoid, overview, actions)}
    </div>
    ${jumpsView(overview, actions)} ${soundView(overview, actions)}
  </div>`;
}

function stateView({ state }: LogFile, actions: RecoveryActions) {
  if (!state)
    return html`<div class="sentence">${t('There is no MANIFEST beside this file: whether LevelDB would replay it cannot be told.')}</div>`;
  const { live, logNumber, flushedBy, manifest } = state;
  if (live) {
    return html`<div class="sentence" id="state">${t('Live: recovery replays it, since {0} asks for log {1} and later ones.', manifest, logNumber)}</div>`;
  }
  return html`<div class="sentence" id="state">
    ${t('Stale: {0} asks for log {1} and later ones. Recovery does not read it.', manifest, logNumber)}
    ${
      flushedBy
        ? html`${t('What it held was flushed by')}
            ${link(t('edit {0} of {1}', flushedBy.edit, manifest), () => actions.openManifest(flushedBy.edit))}
            ${flushedBy.tables.map((number) => html` ${link(t('table {0}', number), () => actions.openTable(number))}`)}`
        : nothing
    }
  </div>`;
}

function outcomeView(title: string, outcome: OutcomeView, overview: LogOverview, { goTo }: RecoveryActions) {
  const { failure, drops, batches, operations, firstSequence, lastSequence, stop } = outcome;
  const lostBatches = overview.batches - batches;
  const why = {
    'end of file': t('the end of the file'),
    'torn tail': t('a torn tail, as a crash leaves it: no error'),
    damage: t('damage'),
    'damaged tail': t('damage that LevelDB takes for a torn tail, without an error'),
  };
  return html`<section>
    <h2>${title}</h2>
    <dl>
      <dt>${t('Opening')}</dt>
      <dd>${
        failure
          ? html`<span class="bad">${t('fails: Corruption: {0}', failure.reason)}</span>`
          : drops.total > 0 || stop.why === 'damaged tail'
            ? t('succeeds, with losses')
            : t('succeeds')
      }</dd>
      <dt>${failure ? t('Read up to there') : t('Applied')}</dt>
      <dd>${plural(batches, '1 batch', '{0} batches')}, ${plural(operations, '1 operation', '{0} operations')}</dd>
      ${failure && lostBatches > 0 ? html`<dt>${t('Not reached')}</dt><dd>${plural(lostBatches, '1 batch', '{0} batches')}</dd>` : nothing}
      ${firstSequence === undefined ? nothing : html`<dt>${t('Sequences')}</dt><dd>${firstSequence} – ${lastSequence}</dd>`}
      <dt>${t('Stops at')}</dt>
      <dd>${link(count(stop.offset), () => goTo(stop.offset))}: ${why[stop.why]}${stop.why === 'damaged tail' ? html` (${stop.message})` : nothing}</dd>
      ${drops.rows.slice(0, MAX_ROWS).map(
        ({ offset, bytes, reason }) => html`<dt class="bad">${t('Drops')}</dt>
          <dd>${plural(bytes, '1 byte', '{0} bytes')} ${link(t('at byte {0}', count(offset)), () => goTo(offset))}: ${reason}</dd>`,
      )}
      ${more(drops)}
    </dl>
  </section>`;
}

function more({ total }: Listed<unknown>) {
  return total > MAX_ROWS
    ? html`<dt></dt><dd class="quiet">${plural(total - MAX_ROWS, '1 more place', '{0} more places')}</dd>`
    : nothing;
}

function jumpsView({ jumps }: LogOverview, { goTo }: RecoveryActions) {
  if (jumps.total === 0) return nothing;
  return html`<h2>${t('Sequences that do not follow each other')}</h2>
    <dl>${jumps.rows.slice(0, MAX_ROWS).map(
      ({ offset, expected, found, kind }) => html`<dt>${kind === 'gap' ? t('gap') : t('repeat')}</dt>
        <dd>${link(t('at byte {0}', count(offset)), () => goTo(offset))}: ${t('{0} where {1} was due', found, expected)}</dd>`,
    )}${more(jumps)}</dl>`;
}

const TYPES = ['full', 'full', 'first', 'middle', 'last'] as const;

function soundView({ sound }: LogOverview, { goTo }: RecoveryActions) {
  if (sound.total === 0) return nothing;
  return html`<h2>${t('Sound records that recovery does not read')}</h2>
    <dl>${sound.rows.slice(0, MAX_ROWS).map(
      ({ offset, length, type }) => html`<dt>${itemTitle(TYPES[type] ?? 'full')}</dt>
        <dd>${link(t('at byte {0}', count(offset)), () => goTo(offset))}, ${plural(length, '1 byte', '{0} bytes')}</dd>`,
    )}${more(sound)}</dl>`;
}
