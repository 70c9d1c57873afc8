// What the extension's panel would be: the view, and a real playground behind it, in this process.

import type {
  LessonId,
  PlaygroundControl,
  PlaygroundStart,
  PlaygroundView,
} from '../../src/worker/playground-api';
import { LESSONS } from '../../src/worker/playground-lessons';
import { PlaygroundSession } from '../../src/worker/playground-session';
import type { TraceReading } from '../../webview/protocol/trace';
import type { WireAnswer } from './trace-wire';

const CALLS = new Set<keyof PlaygroundControl | keyof TraceReading>([
  'change',
  'state',
  'setRunning',
  'step',
  'stepBackground',
  'compact',
  'flush',
  'pullPlug',
  'recover',
  'frame',
  'tables',
  'events',
  'rowOf',
  'eventJson',
  'find',
  'nextOf',
  'landmarks',
]);

/** A panel of one page. It saves nothing: it says that it was asked. */
export class FakePlaygroundPanel {
  readonly session = new PlaygroundSession();
  /** Everything that it was asked, by the calls' names, and when in milliseconds. */
  readonly asked: { method: string; at: number }[] = [];
  readonly events: WireAnswer['events'] = [];
  private failure: string | undefined;
  private opened: () => unknown = () => this.session.open({});

  constructor(query: URLSearchParams) {
    const lesson = query.get('lesson');
    if (lesson) this.opened = () => this.session.openLesson(lesson as LessonId);
    this.opened();
  }

  /** As if its worker had died. */
  crash(): void {
    this.session.close();
    this.failure = 'the worker ended with status 1';
  }

  answer(method: string, params: unknown[]): unknown {
    this.asked.push({ method, at: performance.now() });
    const { session } = this;
    if (CALLS.has(method as keyof PlaygroundControl)) {
      if (this.failure) throw new Error(this.failure);
      const call = session[method as keyof PlaygroundControl] as (...values: unknown[]) => unknown;
      return call.apply(session, params);
    }
    switch (method) {
      case 'view':
        return this.view();
      case 'open':
        return this.open(() => session.open(params[0] as PlaygroundStart));
      case 'openLesson':
        return this.open(() => session.openLesson(params[0] as LessonId));
      case 'restart':
        return this.open(this.opened);
      case 'saveFiles':
        return true;
      default:
        throw new Error(`no call ${method}`);
    }
  }

  private open(opened: () => unknown): unknown {
    const state = opened();
    this.opened = opened;
    this.failure = undefined;
    return state;
  }

  /** The texts are the extension's: here the names stand for them. */
  private view(): PlaygroundView {
    const lessons = LESSONS.map(({ id, steps }) => ({
      id,
      title: `Lesson ${id}`,
      about: `About ${id}.`,
      steps: steps.map((step) => ({ id: step.id, title: `Do ${step.id}`, text: `This is ${step.id}.` })),
    }));
    return { failure: this.failure, lessons };
  }
}
