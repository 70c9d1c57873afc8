import { LsmError } from '../engine/problem';
import type { JobsOf } from './job';
import type {
  LessonId,
  PlaygroundCalls,
  PlaygroundChanges,
  PlaygroundFile,
  PlaygroundJobs,
  PlaygroundStart,
  PlaygroundState,
  PlugOptions,
  RecoverOptions,
} from './playground-api';
import { type Clock, Pacemaker, systemClock } from './playground-clock';
import { checkedPlug, checkedRange, checkedRecovery, playgroundConfig, wrong } from './playground-config';
import { LessonRun } from './playground-lesson-run';
import { LESSONS } from './playground-lessons';
import { PlaygroundMachine } from './playground-machine';
import { stateOf } from './playground-state';
import { ReadingSession } from './replay-reading';
import type { TraceReading } from './trace-api';

/** Of operations in one call, which others wait for. */
const MAX_STEP = 10_000;

/** The playground, in a worker's thread: the machine, the time that drives it, and the lesson that it is in. */
export class PlaygroundSession extends ReadingSession implements PlaygroundCalls {
  readonly jobs: JobsOf<PlaygroundJobs> = {};
  private readonly pacemaker: Pacemaker;
  private machine: PlaygroundMachine | undefined;
  private lesson: LessonRun | undefined;

  constructor(clock: Clock = systemClock) {
    super();
    this.pacemaker = new Pacemaker(
      clock,
      () => this.tick(),
      () => this.look(),
    );
  }

  open(start: PlaygroundStart): PlaygroundState {
    const config = playgroundConfig(start);
    this.close();
    this.machine = new PlaygroundMachine(config);
    return this.state();
  }

  openLesson(id: LessonId): PlaygroundState {
    const lesson = LESSONS.find((each) => each.id === id);
    if (!lesson) throw wrong('lesson', `there is none that is called ${id}`);
    this.open(lesson.start);
    const machine = this.present();
    lesson.prepare(machine);
    this.lesson = new LessonRun(lesson, machine);
    return this.state();
  }

  change(changes: PlaygroundChanges): PlaygroundState {
    this.present().change(changes);
    return this.changed();
  }

  state(): PlaygroundState {
    const { pacemaker, lesson } = this;
    const { isRunning, skipped } = pacemaker;
    return stateOf(this.present(), { isRunning, skipped, lesson: lesson?.state });
  }

  setRunning(isRunning: boolean): PlaygroundState {
    const machine = this.present();
    if (!isRunning) this.pacemaker.stop();
    else if (machine.phase === 'open' || machine.phase === 'recovering') {
      // Compactions may have made room.
      if (machine.stopped === 'space') machine.stopped = undefined;
      this.pacemaker.start();
    }
    return this.state();
  }

  step(operations: number): PlaygroundState {
    const machine = this.present();
    if (!(Number.isInteger(operations) && operations > 0 && operations <= MAX_STEP)) {
      throw wrong('operations', `it must be a whole number from 1 to ${MAX_STEP}`);
    }
    if (machine.phase === 'recovering') {
      for (let i = 0; i < operations && machine.phase === 'recovering'; i++) machine.stepBackground();
    } else machine.operations(operations);
    return this.changed();
  }

  stepBackground(): PlaygroundState {
    this.present().stepBackground();
    return this.changed();
  }

  compact(from?: Uint8Array, to?: Uint8Array): PlaygroundState {
    checkedRange(from, to);
    this.present().compact(from, to);
    return this.changed();
  }

  flush(): PlaygroundState {
    this.present().flush();
    return this.changed();
  }

  pullPlug(options: PlugOptions): PlaygroundState {
    const machine = this.present();
    machine.pullPlug(checkedPlug(options));
    this.pacemaker.stop();
    return this.changed();
  }

  /** Stepped, it is paused at first. */
  recover(options: RecoverOptions): PlaygroundState {
    this.present().recover(checkedRecovery(options));
    this.pacemaker.stop();
    return this.changed();
  }

  files(): PlaygroundFile[] {
    return this.present().env.contents();
  }

  close(): void {
    this.pacemaker.stop();
    this.machine?.close();
    this.machine = undefined;
    this.lesson = undefined;
  }

  protected get reading(): TraceReading {
    return this.present().history.reading;
  }

  private tick(): void {
    const machine = this.present();
    machine.tick();
    // Nothing goes on by itself any more.
    if (machine.stopped || machine.phase === 'failed') this.pacemaker.stop();
  }

  private changed(): PlaygroundState {
    this.look();
    return this.state();
  }

  /** Where a step of the lesson is done, time stands: there is something to read. */
  private look(): void {
    if (this.lesson?.look()) this.pacemaker.stop();
  }

  private present(): PlaygroundMachine {
    if (!this.machine) throw new LsmError('Invalid argument', 'invalid-argument', 'no playground is open');
    return this.machine;
  }
}
