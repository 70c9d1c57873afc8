import type { Command } from '../command';
import { ExitCode } from '../exit';
import { lockOptions } from '../locking';
import { writeOptions } from '../options';
import { openForWriting } from '../writing';

export const deletion: Command = {
  name: 'delete',
  arguments: 'DIR KEY',
  summary:
    'deletes a key at once, and makes it durable; like LevelDB it does not ask whether the key is there',
  options: { ...writeOptions, ...lockOptions },
  run(args, output) {
    const [directory, text] = args.positionals;
    const key = args.bytes(text);
    const database = openForWriting(args, directory);
    try {
      database.delete(key, { sync: true });
      const sequence = database.lastSequence;
      if (output.json) output.value({ sequence });
      else output.line(`deleted as sequence ${sequence}`);
      return ExitCode.done;
    } finally {
      database.close();
    }
  },
};
