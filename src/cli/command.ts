import type { Inspection } from '../engine/db/inspection';
import type { Problem } from '../engine/problem';
import { ExitCode } from './exit';
import type { Arguments, OptionSpecs } from './options';
import type { Output } from './output';
import { writeError } from './output';

/** A command of `lsm`. */
export interface Command {
  name: string;
  /** The positional arguments, as in the help: `DIR KEY`. */
  arguments: string;
  summary: string;
  options: OptionSpecs;
  run(args: Arguments, output: Output): ExitCode | Promise<ExitCode>;
}

/** The number of positional arguments that a command's `arguments` ask for. */
export function argumentCount(command: Command): number {
  return command.arguments.split(' ').filter((word) => word !== '').length;
}

/** `lsm: <file>[@offset]: <message>`. */
export function messageLine(file: string | undefined, offset: unknown, message: string): string {
  const place = file === undefined ? '' : `${file}${offset === undefined ? '' : `@${offset}`}: `;
  return `lsm: ${place}${message}`;
}

/** Tells of errors and warnings; notes are for the commands that list problems. */
export function reportProblems(problems: readonly Problem[]): void {
  for (const { severity, file, offset, message } of problems) {
    if (severity !== 'note') writeError(messageLine(file, offset, message));
  }
}

export function hasErrors(problems: readonly Problem[]): boolean {
  return problems.some(({ severity }) => severity === 'error');
}

/** Tells of a database's problems and gives the exit status that they make of `otherwise`. */
export function conclude(db: Inspection, otherwise: ExitCode = ExitCode.done): ExitCode {
  reportProblems(db.problems);
  return hasErrors(db.problems) ? ExitCode.damaged : otherwise;
}
