import type { U64 } from '../protocol/trace-event';

/** What the parts of the page can have done. */
export interface TraceContext {
  /** Shows the frame after an event, so that what it did is seen. */
  goTo(event: number): void;
  /** Selects a table, in the picture and beside it. */
  showTable(table: U64): void;
  /** Opens a file of the database in its editor. */
  openFile(name: string, offset?: number): void;
}
