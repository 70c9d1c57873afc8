import { html, nothing, type TemplateResult } from 'lit';
import type { ErrorFrame, TraceFrame } from '../../protocol/trace-frame';
import { t } from '../../ui/text';
import type { TraceContext } from '../context';
import { kindOfFile, numberText } from '../formulas';
import { duringText } from '../reasons';
import { definitions, eventLink, fileLink, type Part, type Row, section } from './parts';

/** What ended it, in LevelDB's words, where that was met, and the ways out. */
export function failureSection(frame: TraceFrame, context: TraceContext): Part {
  const { error } = frame;
  if (!error) return nothing;
  return section('failure', t('Why it ended'), [
    definitions(failureRows(error, context)),
    html`<h3>${t('Ways out')}</h3><ul class="ways">${waysOut(frame, error, context).map((way) => html`<li>${way}</li>`)}</ul>`,
  ]);
}

/** LevelDB's status, and the bytes at fault. */
export function failureRows(
  { message, file, offset, during, event }: ErrorFrame,
  context: TraceContext,
): Row[] {
  const at = offset === undefined ? undefined : Number(offset);
  return [
    [t('LevelDB says'), html`<span class="bad">${message}</span>`],
    [t('During'), duringText(during)],
    [t('At'), eventLink(event, context)],
    [
      t('The bytes at fault'),
      file === undefined
        ? t('no file is named')
        : at === undefined
          ? fileLink(file, context)
          : fileLink(file, context, at, t('{0} at offset {1}', file, numberText(at))),
    ],
  ];
}

/** What can be done, by the kind of the file. Commands are named as the palette has them. */
export function waysOut(
  { options, missing }: TraceFrame,
  { file, offset, message }: ErrorFrame,
  context: TraceContext,
): (string | TemplateResult)[] {
  const kind = file === undefined ? 'other' : kindOfFile(file);
  const at = offset === undefined ? undefined : Number(offset);
  const ways: (string | TemplateResult)[] = [];
  if (file !== undefined && missing.total === 0) {
    ways.push(
      fileLink(
        file,
        context,
        at,
        at === undefined
          ? t('Open {0} and look at it', file)
          : t('Open {0} there and look at the bytes', file),
      ),
    );
  }
  switch (kind) {
    case 'manifest':
      ways.push(
        t(
          '“LSM: Edit MANIFEST” shows every edit that can be read, and writes what is mended as a new MANIFEST.',
        ),
        t('“LSM: Rebuild MANIFEST…” makes a new one from the tables that are there.'),
      );
      break;
    case 'current':
      ways.push(
        t(
          '“LSM: Rebuild MANIFEST…” makes a new MANIFEST from the tables that are there, and a CURRENT that names it.',
        ),
      );
      break;
    case 'log':
      ways.push(
        options?.paranoidChecks
          ? t(
              '“LSM: Recover (Open for Writing)…” opens it without paranoid_checks: damaged records are dropped, the rest is kept.',
            )
          : t('The log’s editor shows which records are sound; what they hold can be copied out.'),
      );
      break;
    case 'table':
      ways.push(
        missing.total > 0
          ? t('Put the missing tables back from a backup, if there is one: nothing is lost then.')
          : t('The table’s editor shows which blocks are sound.'),
        t(
          '“LSM: Edit MANIFEST” can take the tables out of the version: the database opens then, without what was in them.',
        ),
      );
      break;
    case 'other':
      if (/lock/i.test(message)) ways.push(t('Close the program that has the database open, and try again.'));
      else if (/does not exist/.test(message)) {
        ways.push(
          t(
            '“LSM: Rebuild MANIFEST…” makes a new MANIFEST from the tables that are there, and a CURRENT that names it.',
          ),
        );
      } else ways.push(t('See to it that the folder and its files can be read, and try again.'));
      break;
  }
  return ways;
}
