import { nothing } from 'lit';
import type { Listed } from '../../protocol/common';
import type { U64 } from '../../protocol/trace-event';
import type { TraceFrame } from '../../protocol/trace-frame';
import { byteSize, count, t } from '../../ui/text';
import type { TraceContext } from '../context';
import { numberText } from '../formulas';
import { definitions, eventLink, fileLink, inLine, type Part, type Row, section, tableLink } from './parts';

const SHOWN = 30;

/** The VersionEdit that was written last. */
export function editSection({ edit }: TraceFrame, context: TraceContext): Part {
  if (!edit) return nothing;
  const { added, removed, pointers, manifest, newManifest, event } = edit;
  const rows: (Row | undefined)[] = [
    [t('Written at'), eventLink(event, context)],
    [newManifest ? t('New MANIFEST') : 'MANIFEST', fileLink(manifest, context)],
    ...byLevel(removed).map(
      ([level, rows]): Row => [
        t('Removes from level {0}', level),
        inLine(
          rows.slice(0, SHOWN).map(({ number }) => tableLink(number, context)),
          rows.length - SHOWN,
        ),
      ],
    ),
    left(removed),
    ...byLevel(added).map(
      ([level, rows]): Row => [
        t('Adds to level {0}', level),
        inLine(
          rows
            .slice(0, SHOWN)
            .map(({ number, bytes }) => [tableLink(number, context), ` (${byteSize(bytes)})`]),
          rows.length - SHOWN,
        ),
      ],
    ),
    left(added),
    [
      t('Compaction pointer of'),
      pointers.length === 0 ? undefined : pointers.map((level) => t('level {0}', level)).join(', '),
    ],
    counter(t('Log number'), edit.logNumber),
    counter(t('Next file number'), edit.nextFileNumber),
    counter(t('Last sequence'), edit.lastSequence),
  ];
  return section('edit', t('VersionEdit written last'), definitions(rows));
}

function byLevel<Entry extends { level: number }>({ rows }: Listed<Entry>): [number, Entry[]][] {
  const levels = new Map<number, Entry[]>();
  for (const row of rows) levels.set(row.level, [...(levels.get(row.level) ?? []), row]);
  return [...levels].sort(([a], [b]) => a - b);
}

/** Of those that did not cross to the page nobody knows the level here. */
function left({ rows, total }: Listed<unknown>): Row | undefined {
  return total > rows.length ? ['', t('… and {0} more', count(total - rows.length))] : undefined;
}

function counter(label: string, value: U64 | undefined): Row {
  return [label, value === undefined ? undefined : numberText(value)];
}
