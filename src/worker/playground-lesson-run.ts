import type { LessonState } from './playground-api';
import { factsOf, type LessonFacts } from './playground-lesson-facts';
import type { Lesson } from './playground-lessons';
import type { PlaygroundMachine } from './playground-machine';

/** A lesson that somebody goes through: its steps are ticked off in order. */
export class LessonRun {
  private readonly lesson: Lesson;
  private readonly machine: PlaygroundMachine;
  private current = 0;
  private before: LessonFacts;

  constructor(lesson: Lesson, machine: PlaygroundMachine) {
    this.lesson = lesson;
    this.machine = machine;
    this.before = factsOf(machine);
  }

  /** Whether a step is done by now that was not: the next one counts from here. */
  look(): boolean {
    const step = this.lesson.steps[this.current];
    if (!step) return false;
    const now = factsOf(this.machine);
    if (!step.done(now, this.before)) return false;
    this.current++;
    this.before = now;
    return true;
  }

  get state(): LessonState {
    const { id, watch, steps } = this.lesson;
    return {
      id,
      watch: [...watch],
      steps: steps.map(({ id, action }, i) => ({ id, action, isDone: i < this.current })),
      current: this.current,
    };
  }
}
