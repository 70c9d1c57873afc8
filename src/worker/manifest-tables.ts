import type { U64 } from '../engine/bytes/u64';
import { integerJson } from '../engine/manifest/editing/edit-json';
import type { FileLife } from '../engine/manifest/timeline';
import type { Listed } from './manifest-api';
import type { TableChoice } from './manifest-edit-api';
import type { ManifestFolder } from './manifest-folder';

const MAX_CHOICES = 200;

/** Tables whose number begins with some digits, newest first: those in a folder, or without one those of a version. */
export function tableChoices(
  version: readonly FileLife[],
  folder: ManifestFolder | undefined,
  digits: string,
): Listed<TableChoice> {
  const living = new Map<U64, FileLife[]>();
  for (const life of version) {
    const { number } = life.file;
    living.set(number, [...(living.get(number) ?? []), life]);
  }
  const numbers = [...(folder?.tableNumbers() ?? living.keys())]
    .filter((number) => `${number}`.startsWith(digits))
    .sort((a, b) => (a < b ? 1 : -1));
  const rows = numbers.slice(0, MAX_CHOICES).map((number) => {
    const lives = living.get(number) ?? [];
    const bytes = folder?.table(number)?.bytes ?? lives[0]?.file.size ?? 0;
    return {
      number: integerJson(number),
      bytes: integerJson(bytes),
      levels: lives.map(({ level }) => level),
    };
  });
  return { rows, total: numbers.length };
}
