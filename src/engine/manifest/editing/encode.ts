import { joined } from '../../bytes/copy';
import { BLOCK_SIZE, HEADER_SIZE } from '../../log/format';
import { LogWriter } from '../../log/writer';
import { encodeVersionEdit } from '../version-edit';
import type { EditItem, ManifestBase } from './base';
import { type EditState, isEdit } from './state';

/** A state as a file. */
export interface EncodedManifest {
  /** Undefined where damage stands behind what was changed: it cannot be carried to another place. */
  bytes: Uint8Array | undefined;
  /** Of each item: where its record begins, or begins in the base if there are no bytes. */
  offsets: number[];
}

/**
 * The bytes of a state. As far as items stand as they were read their bytes are those of the base, damage too, so that
 * a state without changes is the base itself. Behind the first change records are written anew, with the payload
 * that they were read with; a tail is never carried along, since LevelDB takes it for no record.
 */
export function encodeState(base: ManifestBase, state: EditState): EncodedManifest {
  const same = unchangedItems(base, state);
  const isWhole = same === base.items.length && same === state.items.length;
  const offsets = state.items.map(({ source }) => source?.offset ?? 0);
  if (isWhole && (state.hasTail || base.tail === undefined)) return { bytes: base.bytes, offsets };

  const kept = base.bytes.subarray(0, same === 0 ? 0 : base.items[same - 1].source?.end);
  if (state.items.slice(same).some((item) => !isEdit(item))) return { bytes: undefined, offsets };
  const parts: Uint8Array[] = [kept];
  let length = kept.length;
  const writer = new LogWriter((part) => {
    parts.push(part.slice());
    length += part.length;
  }, kept.length);
  for (const [i, item] of state.items.entries()) {
    if (i < same || !isEdit(item)) continue;
    // What is left of a block is filled before the record.
    offsets[i] = recordPlace(length);
    writer.addRecord(recordOf(base, item));
  }
  return { bytes: joined(parts), offsets };
}

/** A record: as it was stored, where the edit is the one that was read. */
export function recordOf(base: ManifestBase, { edit, source }: EditItem): Uint8Array {
  const stored = source && base.payloads().get(source.offset);
  return stored ?? encodeVersionEdit(edit);
}

/** How many items stand at the beginning as they were read. */
function unchangedItems({ items: before }: ManifestBase, { items }: EditState): number {
  let same = 0;
  while (same < items.length && items[same] === before[same]) same++;
  return same;
}

function recordPlace(length: number): number {
  const left = BLOCK_SIZE - (length % BLOCK_SIZE);
  return left < HEADER_SIZE ? length + left : length;
}
