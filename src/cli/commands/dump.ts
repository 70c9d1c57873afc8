import { type Command, conclude } from '../command';
import { openOrdered } from '../database';
import { printEntries, rangeOf, rangeOptions } from './scan';

export const dump: Command = {
  name: 'dump',
  arguments: 'DIR',
  summary: 'live entries as JSON lines, for `lsm load`',
  options: rangeOptions,
  alwaysJson: true,
  async run(args, output) {
    const db = openOrdered(args, args.positionals[0]);
    try {
      await printEntries(db, rangeOf(args), output);
      return conclude(db);
    } finally {
      db.close();
    }
  },
};
