import { UnwrittenCompression } from '../engine/db/unwritten-compression';
import { EnvError } from '../engine/env/env';
import { LsmError } from '../engine/problem';
import { type Command, messageLine, takesArguments } from './command';
import { backup } from './commands/backup';
import { compact } from './commands/compact';
import { create } from './commands/create';
import { deletion } from './commands/delete';
import { diff } from './commands/diff';
import { dump } from './commands/dump';
import { editManifest } from './commands/edit-manifest';
import { get } from './commands/get';
import { history } from './commands/history';
import { info } from './commands/info';
import { load } from './commands/load';
import { manifest } from './commands/manifest';
import { put } from './commands/put';
import { recover } from './commands/recover';
import { repair } from './commands/repair';
import { restore } from './commands/restore';
import { scan } from './commands/scan';
import { sst } from './commands/sst';
import { verify } from './commands/verify';
import { wal } from './commands/wal';
import { ExitCode, UsageError } from './exit';
import { Interrupted } from './job';
import { withLockAdvice } from './locking';
import { Arguments, commonOptions, type OptionSpecs } from './options';
import { ClosedPipe, Output, writeError } from './output';

const commands: readonly Command[] = [
  info,
  get,
  scan,
  history,
  sst,
  wal,
  manifest,
  verify,
  dump,
  diff,
  backup,
  recover,
  repair,
  compact,
  editManifest,
  create,
  put,
  deletion,
  load,
  restore,
];

async function main(argv: readonly string[]): Promise<number> {
  const [name, ...rest] = argv;
  if (name === undefined || name === 'help' || name === '--help' || name === '-h') {
    process.stdout.write(overview());
    return name === undefined ? ExitCode.usage : ExitCode.done;
  }
  if (name === '--version') {
    process.stdout.write(`${__LSM_VERSION__}\n`);
    return ExitCode.done;
  }
  const wantsJson = rest.includes('--json');
  let output: Output | undefined;
  try {
    const command = commands.find((candidate) => candidate.name === name);
    if (!command) throw new UsageError(`there is no command "${name}"; \`lsm help\` lists them`);
    const args = new Arguments(rest, { ...commonOptions, ...command.options });
    if (args.has('help')) {
      process.stdout.write(usage(command));
      return ExitCode.done;
    }
    if (!takesArguments(command, args.positionals.length)) {
      throw new UsageError(`usage: lsm ${name} ${command.arguments}; \`lsm ${name} --help\` tells more`);
    }
    output = new Output({ json: args.has('json') || command.alwaysJson === true, hex: args.has('hex') });
    const status = await command.run(args, output);
    output.flush();
    return status;
  } catch (error) {
    if (error instanceof ClosedPipe) return ExitCode.done;
    if (error instanceof Interrupted) return error.status;
    return fail(error, output, wantsJson);
  }
}

/** Prints a failure that ended the command; with --json as a document too, unless there is a result already. */
function fail(error: unknown, output: Output | undefined, json: boolean): number {
  const { status, code, file, offset, message } = describeFailure(error);
  try {
    output?.flush();
    if (json && !output?.written) {
      const document = new Output({ json: true, hex: false });
      document.value({ error: { code, message, file: file ?? null, offset: offset ?? null } });
      document.flush();
    }
  } catch (unwritable) {
    // The message on standard error must do.
    if (!(unwritable instanceof ClosedPipe) && !(unwritable instanceof EnvError)) throw unwritable;
  }
  writeError(messageLine(file, offset, message));
  return status;
}

interface Failure {
  status: number;
  code: string;
  message: string;
  file?: string | undefined;
  offset?: unknown;
}

function statusOf(code: EnvError['code']): number {
  if (code === 'locked' || code === 'lock-lost') return ExitCode.locked;
  return code === 'io' ? ExitCode.damaged : ExitCode.usage;
}

const CHOOSE = '--compression snappy (or none) stores what is rewritten otherwise';
const WRONG_USE = new Set(['not-a-database', 'other-engine', 'invalid-argument', 'unknown-comparator']);

function describeFailure(error: unknown): Failure {
  if (error instanceof UsageError) {
    return { status: ExitCode.usage, code: 'usage', message: error.message };
  }
  if (error instanceof EnvError) {
    const { code, path } = error;
    return { status: statusOf(code), code, message: withLockAdvice(error), file: path };
  }
  if (error instanceof LsmError) {
    const { code, file, offset } = error;
    const message = error instanceof UnwrittenCompression ? `${error.message}; ${CHOOSE}` : error.message;
    const isUse = WRONG_USE.has(code) || error.status === 'Not implemented';
    return { status: isUse ? ExitCode.usage : ExitCode.damaged, code, message, file, offset };
  }
  // A fault of ours: say so in one line.
  const { message, stack } = error instanceof Error ? error : { message: String(error), stack: undefined };
  if (process.env.LSM_DEBUG && stack) writeError(stack);
  return { status: ExitCode.damaged, code: 'internal', message: `internal error: ${message}` };
}

function overview(): string {
  const width = Math.max(...commands.map(({ name, arguments: words }) => name.length + words.length + 1));
  const lines = commands.map(
    ({ name, arguments: words, summary }) => `  ${`${name} ${words}`.padEnd(width)}  ${summary}`,
  );
  return [
    'lsm inspects LevelDB databases, shows what LevelDB would do to them, and does it after a backup if told to.',
    '',
    'usage: lsm COMMAND ...',
    ...lines,
    '',
    'options of every command:',
    ...optionLines(commonOptions),
    '',
    'exit status: 0 done, 1 damaged or a check failed, 2 wrong use or no such file, 3 locked, 4 key not found',
    '',
  ].join('\n');
}

function usage(command: Command): string {
  const own =
    Object.keys(command.options).length > 0 ? ['', 'options:', ...optionLines(command.options)] : [];
  return [
    `usage: lsm ${command.name} ${command.arguments}`,
    `  ${command.summary}`,
    ...own,
    '',
    'options of every command:',
    ...optionLines(commonOptions),
    '',
  ].join('\n');
}

function optionLines(specs: OptionSpecs): string[] {
  const entries = Object.entries(specs).map(([name, { value, help }]) => [
    `--${name}${value ? ` ${value}` : ''}`,
    help,
  ]);
  const width = Math.max(...entries.map(([option]) => option.length));
  return entries.map(([option, help]) => `  ${option.padEnd(width)}  ${help}`);
}

declare const __LSM_VERSION__: string;

main(process.argv.slice(2)).then((status) => {
  process.exitCode = status;
});
