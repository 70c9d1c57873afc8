import { humanBytes } from '../../engine/bytes/human';
import type { Inspection } from '../../engine/db/inspection';
import { diffDatabases } from '../../engine/db/shared-diff';
import { LEVELS } from '../../engine/manifest/version-edit';
import { type Command, conclude } from '../command';
import { helpers, openOrdered } from '../database';
import { ExitCode, UsageError } from '../exit';
import { runInSlices } from '../job';
import { table } from '../output';

const DEFAULT_LIMIT = 100;

export const diff: Command = {
  name: 'diff',
  arguments: 'A B',
  summary: 'two databases by live key and by shape; exit status 1 if keys or values differ',
  options: { limit: { value: 'N', help: `list at most N differing keys (default ${DEFAULT_LIMIT})` } },
  async run(args, output) {
    const limit = args.count('limit') ?? DEFAULT_LIMIT;
    const [a, b] = args.positionals.map((directory) => openOrdered(args, directory));
    try {
      if (a.comparator !== b.comparator) {
        throw new UsageError(`the orders differ: ${a.comparator.name} and ${b.comparator.name}`);
      }
      const { counts: keys, differences } = await runInSlices(diffDatabases(a, b, limit, helpers()));
      const equal = keys.different + keys.onlyInA + keys.onlyInB === 0;
      const shape = { a: shapeOf(a), b: shapeOf(b) };
      if (output.json) {
        const listed = differences.map(({ change, key }) => ({ change, key: output.bytes(key) }));
        output.value({ equal, keys, differences: listed, shape });
      } else {
        for (const { change, key } of differences) output.line(`${MARKS[change]} ${output.bytes(key)}`);
        const { same, different, onlyInA, onlyInB } = keys;
        if (differences.length < different + onlyInA + onlyInB)
          output.line(`  (the first ${limit} differences)`);
        output.line(
          `${same} keys the same, ${different} different, ${onlyInA} only in A, ${onlyInB} only in B`,
        );
        const rows = [['level', 'files A', 'files B', 'bytes A', 'bytes B']];
        for (let level = 0; level < LEVELS; level++) {
          const [left, right] = [shape.a.levels[level], shape.b.levels[level]];
          const bytes = [humanBytes(left.bytes), humanBytes(right.bytes)];
          rows.push([`${level}`, `${left.files}`, `${right.files}`, ...bytes]);
        }
        for (const row of table(rows, [0, 1, 2, 3, 4])) output.line(row);
      }
      const status = equal ? ExitCode.done : ExitCode.damaged;
      return Math.max(...[a, b].map((db) => conclude(db, status, db.directory))) as ExitCode;
    } finally {
      a.close();
      b.close();
    }
  },
};

const MARKS = { 'only-in-a': '<', 'only-in-b': '>', different: '!' } as const;

function shapeOf(db: Inspection) {
  return {
    levels: db.version.levels.map((files, level) => ({
      level,
      files: files.length,
      bytes: db.version.levelBytes(level),
    })),
    logs: db.liveLogs.length,
    logBytes: db.liveLogs.reduce((sum, { file }) => sum + file.size(), 0),
    lastSequence: db.lastSequence(),
  };
}
