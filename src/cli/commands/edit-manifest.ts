import type { ChangeAccount } from '../../engine/db/change';
import type { DryRun } from '../../engine/db/dry-run';
import type { Options } from '../../engine/db/options';
import { readFile } from '../../engine/env/env';
import { readBase } from '../../engine/manifest/editing/base';
import { ManifestDocument } from '../../engine/manifest/editing/document';
import { editedManifest } from '../../engine/manifest/editing/edited-manifest';
import type { DocumentFolder } from '../../engine/manifest/editing/folder';
import { type Operation, OperationError } from '../../engine/manifest/editing/operation';
import { operationsJson, parseOperations } from '../../engine/manifest/editing/operation-json';
import { operationText } from '../../engine/manifest/editing/operation-text';
import type { Rebuilt } from '../../engine/manifest/editing/rebuild/rebuild';
import { applyAll } from '../../engine/manifest/editing/resolve';
import { versionOf } from '../../engine/manifest/editing/squash';
import { editsOf, stateOf } from '../../engine/manifest/editing/state';
import { type Trial, tryDocument } from '../../engine/manifest/editing/trial';
import type { Opening } from '../../engine/manifest/editing/try-open';
import { collectCounters } from '../../engine/manifest/manifest-reader';
import { LEVELS, type VersionEdit } from '../../engine/manifest/version-edit';
import type { Steps } from '../../engine/trace/events';
import { accountJson, printAccount, reportUnfinished } from '../applying';
import { type Command, messageLine, reportListed } from '../command';
import { env } from '../database';
import { dryRunOptions, runDry } from '../dry-run';
import { ExitCode, UsageError } from '../exit';
import type { Arguments } from '../options';
import { type Output, oneLine, table, writeError } from '../output';
import { levelsJson, problemsJson, problemText } from '../shapes';

const SHOWN_KEYS = 10;

export const editManifest: Command = {
  name: 'edit-manifest',
  arguments: 'DIR SCRIPT.json',
  summary:
    'operations on a MANIFEST, as a dry run without --apply: before, after, checks, and what opening comes to',
  options: {
    manifest: { value: 'NAME', help: 'the MANIFEST to edit (default: the one that CURRENT names)' },
    'as-new': { help: 'write a new MANIFEST and make CURRENT name it' },
    'although-checks-fail': { help: 'with --apply: save what the checks find fault with, too' },
    ...dryRunOptions,
  },
  run(args, output) {
    const [directory, script] = args.positionals;
    const operations = scriptOf(script);
    const request: Request = {
      script,
      operations,
      manifest: args.text('manifest'),
      asNew: args.has('as-new'),
      isForced: args.has('although-checks-fail'),
    };
    return runDry(args, directory, {
      label: request.asNew ? 'edit-manifest --as-new' : 'edit-manifest',
      listen: () => {},
      work: (dryRun, options) => edit(dryRun, options, request),
      isSound: ({ trial }) => trial.plan !== undefined && (trial.isSound || request.isForced),
      keep: ({ trial }) => trial.keep,
      conclude: (edited, dryRun, account) => conclude(args, output, dryRun, request, edited, account),
    });
  },
};

interface Request {
  script: string;
  operations: readonly Operation[];
  manifest: string | undefined;
  asNew: boolean;
  isForced: boolean;
}

interface Edited {
  document: ManifestDocument;
  leftOut: Rebuilt['leftOut'];
  trial: Trial;
}

function scriptOf(path: string): Operation[] {
  return inScript(path, () => parseOperations(new TextDecoder().decode(readFile(env, path))));
}

/** An operation that cannot be done is wrong use of the command. */
function inScript<Result>(path: string, work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    if (error instanceof OperationError) throw new UsageError(`${path}: ${error.message}`);
    throw error;
  }
}

function* edit(dryRun: DryRun, options: Options, request: Request): Steps<Edited> {
  const { directory } = dryRun;
  const folder: DocumentFolder = { env: dryRun.env, directory, codec: options.codec ?? {} };
  const name = request.manifest ?? editedManifest(folder);
  const document = new ManifestDocument(readBase(folder.env, directory, name));
  const leftOut = inScript(request.script, () =>
    finish(applyAll(document, request.operations, folder, dryRun.comparator)),
  );
  const trial = yield* tryDocument(dryRun, options, document, {
    asNew: request.asNew,
    shownKeys: SHOWN_KEYS,
  });
  return { document, leftOut, trial };
}

function finish<Result>(steps: Generator<void, Result>): Result {
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value as Result;
  }
}

function conclude(
  args: Arguments,
  output: Output,
  dryRun: DryRun,
  request: Request,
  edited: Edited,
  account: ChangeAccount | undefined,
): ExitCode {
  if (output.json) printJson(output, dryRun, request, edited, account);
  else print(output, dryRun, request, edited, account);
  reportListed(
    output,
    edited.trial.problems.map(({ problem }) => problem),
  );
  if (account) reportUnfinished(account, dryRun.directory);
  const { plan, refusal, opening, isSound: isFine } = edited.trial;
  if (opening?.failure !== undefined) {
    writeError(messageLine(dryRun.directory, undefined, `LevelDB would not open it: ${opening.failure}`));
  }
  if (refusal !== undefined) writeError(messageLine(edited.document.base.name, undefined, refusal));
  if (isFine || (plan && request.isForced)) return ExitCode.done;
  if (args.has('apply')) {
    const message = 'the checks fail: nothing was changed; --although-checks-fail saves it all the same';
    writeError(messageLine(dryRun.directory, undefined, message));
  }
  return ExitCode.damaged;
}

function stateJson(output: Output, edits: readonly VersionEdit[]) {
  return { edits: edits.length, ...collectCounters(edits), levels: levelsJson(output, versionOf(edits)) };
}

function printJson(
  output: Output,
  dryRun: DryRun,
  { operations }: Request,
  { document, leftOut, trial }: Edited,
  account: ChangeAccount | undefined,
): void {
  const { problems, plan, refusal, opening, keys, isSound: sound } = trial;
  const { created, replaced } = dryRun.changes();
  output.value({
    manifest: document.base.name,
    operations: operations.length,
    before: stateJson(output, editsOf(stateOf(document.base))),
    after: stateJson(output, document.edits),
    sound,
    problems: problems.map(({ problem, edit, fixes }) => ({
      ...problemsJson([problem])[0],
      edit: edit ?? null,
      fixes: fixes.map(({ label, operations: mend }) => ({ label, operations: operationsJson(mend) })),
    })),
    leftOut,
    saves: plan
      ? { manifest: plan.name, bytes: plan.bytes.length, current: plan.current !== undefined }
      : null,
    refusal: refusal ?? null,
    opening: openingJson(output, opening),
    keys: keys ? { same: keys.same, changed: keys.different, lost: keys.onlyInA, came: keys.onlyInB } : null,
    filesCreated: created,
    filesReplaced: replaced,
    applied: accountJson(dryRun.directory, account),
  });
}

function openingJson(output: Output, opening: Opening | undefined) {
  if (!opening) return null;
  if (opening.failure !== undefined) return { ok: false, error: opening.failure };
  const { version, lastSequence, deleted, digest, readFailure } = opening;
  return {
    ok: true,
    error: null,
    readError: readFailure ?? null,
    ...digest,
    lastSequence,
    levels: levelsJson(output, version),
    filesDeleted: deleted,
  };
}

function print(
  output: Output,
  dryRun: DryRun,
  { operations, isForced }: Request,
  edited: Edited,
  account: ChangeAccount | undefined,
): void {
  const { document, leftOut } = edited;
  const { problems, plan, opening, keys, changes, isSound: sound } = edited.trial;
  const directory = oneLine(dryRun.directory);
  const before = editsOf(stateOf(document.base));
  const after = document.edits;
  output.line(
    account ? `${document.base.name} of ${directory}` : `dry run on ${directory}: nothing was changed`,
  );
  for (const [i, operation] of operations.entries())
    output.line(`${i}  ${oneLine(operationText(operation))}`);
  for (const { number, reason } of leftOut) output.line(`table ${number} is left out: ${oneLine(reason)}`);
  output.line();
  for (const row of table(stateRows(before, after), [])) output.line(row);
  output.line();
  for (const { problem, fixes } of problems) {
    output.line(problemText(problem));
    for (const { label } of fixes) output.line(`  fix: ${oneLine(label)}`);
  }
  output.line(
    sound ? 'the checks find it sound' : isForced ? 'the checks FAIL' : 'the checks FAIL: it is not saved',
  );
  if (opening) for (const line of openingLines(opening)) output.line(oneLine(line));
  if (keys) {
    const { same, different, onlyInA, onlyInB } = keys;
    output.line(`keys: ${same} the same, ${different} changed, ${onlyInA} lost, ${onlyInB} came`);
    for (const { change, key } of changes) output.line(`  ${change}: ${output.bytes(key)}`);
  }
  if (plan) {
    const current = plan.current === undefined ? '' : ', and CURRENT names it';
    output.line(
      `${account ? 'saved as' : 'would be saved as'} ${plan.name}, ${plan.bytes.length} bytes${current}`,
    );
  }
  if (account) printAccount(output, dryRun.directory, account);
}

function openingLines(opening: Opening): string[] {
  if (opening.failure !== undefined) return [`opening would FAIL: ${opening.failure}`];
  const { digest, lastSequence, deleted, readFailure } = opening;
  const lines = [
    `opening would succeed: ${digest.entries} entries, fnv1a64 ${digest.fnv1a64}, last sequence ${lastSequence}`,
  ];
  if (readFailure !== undefined) lines.push(`reading would meet: ${readFailure}`);
  if (deleted.length > 0) lines.push(`opening would delete: ${deleted.join(' ')}`);
  return lines;
}

function stateRows(before: readonly VersionEdit[], after: readonly VersionEdit[]): string[][] {
  const rows = [['', 'before', 'after']];
  const both = [before, after];
  rows.push(['edits', ...both.map(({ length }) => `${length}`)]);
  const counters = both.map((edits) => collectCounters(edits));
  for (const [label, name] of [
    ['comparator', 'comparator'],
    ['log', 'logNumber'],
    ['previous log', 'prevLogNumber'],
    ['next file', 'nextFileNumber'],
    ['last sequence', 'lastSequence'],
  ] as const) {
    rows.push([label, ...counters.map((each) => oneLine(String(each[name] ?? '-')))]);
  }
  const versions = both.map((edits) => versionOf(edits));
  for (let level = 0; level < LEVELS; level++) {
    const cells = versions.map(({ levels }) => levels[level].map(({ number }) => number).join(' ') || '-');
    if (cells.some((cell) => cell !== '-')) rows.push([`level ${level}`, ...cells]);
  }
  return rows;
}
