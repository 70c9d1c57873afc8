import type { Command } from '../command';
import { ExitCode } from '../exit';
import { lockOptions } from '../locking';
import { writeOptions } from '../options';
import { openForWriting } from '../writing';

export const put: Command = {
  name: 'put',
  arguments: 'DIR KEY VALUE',
  summary: 'writes an entry at once, and makes it durable',
  options: { ...writeOptions, ...lockOptions },
  run(args, output) {
    const [directory, key, value] = args.positionals;
    const bytes = { key: args.bytes(key), value: args.bytes(value) };
    const database = openForWriting(args, directory);
    try {
      database.put(bytes.key, bytes.value, { sync: true });
      const sequence = database.lastSequence;
      if (output.json) output.value({ sequence });
      else output.line(`written as sequence ${sequence}`);
      return ExitCode.done;
    } finally {
      database.close();
    }
  },
};
