import type { Inspection } from '../engine/db/inspection';
import type { Problem } from '../engine/problem';
import { env } from './database';
import { ExitCode } from './exit';
import type { Arguments, OptionSpecs } from './options';
import type { Output } from './output';
import { oneLine, writeError } from './output';

/** A command of `lsm`. */
export interface Command {
  name: string;
  /** The positional arguments, as in the help: `DIR KEY`; one that may be left out in brackets, at the end. */
  arguments: string;
  summary: string;
  options: OptionSpecs;
  /** Its output is JSON lines without --json too. */
  alwaysJson?: true;
  run(args: Arguments, output: Output): ExitCode | Promise<ExitCode>;
}

/** Whether a command takes so many positional arguments. */
export function takesArguments(command: Command, count: number): boolean {
  const words = command.arguments.split(' ').filter((word) => word !== '');
  const needed = words.filter((word) => !word.startsWith('['));
  return count >= needed.length && count <= words.length;
}

/** `lsm: <file>[@offset]: <message>`. */
export function messageLine(file: string | undefined, offset: unknown, message: string): string {
  const place = file === undefined ? '' : `${file}${offset === undefined ? '' : `@${offset}`}: `;
  return `lsm: ${oneLine(`${place}${message}`)}`;
}

/**
 * Tells of errors and warnings; notes are for the commands that list problems. `folder` says where the files are,
 * where a command looks at several databases.
 */
export function reportProblems(problems: readonly Problem[], folder?: string): void {
  for (const { severity, file, offset, message } of problems) {
    const path = folder === undefined ? file : env.join(folder, file);
    if (severity !== 'note') writeError(messageLine(path, offset, message));
  }
}

/** reportProblems where the text on standard output lists them: a terminal would show each one twice. */
export function reportListed(output: Output, problems: readonly Problem[]): void {
  const shownTogether = !output.json && process.stdout.isTTY === true && process.stderr.isTTY === true;
  if (!shownTogether) reportProblems(problems);
}

export function hasErrors(problems: readonly Problem[]): boolean {
  return problems.some(({ severity }) => severity === 'error');
}

/** Tells of a database's problems and gives the exit status that they make of `otherwise`. */
export function conclude(db: Inspection, otherwise: ExitCode = ExitCode.done, folder?: string): ExitCode {
  reportProblems(db.problems, folder);
  return hasErrors(db.problems) ? ExitCode.damaged : otherwise;
}
