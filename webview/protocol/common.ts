// What every webview asks the extension, and what every file editor's page hears.

export interface CommonCalls {
  /** Texts in the display language, by their English ones. */
  texts(): Record<string, string>;
  /** Puts a text on the clipboard. */
  copy(text: string): void;
}

/** A list that was cut, and how long it would be. */
export interface Listed<T> {
  rows: T[];
  total: number;
}

/** Where to go in a file; each editor understands some of these. */
export type Place =
  /** Bytes from the beginning of the file. */
  | { at: 'offset'; offset: number }
  /** A user key, and if it is known the sequence of one of its versions. */
  | { at: 'key'; key: Uint8Array; sequence?: string }
  /** An edit of a MANIFEST, counted from 0. */
  | { at: 'edit'; edit: number }
  /** A table, by its number. */
  | { at: 'file'; number: string };

/** Events that every file editor's page hears. */
export interface FileEvents {
  /** The file was read again: what is shown has to be asked for again. */
  changed: Record<string, never>;
  reveal: { place: Place };
}
