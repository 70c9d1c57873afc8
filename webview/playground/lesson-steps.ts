import type { LessonAction, PlaygroundPageCalls, PlaygroundState } from '../protocol/playground';
import type { Remote } from '../protocol/rpc';
import { isRun } from './lesson-view';

/** The page, as a lesson's steps use it. */
export interface StepHost {
  readonly state: PlaygroundState | undefined;
  /** Runs, or pauses. */
  toggle(): Promise<void>;
  /** Does something that changes the playground: what it does is shown. */
  perform(call: () => Promise<PlaygroundState>): Promise<void>;
  requestUpdate(): void;
}

/** Takes a lesson's steps, one at a time: a second click is not for the next one. */
export class LessonSteps {
  /** Whether a step is being taken. */
  isPerforming = false;
  readonly #host: StepHost;
  readonly #calls: Remote<PlaygroundPageCalls>;

  constructor(host: StepHost, calls: Remote<PlaygroundPageCalls>) {
    this.#host = host;
    this.#calls = calls;
  }

  async take(action: LessonAction): Promise<void> {
    if (this.isPerforming) return;
    this.#set(true);
    try {
      await this.#perform(action);
    } finally {
      this.#set(false);
    }
  }

  #set(isPerforming: boolean): void {
    this.isPerforming = isPerforming;
    this.#host.requestUpdate();
  }

  /** What a step of a lesson offers. */
  async #perform(action: LessonAction): Promise<void> {
    const host = this.#host;
    const calls = this.#calls;
    if (isRun(action) && host.state?.isRunning) return host.toggle();
    switch (action.kind) {
      case 'run':
        return host.toggle();
      case 'change-and-run':
        await host.perform(() => calls.change(action.changes));
        return host.toggle();
      case 'change':
        return host.perform(() => calls.change(action.changes));
      case 'step':
        return host.perform(() => calls.step(action.operations));
      case 'step-background':
        return host.perform(() => calls.stepBackground());
      case 'compact':
        return host.perform(() => calls.compact());
      case 'flush':
        return host.perform(() => calls.flush());
      case 'pull-plug':
        return host.perform(() => calls.pullPlug(action.options));
      case 'recover':
        return host.perform(() => calls.recover(action.options));
    }
  }
}
