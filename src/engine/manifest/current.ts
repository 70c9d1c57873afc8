import { corruption } from '../problem';

/** No MANIFEST name is longer: more bytes than this in CURRENT are damage. */
export const MAX_CURRENT_BYTES = 1024;

/**
 * The MANIFEST's name in the contents of CURRENT (VersionSet::Recover). Throws a Corruption if the newline is
 * missing, or if the name leads out of the database's folder (LevelDB would follow it; no writer makes one).
 */
export function parseCurrent(contents: Uint8Array): string {
  if (contents.length === 0 || contents[contents.length - 1] !== 0x0a) {
    throw corruption('bad-current', 'CURRENT file does not end with newline', 'CURRENT', 0);
  }
  const name = new TextDecoder('utf-8', { ignoreBOM: true }).decode(
    contents.subarray(0, contents.length - 1),
  );
  if (name === '' || name.length > MAX_CURRENT_BYTES || name.includes('\0') || /[\\/]/.test(name)) {
    throw corruption('bad-current', 'CURRENT points to a non-existent file', 'CURRENT', 0);
  }
  return name;
}
