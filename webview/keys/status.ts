import type { KeyRow, KeysQuery } from '../protocol/keys';
import { equalBytes } from '../ui/bytes';
import type { KeyWindow } from '../ui/key-window';
import { count, t } from '../ui/text';

/** How many keys or rows there are, as far as it is known: the estimate counts versions, so keys are at most that. */
export function countText(window: KeyWindow<KeyRow> | undefined, versions: KeysQuery['versions']): string {
  if (window === undefined) return '';
  const exact = window.exactTotal;
  const number = count(exact ?? rough(window.estimate));
  if (versions === 'all') return exact === undefined ? t('About {0} rows', number) : t('{0} rows', number);
  return exact === undefined ? t('Up to about {0} keys', number) : t('{0} keys', number);
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
