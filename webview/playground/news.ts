import type { LessonText, PlaygroundState, WorkRule } from '../protocol/playground';
import { t } from '../ui/text';
import { Announcer } from './announcer';
import { RULES } from './numbers';
import { recoveryText, waitingText } from './words';

/** How long it is marked that a compaction is through. */
const FRESH_MS = 1000;

/** What has just happened, between one state and the next: told to those who listen, and marked for a moment. */
export class News {
  readonly #announcer: Announcer;
  /** When a compaction by a rule was through last. */
  readonly #through = new Map<WorkRule, number>();

  constructor(set: (text: string) => void) {
    this.#announcer = new Announcer(set);
  }

  /** What happens at once, besides what is under way. */
  tell(state: PlaygroundState, before: PlaygroundState, lessons: readonly LessonText[]): void {
    for (const rule of RULES) {
      if (state.work[rule] > before.work[rule]) this.#through.set(rule, performance.now());
    }
    if (state.recovery && !before.recovery) this.#announcer.say(recoveryText(state));
    const done = state.lesson?.current ?? 0;
    if (state.lesson && done > (before.lesson?.current ?? done)) {
      const texts = lessons.find(({ id }) => id === state.lesson?.id);
      const step = texts?.steps[done - 1];
      if (step) this.#announcer.say(t('Done: {0}. {1}', step.title, step.text));
    }
    const waiting = waitingText(state);
    if (waiting && !before.stalls.waiting) this.#announcer.pass(`stall ${state.clock}`, waiting);
  }

  /** What is under way: not again while it is the same. */
  pass(key: string, text: string): void {
    this.#announcer.pass(key, text);
  }

  /** Whether one is through that went by this rule, a moment ago: a small one is over before it is seen. */
  isFresh(rule: WorkRule): boolean {
    return performance.now() - (this.#through.get(rule) ?? Number.NEGATIVE_INFINITY) < FRESH_MS;
  }
}
