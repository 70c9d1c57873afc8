// What the Keys view asks the extension, and what it is told. Bytes cross as Uint8Arrays.

import type { CommonCalls } from './common';

export type KeyAnchor =
  | { at: 'first' }
  | { at: 'last' }
  | { at: 'key'; key: Uint8Array; after?: boolean }
  | { at: 'fraction'; fraction: number };

export interface KeysQuery {
  /** Only keys that begin with these bytes; and the range [from, to). */
  prefix?: Uint8Array;
  from?: Uint8Array;
  to?: Uint8Array;
  /** `all` shows deleted and shadowed versions too. */
  versions: 'live' | 'all';
}

export interface KeyRow {
  key: Uint8Array;
  /** The first bytes of the value, at most 256. */
  preview: Uint8Array;
  valueBytes: number;
  /** As text: it can be above 2^53. */
  sequence: string;
  type: 'value' | 'deletion';
  hidden: boolean;
  file: string | undefined;
}

/** Rows as arrays of one length, but where it is said (key-rows.ts). */
export interface PackedKeyRows {
  /** Key and preview of each row, one behind the other. */
  bytes: Uint8Array;
  /** Two a row: where its key ends in `bytes`, and its preview. */
  ends: Uint32Array;
  valueBytes: Float64Array;
  /** Two a row: the lower and the upper 32 bits. */
  sequences: Uint32Array;
  /** Sums: 1 for a deletion, 2 for one that is hidden. */
  flags: Uint8Array;
  /** Names, and which of them each row's file has; both empty where no row tells its file. */
  files: string[];
  fileOf: Uint32Array;
}

export interface PackedKeysPage extends Omit<KeysPage, 'rows'> {
  rows: PackedKeyRows;
}

export interface KeysPage {
  rows: KeyRow[];
  atStart: boolean;
  atEnd: boolean;
  /** About which share, 0 to 1, of the database lies before the first row. */
  position: number;
  estimatedTotal: number;
  /** One line each: what could not be read. */
  problems: string[];
}

export interface ValueResult {
  found: boolean;
  /** Cut at 1 MiB. */
  value: Uint8Array;
  valueBytes: number;
  sequence: string | undefined;
  source: string | undefined;
}

/** The decoders of keys and values; `auto` picks one by the bytes. */
export type DecoderName =
  | 'auto'
  | 'text'
  | 'json'
  | 'hex'
  | 'utf16'
  | 'integer'
  | 'messagepack'
  | 'chromium-local-storage';

/** What survives hide, reload and theme change: where one is, not the data. */
export interface KeysState {
  query: KeysQuery;
  selected: Uint8Array | undefined;
  keyDecoder: DecoderName;
  valueDecoder: DecoderName;
}

/** What the context menu of a row offers. */
export type KeyAction = 'copyKey' | 'copyValue' | 'biography' | 'explain' | 'delete';

/** What VS Code's `webview/context` menus are told of a row, and the commands chosen there get (`data-vscode-context`). */
export interface KeyMenuContext {
  webviewSection: 'key';
  /** The database's folder, as the page was given it. */
  lsmResource: string;
  lsmHasValue: boolean;
  lsmMayDelete: boolean;
  /** Without the editor's own items. */
  preventDefaultContextMenuItems: true;
}

/** Webview to extension. */
export interface KeysCalls extends CommonCalls {
  page(query: KeysQuery, anchor: KeyAnchor, direction: 'forward' | 'backward', count: number): PackedKeysPage;
  value(key: Uint8Array, sequence: string | undefined): ValueResult;
  /** Opens every version of a key in every file, and what carried them. */
  biography(key: Uint8Array): void;
  /** Opens what a get of a key does: where it is looked for, and what each place says. */
  explain(key: Uint8Array): void;
  /** Whether the database may be changed: not in Restricted Mode. */
  mayChange(): boolean;
  /** Deletes a key, after asking. */
  deleteKey(key: Uint8Array): void;
  /** Opens the value as a read-only text document beside the view. */
  openValue(key: Uint8Array, sequence: string | undefined, decoder: DecoderName): void;
}

/** Extension to webview. */
export interface KeysEvents {
  /** Go to a key: select it, or the place where it would stand. */
  reveal: { key: Uint8Array };
  /** Chosen in the context menu of the selected row. */
  chosen: { action: KeyAction };
  /** The database was looked at again. */
  refreshed: Record<string, never>;
}
