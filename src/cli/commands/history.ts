import { keyHistory } from '../../engine/db/history';
import type { Problem } from '../../engine/problem';
import { type Command, hasErrors, reportProblems } from '../command';
import { openDatabase } from '../database';
import { ExitCode } from '../exit';

export const history: Command = {
  name: 'history',
  arguments: 'DIR KEY',
  summary: 'every version of a key in every file, obsolete and orphan files included',
  options: {},
  run(args, output) {
    const [directory, key] = args.positionals;
    const db = openDatabase(args, directory);
    try {
      const problems: Problem[] = [...db.problems];
      for (const found of keyHistory(db, args.bytes(key), (problem) => problems.push(problem))) {
        const { sequence, type, file, level, live } = found;
        const value = output.bytes(found.value);
        if (output.json) output.value({ sequence, type, value, file, level: level ?? null, live });
        else {
          const place = live ? (level === undefined ? 'log' : `level ${level}`) : 'obsolete';
          output.line(`${sequence}\t${type}\t${file}\t${place}\t${value}`);
        }
      }
      reportProblems(problems);
      return hasErrors(problems) ? ExitCode.damaged : ExitCode.done;
    } finally {
      db.close();
    }
  },
};
