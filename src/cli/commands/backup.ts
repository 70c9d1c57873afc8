import { humanBytes } from '../../engine/bytes/human';
import { backUp } from '../../engine/db/backup';
import { NodeBackupTarget } from '../../engine/env/node-backup-target';
import { isInside } from '../../engine/env/node-paths';
import { type Command, conclude } from '../command';
import { openDatabase } from '../database';
import { UsageError } from '../exit';
import { runJob } from '../job';

export const backup: Command = {
  name: 'backup',
  arguments: 'DIR TO',
  summary: 'a consistent copy, also of a database in use',
  options: {},
  async run(args, output) {
    const [directory, to] = args.positionals;
    if (isInside(to, directory)) {
      throw new UsageError(`${to} lies in the database's own folder`);
    }
    const db = openDatabase(args, directory);
    try {
      const target = new NodeBackupTarget(to);
      try {
        const job = backUp(db, target);
        const result = await runJob(
          job,
          ({ file, filesDone, filesTotal }) => `${filesDone} of ${filesTotal}  ${file}`,
        );
        target.sync();
        if (output.json) output.value(result);
        else output.line(`${result.files} files, ${humanBytes(result.bytes)} copied to ${to}`);
      } catch (error) {
        target.discard();
        throw error;
      }
      // A copy of damage is a copy, but no sound backup.
      return conclude(db);
    } finally {
      db.close();
    }
  },
};
