import { html, nothing, type TemplateResult } from 'lit';
import type { LostKey, RecoveryComparison, RecoverySide } from '../protocol/trace-recovery';
import { byteSize, count, plural, t } from '../ui/text';
import type { TraceContext } from './context';
import { keyText, numberText } from './formulas';
import { faultsTable } from './sections/faults';
import { type Column, definitions, fileLink, inLine, more, type Row, shown, tableOf } from './sections/parts';
import { sentenceOf } from './words';

const SHOWN_FILES = 30;

/** Recovery as LevelDB does it, and with paranoid_checks: what each loses of the same damage, key by key. */
export function comparisonView(comparison: RecoveryComparison, context: TraceContext): TemplateResult {
  const { lenient, paranoid } = comparison;
  return html`<div class="comparison">
    <div class="part" id="comparison"><p>${soundText(comparison)}</p></div>
    <div class="sides">
      ${sideView(t('Without paranoid_checks'), lenient, comparison, context)}
      ${sideView(t('With paranoid_checks'), paranoid, comparison, context)}
    </div>
  </div>`;
}

/** What the losses are counted against. */
export function soundText({ salvageable, unsalvageable }: RecoveryComparison): string {
  if (!salvageable) {
    return t(
      'What the logs still have cannot be told, so neither can what is lost: {0}',
      unsalvageable ?? '?',
    );
  }
  const { entries, records, operations } = salvageable;
  const all = plural(
    entries,
    'If every sound record of the logs were replayed, 1 key could be read.',
    'If every sound record of the logs were replayed, {0} keys could be read.',
  );
  const passed =
    records === 0
      ? t('Recovery passes no sound record by.')
      : plural(
          records,
          'Of the damaged logs it passes 1 sound record by ({1}). Losses are counted against all sound records; what the damaged bytes held cannot be told.',
          'Of the damaged logs it passes {0} sound records by ({1}). Losses are counted against all sound records; what the damaged bytes held cannot be told.',
          plural(operations, '1 operation', '{0} operations'),
        );
  return `${all} ${passed}`;
}

function sideView(
  title: string,
  side: RecoverySide,
  { salvageable }: RecoveryComparison,
  context: TraceContext,
): TemplateResult {
  const { faults, lost } = side;
  return html`<section class="part side-of" id=${side.paranoid ? 'paranoid' : 'lenient'}>
    <h2>${title}</h2>
    ${definitions(sideRows(side, salvageable !== undefined, context))}
    ${
      faults.total > 0
        ? html`<h3>${t('Damage in logs')}</h3>${faultsTable(faults.rows, context, false, title)}${more(faults)}`
        : nothing
    }
    ${
      lost.total > 0
        ? html`<h3>${t('Lost keys')}</h3>${tableOf(`${t('Lost keys')}: ${title}`, shown(lost), lostColumns(context))}${more(lost)}`
        : nothing
    }
  </section>`;
}

function sideRows(side: RecoverySide, isCounted: boolean, context: TraceContext): Row[] {
  const { failure, failedAt, batches, operations, levels, removes, lastSequence, entries } = side;
  const place = failure && placeOf(side, context);
  return [
    [t('Opening'), html`<span class=${failure ? 'bad' : nothing}>${openingText(side)}</span>`],
    [t('The bytes at fault'), place],
    [t('The last step before'), failedAt && sentenceOf(failedAt)],
    [t('Logs replayed'), count(side.logsReplayed)],
    [
      failure ? t('Read up to there') : t('Applied'),
      `${plural(batches, '1 batch', '{0} batches')}, ${plural(operations, '1 operation', '{0} operations')}`,
    ],
    [
      t('Dropped'),
      failure ? undefined : plural(side.droppedBytes, '1 byte of damaged logs', '{0} bytes of damaged logs'),
    ],
    [t('Keys that can be read'), entries === undefined ? undefined : count(entries)],
    [t('Reading meets'), side.readFailure],
    [t('Lost'), isCounted ? lossesText(side) : t('cannot be told')],
    [t('Last sequence'), lastSequence === undefined ? undefined : numberText(lastSequence)],
    [t('Tables in levels'), failure ? undefined : levelsText(levels)],
    [
      t('Files that go'),
      removes.total === 0
        ? undefined
        : inLine(
            removes.rows.slice(0, SHOWN_FILES),
            removes.total - Math.min(removes.rows.length, SHOWN_FILES),
          ),
    ],
  ];
}

export function openingText({ failure, droppedBytes, faults, losses }: RecoverySide): string {
  if (failure) return t('fails: {0}', failure.message);
  const isLossy = droppedBytes > 0 || faults.total > 0 || losses.gone + losses.older + losses.back > 0;
  return isLossy ? t('succeeds, with losses') : t('succeeds');
}

function placeOf({ failure }: RecoverySide, context: TraceContext): TemplateResult | undefined {
  const { file, offset } = failure!;
  if (file === undefined) return undefined;
  if (offset === undefined) return fileLink(file, context);
  const at = Number(offset);
  return fileLink(file, context, at, t('{0} at offset {1}', file, numberText(at)));
}

/** How many keys read otherwise than they would with every sound record. */
export function lossesText({ failure, faults, losses: { gone, older, back } }: RecoverySide): string {
  if (gone + older + back === 0) {
    return faults.total === 0
      ? t('nothing')
      : t('nothing of sound records; what the damaged bytes held cannot be told');
  }
  const parts = [
    gone > 0 ? plural(gone, '1 key is gone', '{0} keys are gone') : undefined,
    older > 0 ? plural(older, '1 key has an older value', '{0} keys have an older value') : undefined,
    back > 0 ? plural(back, '1 deleted key is back', '{0} deleted keys are back') : undefined,
  ].filter((part) => part !== undefined);
  return failure
    ? t('{0}: of a database that is not opened nothing is read', parts.join(', '))
    : parts.join(', ');
}

/** `0: 3 (1.2 MB), 1: 2 (800 KB)`, levels without tables left out. */
function levelsText(levels: RecoverySide['levels']): string {
  const parts = levels.flatMap(({ files, bytes }, level) =>
    files === 0
      ? []
      : [t('level {0}: {1}', level, `${plural(files, '1 table', '{0} tables')} (${byteSize(bytes)})`)],
  );
  return parts.length === 0 ? t('none') : parts.join('; ');
}

function lostColumns(context: TraceContext): Column<LostKey>[] {
  return [
    { title: t('Key'), cell: ({ key }) => html`<span class="key">${keyText(key)}</span>` },
    { title: t('What is lost'), isWide: true, cell: ({ change }) => changeText(change) },
    {
      title: t('Its record'),
      cell: ({ file, offset }) =>
        file === undefined
          ? t('not in the logs that are passed by')
          : fileLink(file, context, offset, offset === undefined ? file : `${file} @ ${numberText(offset)}`),
    },
  ];
}

export function changeText(change: LostKey['change']): string {
  const texts: Record<LostKey['change'], string> = {
    gone: t('the key is gone'),
    older: t('it has an older value'),
    back: t('its deletion: the key is back'),
  };
  return texts[change];
}
