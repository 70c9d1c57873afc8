import { humanBytes } from '../../engine/bytes/human';
import { bytewiseComparator, findComparator } from '../../engine/keys/comparator';
import { checkManifest } from '../../engine/manifest/check';
import { collectCounters, isRecord, ManifestContents } from '../../engine/manifest/manifest-reader';
import { LEVELS, type VersionEdit } from '../../engine/manifest/version-edit';
import { buildVersion } from '../../engine/manifest/version-set';
import { type Command, hasErrors, reportListed, reportProblems } from '../command';
import { env } from '../database';
import { ExitCode, UsageError } from '../exit';
import type { Arguments } from '../options';
import { type Output, oneLine, table } from '../output';
import { editJson, internalKeyText, levelsJson, problemsJson, problemText } from '../shapes';

export const manifest: Command = {
  name: 'manifest',
  arguments: 'FILE',
  summary: 'the edits of a MANIFEST, or the version after one of them',
  options: {
    at: { value: 'N', help: 'the version after the first N edits instead of the edits' },
    check: { help: 'check the edits against each other instead of listing them' },
  },
  run(args, output) {
    const [path] = args.positionals;
    const { name } = env.split(path);
    const file = env.open(path);
    let contents: ManifestContents;
    try {
      contents = ManifestContents.read(file, name);
    } finally {
      file.close();
    }
    const at = args.count('at');
    if (args.has('check')) return printCheck(contents, name, output);
    if (at !== undefined) printVersion(contents, at, args, output);
    else printEdits(contents, output);
    reportProblems(contents.problems);
    return hasErrors(contents.problems) ? ExitCode.damaged : ExitCode.done;
  },
};

function printEdits(contents: ManifestContents, output: Output): void {
  for (const item of contents.items) {
    if (isRecord(item)) {
      const { offset, edit } = item;
      if (output.json) output.value({ offset, edit: editJson(output, edit) });
      else printEdit(offset, edit, output);
    } else {
      const { offset, length, reason } = item;
      if (output.json) output.value({ damage: { offset, length, reason } });
      else output.line(`${offset}\tDAMAGE: ${reason}, ${length} bytes`);
    }
  }
  printTail(contents, output);
}

/** What stands behind the last record: in most cases what a crash leaves, hence no damage. */
function printTail({ items, problems }: ManifestContents, output: Output): void {
  const tail = problems[problems.length - 1];
  if (tail?.offset === undefined || items.some(({ offset }) => offset === tail.offset)) return;
  const { severity, offset, length } = tail;
  const reason = severity === 'note' ? 'torn tail' : tail.message;
  if (output.json) output.value({ damage: { offset, length, reason } });
  else output.line(`${offset}\t${severity === 'error' ? 'DAMAGE: ' : ''}${reason}, ${length} bytes`);
}

function printEdit(offset: number, edit: VersionEdit, output: Output): void {
  const counters = [
    ['comparator', edit.comparator === undefined ? undefined : oneLine(edit.comparator)],
    ['log', edit.logNumber],
    ['previous log', edit.prevLogNumber],
    ['next file', edit.nextFileNumber],
    ['last sequence', edit.lastSequence],
  ].filter(([, value]) => value !== undefined);
  output.line(`${offset}\t${counters.map(([label, value]) => `${label} ${value}`).join(', ')}`);
  for (const { level, key } of edit.compactPointers) {
    output.line(`\tcompaction pointer of level ${level}: ${internalKeyText(output, key)}`);
  }
  for (const { level, number } of edit.deletedFiles) output.line(`\t- level ${level}  table ${number}`);
  for (const { level, file } of edit.newFiles) {
    const range = `${internalKeyText(output, file.smallest)} .. ${internalKeyText(output, file.largest)}`;
    output.line(`\t+ level ${level}  table ${file.number}  ${humanBytes(Number(file.size))}  ${range}`);
  }
}

function printVersion(contents: ManifestContents, at: number, args: Arguments, output: Output): void {
  const records = contents.items.filter(isRecord);
  if (at > records.length) throw new UsageError(`--at ${at}: the MANIFEST has ${records.length} edits`);
  const chosen = records.slice(0, at);
  const all = collectCounters(records.map(({ edit }) => edit));
  const counters = collectCounters(chosen.map(({ edit }) => edit));
  const comparator = args.comparator() ?? findComparator(all.comparator ?? '') ?? bytewiseComparator;
  const version = buildVersion(chosen, comparator);
  if (output.json) {
    output.value({
      edit: at,
      offset: chosen[at - 1]?.offset ?? null,
      ...counters,
      levels: levelsJson(output, version),
      compactPointers: version.compactPointers.flatMap((key, level) =>
        key
          ? editJson(output, { compactPointers: [{ level, key }], deletedFiles: [], newFiles: [] })
              .compactPointers
          : [],
      ),
    });
    return;
  }
  output.line(
    `after ${at} of ${records.length} edits: next file ${counters.nextFileNumber ?? '-'}, log ${counters.logNumber ?? '-'}, last sequence ${counters.lastSequence ?? '-'}`,
  );
  const rows = [['level', 'files', 'bytes', 'tables']];
  for (let level = 0; level < LEVELS; level++) {
    const files = version.levels[level];
    const numbers = files.map(({ number }) => number).join(' ');
    rows.push([`${level}`, `${files.length}`, humanBytes(version.levelBytes(level)), numbers]);
  }
  for (const row of table(rows, [0, 1, 2])) output.line(row);
}

function printCheck(contents: ManifestContents, name: string, output: Output): ExitCode {
  const problems = checkManifest(contents, name);
  const ok = !hasErrors(problems);
  const edits = contents.items.filter(isRecord).length;
  if (output.json) output.value({ ok, edits, problems: problemsJson(problems) });
  else {
    output.line(`${edits} edits, ${ok ? 'no errors' : 'with errors'}`);
    for (const problem of problems) output.line(problemText(problem));
  }
  reportListed(output, problems);
  return ok ? ExitCode.done : ExitCode.damaged;
}
