import type { Database } from '../engine/db/database';

/** One slice: a call that comes meanwhile waits no longer. */
const SLICE_MS = 10;

/**
 * Does the background work of a database that is open with `background: 'stepped'`, in slices between the calls that the
 * thread serves: writes and reads go on while it compacts.
 */
export class BackgroundSlices {
  private readonly database: Database;
  private next: NodeJS.Immediate | undefined;
  private isStopped = false;

  constructor(database: Database) {
    this.database = database;
    this.wake();
  }

  /** Goes on if there is something to do: to be called after whatever may have made work. */
  wake(): void {
    if (this.isStopped || this.next || !this.database.hasWork) return;
    // Messages that have come are heard before an immediate runs.
    this.next = setImmediate(() => {
      this.next = undefined;
      const end = Date.now() + SLICE_MS;
      while (Date.now() < end && this.database.step());
      this.wake();
    });
  }

  /** Before the database is closed, or while somebody steps it by hand. */
  stop(): void {
    this.isStopped = true;
    if (this.next) clearImmediate(this.next);
    this.next = undefined;
  }

  resume(): void {
    this.isStopped = false;
    this.wake();
  }
}
