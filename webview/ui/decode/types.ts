export interface Decoded {
  text: string;
  /** What an editor should take the text for. */
  language?: 'json' | 'text';
  /** Whether the bytes are what the decoder reads. If not, the text is the best that can be shown. */
  ok: boolean;
}

export interface DecodeOptions {
  /** `line` for a row of a grid, `document` for a pane. */
  form: 'line' | 'document';
  role: 'key' | 'value';
  /** Of a value: its key, by which some formats are recognised. */
  key?: Uint8Array;
  /** The bytes are only the beginning. */
  partial?: boolean;
}
