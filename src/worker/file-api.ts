// What every session with a single file offers (table-, log- and manifest-api.ts): it is opened once, and read again
// when the file or what surrounds it changed.

export interface FileCalls<Summary> {
  /** Opens a file by its path and tells what can be told without reading all of it. */
  open(path: string): Summary;
  refresh(): Summary;
  /** Whether the file, or what its folder says of it, changed since the last open or refresh. */
  hasChanged(): boolean;
}
