import { verifyDatabase } from '../../engine/recovery/verify';
import { type Command, reportListed } from '../command';
import { helpers, openDatabase } from '../database';
import { ExitCode } from '../exit';
import { runJob } from '../job';
import { problemsJson, problemText } from '../shapes';

export const verify: Command = {
  name: 'verify',
  arguments: 'DIR',
  summary: 'checks everything that can be checked',
  options: { checksums: { help: 'only the checksums of blocks and records' } },
  async run(args, output) {
    const [directory] = args.positionals;
    const db = openDatabase(args, directory);
    try {
      const job = verifyDatabase(db, { checksumsOnly: args.has('checksums'), helpers: helpers() });
      const result = await runJob(
        job,
        ({ file, filesDone, filesTotal }) => `${filesDone} of ${filesTotal}  ${file}`,
      );
      if (output.json) output.value({ ...result, problems: problemsJson(result.problems) });
      else {
        const { filesChecked, blocksChecked, entriesChecked, problems, ok } = result;
        for (const problem of problems) output.line(problemText(problem));
        output.line(
          `${filesChecked} files, ${blocksChecked} blocks, ${entriesChecked} entries checked: ${ok ? 'ok' : 'DAMAGED'}`,
        );
      }
      reportListed(output, result.problems);
      return result.ok ? ExitCode.done : ExitCode.damaged;
    } finally {
      db.close();
    }
  },
};
