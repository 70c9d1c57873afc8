import { LsmError } from '../problem';

/** Tables are stored in a way that is read but not written here: another compression has to be chosen. */
export class UnwrittenCompression extends LsmError {
  constructor(compression: string, directory: string) {
    const message = `its tables are stored with ${compression}, which is read but not written here`;
    super('Not implemented', 'unknown-compression', message, directory);
  }
}
