import { byteSize, t } from '../ui/text';
import type { Lives } from './lives';

/** A file of the picture in words, at an edit. */
export function describeFile(lives: Lives, life: number, edit: number, isLast: boolean): string {
  const notes = [
    lives.added[life] === edit ? t('added by this edit') : '',
    lives.removedAt(life) === edit ? t('removed by this edit') : '',
    isLast && lives.isUnsaved(life) ? t('not in the saved version') : '',
    isLast && lives.isGone(life) ? t('only in the saved version') : '',
  ];
  const table = t(
    'table {0}, level {1}, {2}',
    lives.numbers[life]!,
    lives.levels[life]!,
    byteSize(lives.sizes[life]!),
  );
  return [table, ...notes.filter((note) => note !== '')].join(', ');
}
