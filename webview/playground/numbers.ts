import { html, nothing, type TemplateResult } from 'lit';
import type {
  LessonFocus,
  OperationKind,
  PlaygroundState,
  StallReason,
  WorkRule,
} from '../protocol/playground';
import { byteSize, count, t } from '../ui/text';
import { ruleTitle, stallTitle } from './words';

/** `name` tells tests, and nobody else, which number it is. */
type Row = [name: string, label: string, value: string];

export const KINDS: readonly OperationKind[] = ['put', 'overwrite', 'delete', 'get', 'miss', 'scan'];
const REASONS: readonly StallReason[] = ['slow down', 'memtable full', 'too many files in level 0'];
export const RULES: readonly WorkRule[] = ['minor', 'size', 'seek', 'manual'];

export function kindTitle(kind: OperationKind): string {
  const titles: Record<OperationKind, string> = {
    put: t('Puts'),
    overwrite: t('Overwrites'),
    delete: t('Deletes'),
    get: t('Gets'),
    miss: t('Misses'),
    scan: t('Scans'),
  };
  return titles[kind];
}

/** Everything that is counted, as it is now. A lesson marks what it is about. */
export function numbersView(state: PlaygroundState): TemplateResult {
  const watched = state.lesson?.watch ?? [];
  const group = (id: string, focus: LessonFocus | undefined, title: string, content: unknown) => {
    const isWatched = focus !== undefined && watched.includes(focus);
    return html`<section class="part ${isWatched ? 'watched' : ''}" id=${`part-${id}`}>
      <h2>${title}${isWatched ? html` <span class="mark">${t('watch this')}</span>` : nothing}</h2>${content}
    </section>`;
  };
  return html`<div class="now">
    ${group('operations', undefined, t('Operations'), operations(state))}
    ${group('durability', 'durability', t('Durability'), list(durability(state)))}
    ${group('bytes', 'log', t('Bytes written'), list(bytes(state)))}
    ${group('space', 'space', t('Space'), list(space(state)))}
    ${group('reads', 'reads', t('Reads'), list(reads(state)))}
    ${group('work', 'levels', t('Compactions'), list(work(state)))}
    ${group('stalls', 'stalls', t('Stalls'), list(stalls(state)))}
  </div>`;
}

function list(rows: Row[]) {
  return html`<dl>${rows.map(
    ([name, label, value]) => html`<dt>${label}</dt><dd data-name=${name}>${value}</dd>`,
  )}</dl>`;
}

function operations({ counts, rates }: PlaygroundState) {
  const all = KINDS.reduce((sum, kind) => sum + counts.operations[kind], 0);
  const row = (name: string, title: string, total: number, rate: number) =>
    html`<tr><th scope="row">${title}</th><td class="number" data-name=${name}>${count(total)}</td>
      <td class="number">${count(rate)}</td></tr>`;
  return html`<div class="rows"><table class="numbers">
      <thead><tr><th scope="col">${t('Operation')}</th><th scope="col" class="number">${t('so far')}</th>
        <th scope="col" class="number">${t('a second')}</th></tr></thead>
      <tbody>${KINDS.map((kind) => row(kind, kindTitle(kind), counts.operations[kind], rates[kind]))}
        ${row('operations', t('All'), all, rates.operations)}</tbody>
    </table></div>
    ${list([
      ['hits', t('Gets that found a value'), count(counts.hits)],
      ['misses', t('Gets that found none'), count(counts.misses)],
      ['scanned', t('Entries that scans read'), count(counts.scanned)],
    ])}
    ${
      counts.wrong > 0
        ? html`<p class="bad" data-name="wrong">${t('{0} answers were wrong: that must not be.', count(counts.wrong))}</p>`
        : nothing
    }`;
}

function durability({ durability: { acknowledged, promised, durable } }: PlaygroundState): Row[] {
  return [
    ['acknowledged', t('Acknowledged writes'), count(acknowledged)],
    ['durable', t('On the disk up to write'), count(durable)],
    ['promised', t('Promised (with sync) up to write'), count(promised)],
    ['unsynced', t('A power cut would take'), count(Math.max(0, acknowledged - durable))],
  ];
}

function bytes({ bytes: written, rates }: PlaygroundState): Row[] {
  const { user, log, flush, compaction, manifest } = written;
  const tables = flush + compaction;
  return [
    ['user', t('By the user: keys and values'), byteSize(user)],
    ['log', t('To logs'), byteSize(log)],
    ['flush', t('By minor compactions'), byteSize(flush)],
    ['compaction', t('By other compactions'), byteSize(compaction)],
    ['manifest', t('To MANIFESTs'), byteSize(manifest)],
    [
      'amplification',
      t('Write amplification: (log + tables) / user'),
      user > 0
        ? `(${byteSize(log)} + ${byteSize(tables)}) / ${byteSize(user)} = ${ratio(log + tables, user)}`
        : '–',
    ],
    ['writtenBytes', t('Written a second'), byteSize(Math.round(rates.writtenBytes))],
  ];
}

function space({ space: files }: PlaygroundState): Row[] {
  const { liveKeys, liveBytes, tables, logs, others, disk } = files;
  return [
    ['liveKeys', t('Live keys'), count(liveKeys)],
    ['liveBytes', t('Live bytes'), byteSize(liveBytes)],
    ['tables', t('Tables'), byteSize(tables)],
    ['logs', t('Logs'), byteSize(logs)],
    ['others', t('Other files'), byteSize(others)],
    ['disk', t('On disk'), byteSize(disk)],
    ['spaceAmplification', t('On disk / live'), liveBytes > 0 ? ratio(disk, liveBytes) : '–'],
  ];
}

function reads({ reads: asked, bytes: { readByUser, readByBackground } }: PlaygroundState): Row[] {
  const { gets, tables, filtered, falsePositives, blocks, seekCharges } = asked;
  return [
    ['gets', t('Gets'), count(gets)],
    ['tablesPerGet', t('Tables asked for each get'), gets > 0 ? ratio(tables, gets) : '–'],
    ['filtered', t('Of them ruled out by a filter'), count(filtered)],
    ['falsePositives', t('False positives of filters'), count(falsePositives)],
    ['blocks', t('Blocks looked into'), count(blocks)],
    ['seekCharges', t('Seeks charged'), count(seekCharges)],
    ['readByUser', t('Read by gets and scans'), byteSize(readByUser)],
    ['readByBackground', t('Read by compactions'), byteSize(readByBackground)],
  ];
}

function work({ work: done }: PlaygroundState): Row[] {
  return [
    ...RULES.map((rule): Row => [`work-${rule}`, ruleTitle(rule), count(done[rule])]),
    ['moves', t('Of these only moved'), count(done.moves)],
  ];
}

function stalls({ stalls: { counts, waitedMilliseconds } }: PlaygroundState): Row[] {
  return [
    ...REASONS.map((why): Row => [`stall-${why.replaceAll(' ', '-')}`, stallTitle(why), count(counts[why])]),
    ['waited', t('Waited in all'), t('{0} ms', count(waitedMilliseconds))],
  ];
}

function ratio(value: number, of: number): string {
  return (value / of).toFixed(2);
}
