import type { KeysState } from '../protocol/keys';

/** What is kept: the protocol's state, whose database it is, and how the view is laid out. */
export interface SavedKeys extends KeysState {
  /** By which the extension finds the database after a reload. */
  database: string;
  /** The grid's part of the view. */
  share: number;
  rangeOpen: boolean;
  /** Columns that a person resized. */
  widths: Record<string, number>;
}

/** The state to start with: what was saved, as far as it goes. */
export function savedKeys(saved: Partial<SavedKeys>, database: string): SavedKeys {
  return {
    query: { versions: 'live' },
    selected: undefined,
    keyDecoder: 'auto',
    valueDecoder: 'auto',
    share: 0.62,
    rangeOpen: false,
    widths: {},
    ...saved,
    database,
  };
}
