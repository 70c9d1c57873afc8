import * as vscode from 'vscode';

const { t } = vscode.l10n;

/** What the words of the text form mean, in a sentence or two. */
const MEANINGS: Record<string, () => string> = {
  edit: () =>
    t(
      'A record of the MANIFEST: what changed from one version to the next. Behind it its number and the byte at which it begins; both are for reading only.',
    ),
  damage: () =>
    t(
      'Bytes that are no sound record. LevelDB does not open the database; saving the edited text leaves them out.',
    ),
  tail: () => t('What stands behind the last whole record. LevelDB takes it for the end of the file.'),
  comparator: () =>
    t('The name of the order that keys are in. Whoever opens the database with another one is refused.'),
  'log-number': () =>
    t(
      'Write-ahead logs with this number or above are replayed on opening; those below are in tables and get deleted.',
    ),
  'prev-log-number': () =>
    t(
      'One more log that is replayed, whatever the log number says. LevelDB itself has written 0 for a long time.',
    ),
  'next-file-number': () =>
    t('The number of the next file that is made. It must be above every table’s and the MANIFEST’s own.'),
  'last-sequence': () =>
    t('The sequence of the last write. New writes count on from it, so no table may hold a higher one.'),
  'compact-pointer': () =>
    t('Where the next compaction of this level begins: with the first table behind this key.'),
  delete: () =>
    t('Takes a table out of a level. LevelDB deletes its file when no version names it any more.'),
  add: () =>
    t('Puts a table into a level: its number, its size in bytes, and the first and last internal key in it.'),
  level: () =>
    t(
      '0 to 6. Tables of level 0 may overlap; those of a higher level may not, and hold older versions of keys.',
    ),
  file: () => t('The number of a table: 5 is 000005.ldb, or 000005.sst as older versions name it.'),
  size: () => t('Bytes of the table’s file. LevelDB looks for the end of a table by it.'),
  smallest: () =>
    t('The first internal key of the table. A get asks only tables in whose range its key lies.'),
  largest: () => t('The last internal key of the table. A get asks only tables in whose range its key lies.'),
  sequence: () => t('The number of the write that this version of the key came with.'),
  value: () => t('A version of a key that has a value.'),
  deletion: () => t('A version of a key that says that it was deleted.'),
};

export function meaningOf(word: string): string | undefined {
  return Object.hasOwn(MEANINGS, word) ? MEANINGS[word]() : undefined;
}
