import type { KeyRow, KeysQuery } from '../protocol/keys';
import { equalBytes } from '../ui/bytes';
import type { KeyWindow } from '../ui/key-window';
import { plural, t } from '../ui/text';

/** How many keys or rows there are, as far as it is known: the estimate counts versions, so keys are at most that. */
export function countText(window: KeyWindow<KeyRow> | undefined, versions: KeysQuery['versions']): string {
  if (window === undefined) return '';
  const exact = window.exactTotal;
  if (exact === undefined) {
    const about = rough(window.estimate);
    return versions === 'all'
      ? plural(about, 'About 1 row', 'About {0} rows')
      : plural(about, 'Up to about 1 key', 'Up to about {0} keys');
  }
  return versions === 'all' ? plural(exact, '1 row', '{0} rows') : plural(exact, '1 key', '{0} keys');
}

/** Three digits: an estimate knows no more. */
function rough(value: number): number {
  return Number(value.toPrecision(3));
}

/** What going to a key came to. `behind`: there was none at or after it. */
export function goneToText(wanted: Uint8Array, found: Uint8Array, behind: boolean): string {
  if (equalBytes(wanted, found)) return t('Found.');
  if (behind) return t('No key at or after this one: this is the last.');
  if (wanted.every((byte, i) => found[i] === byte)) return t('The first key that begins so.');
  return t('No such key: this is the next.');
}
