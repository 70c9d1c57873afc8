import type { Problem } from '../problem';

/** Problems without repetition: a block that two cursors meet is damaged once. */
export class ProblemList {
  readonly all: Problem[] = [];
  private readonly seen = new Set<string>();

  add(problem: Problem): void {
    const { file, offset, code, message } = problem;
    // A block is damaged once, whoever meets it and in whatever words; a missing file is met when the folder is listed
    // and again when it is opened.
    const text = offset !== undefined || code === 'missing-file' ? '' : message;
    const identity = `${file}\0${offset}\0${code}\0${text}`;
    if (this.seen.has(identity)) return;
    this.seen.add(identity);
    this.all.push(problem);
  }

  addAll(problems: Iterable<Problem>): void {
    for (const problem of problems) this.add(problem);
  }
}
