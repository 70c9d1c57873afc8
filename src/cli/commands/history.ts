import { type CarryingEdit, keyBiography, type Residence } from '../../engine/db/biography';
import { biographyLines } from '../../engine/db/biography-text';
import { keyHistory } from '../../engine/db/history';
import { editText } from '../../engine/manifest/describe-edit';
import type { Problem } from '../../engine/problem';
import { type Command, hasErrors, reportProblems } from '../command';
import { openDatabase } from '../database';
import { ExitCode } from '../exit';

export const history: Command = {
  name: 'history',
  arguments: 'DIR KEY',
  summary: 'every version of a key in every file, obsolete and orphan files included',
  options: {
    edits: { help: 'JSON: a line for each edit of the MANIFESTs that touched the key’s range, too' },
  },
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
      const biography = keyBiography(db, args.bytes(key), (problem) => problems.push(problem));
      if (!output.json) {
        output.line('');
        for (const line of biographyLines(biography)) output.line(line);
      } else if (args.has('edits')) for (const edit of biography.edits) output.value(editJson(edit));
      reportProblems(problems);
      return hasErrors(problems) ? ExitCode.damaged : ExitCode.done;
    } finally {
      db.close();
    }
  },
};

function editJson({ manifest, index, offset, what, from, to }: CarryingEdit) {
  const places = (residences: readonly Residence[]) =>
    residences.map(({ level, number }) => ({ level, number }));
  return { manifest, edit: index, offset, what: editText(what), from: places(from), to: places(to) };
}
