import type { KeyView } from '../../../webview/protocol/table';
import type { KeyRef, Problem } from '../../worker/api';

/** A key as a page can carry it. */
export function keyView({ userKey, sequence, type }: KeyRef): KeyView {
  return { userKey, sequence: `${sequence}`, type };
}

/** One line for each problem. */
export function problemLines(problems: readonly Problem[]): string[] {
  return problems.map(({ file, offset, message }) =>
    offset === undefined ? `${file}: ${message}` : `${file} @ ${offset}: ${message}`,
  );
}

/** The bytes of an array of numbers, for a page to make it anew. */
export function numberBytes({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}
