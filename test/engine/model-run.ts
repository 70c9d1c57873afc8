import assert from 'node:assert/strict';
import { Crashed } from '../../src/engine/env/fault';
import { Choices } from './model-choices';
import { type Chance, type Ending, type HeldSnapshot, ModelDatabase } from './model-database';
import { ModelMap, type ModelOperation } from './model-map';
import type { Reached } from './model-reached';

const LEAST_OPERATIONS = 200;
/** How many of the last operations a failure shows. */
const SHOWN = 20;
const MOST_HELD = 4;

/** How often each operation comes, before a seed changes that. */
const WEIGHTS = {
  write: 40,
  batch: 10,
  get: 16,
  'get by snapshot': 5,
  'take snapshot': 2,
  'release snapshot': 1.5,
  'open iterator': 3,
  'move iterator': 22,
  'close iterator': 2,
  'background step': 10,
  settle: 2,
  flush: 3,
  'begin flush': 5,
  'compact range': 2,
  'compact level': 2,
  'step job': 6,
  'abandon job': 0.5,
  burst: 0.3,
  'check all': 1,
  'check snapshot': 0.7,
  'check directory': 0.5,
  'close and reopen': 0.4,
  'process crash': 0.3,
  'power cut': 0.5,
  'arm crash': 0.5,
  'arm error': 0.4,
};

type Operation = keyof typeof WEIGHTS;

const OPERATIONS = Object.keys(WEIGHTS) as Operation[];
/** What a seed multiplies a weight by: some things not at all, others often. */
const SWARM = [0, 0.3, 1, 1, 1, 3];

/** Random operations on a database and on the map that it has to agree with. */
export class ModelRun {
  private readonly seed: number;
  private readonly choices: Choices;
  private readonly model: ModelDatabase;
  private readonly reached: Reached;
  private readonly weights: number[];
  private readonly total: number;
  private readonly deletes: number;
  private readonly syncs: number;
  private readonly done: string[] = [];
  private readonly log: ((line: string) => void) | undefined;
  private index = 0;

  /** `log` is told of each operation and of all that the database does. */
  constructor(seed: number, reached: Reached, log?: (line: string) => void) {
    this.seed = seed;
    this.log = log;
    this.reached = reached;
    this.choices = new Choices(seed);
    const { choices } = this;
    this.model = new ModelDatabase(new ModelMap(choices.keys()), reached, log);
    this.weights = OPERATIONS.map((name) => WEIGHTS[name] * (name === 'write' ? 1 : choices.pick(SWARM)));
    this.total = this.weights.reduce((sum, weight) => sum + weight, 0);
    this.deletes = choices.pick([3, 5, 20]);
    this.syncs = choices.pick([1, 4, 30]);
  }

  /** Throws with the seed and the operations that led there. */
  run(): void {
    try {
      this.model.create(this.chance);
      const count = LEAST_OPERATIONS + this.choices.below(20);
      for (this.index = 0; this.index < count; this.index++) this.operation();
      this.tell('end');
      this.model.disarm();
      this.survive(() => this.model.checkDirectory());
      this.end('close and reopen');
    } catch (error) {
      const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
      throw new assert.AssertionError({
        message:
          `MODEL_SEED=${this.seed} fails at operation ${this.index}:\n${text}\n` +
          `after:\n${this.done.slice(-SHOWN).join('\n')}`,
      });
    }
  }

  private operation(): void {
    const { choices, model } = this;
    // After a failure nothing but an end helps.
    if (model.hasFailed && choices.oneIn(6)) this.end(this.chance.ending());
    let left = choices.below(1_000_000) * (this.total / 1_000_000);
    const chosen = this.weights.findIndex((weight) => {
      left -= weight;
      return left < 0;
    });
    const name = OPERATIONS[chosen < 0 ? 0 : chosen];
    this.tell(name);
    this.survive(() => this.perform(name));
  }

  /** Does something that a crash may end; the database is opened again then. */
  private survive(action: () => void): void {
    try {
      action();
    } catch (error) {
      if (!(error instanceof Crashed)) throw error;
      this.reached.count('crash within work');
      const ending = this.chance.ending();
      this.tell(`crashed: ${ending}`);
      this.model.reopen(ending, this.chance);
    }
  }

  private perform(name: Operation): void {
    const { choices, model } = this;
    const { iterators, snapshots, jobs } = model;
    switch (name) {
      case 'write':
        model.write([this.modelOperation()], choices.oneIn(this.syncs));
        break;
      case 'batch':
        model.write(
          Array.from({ length: choices.below(9) }, () => this.modelOperation()),
          choices.oneIn(this.syncs),
        );
        break;
      case 'get':
        model.get(this.key());
        break;
      case 'get by snapshot':
        if (snapshots.length > 0) model.get(this.key(), choices.pick(snapshots));
        break;
      case 'take snapshot':
        if (snapshots.length < MOST_HELD) model.takeSnapshot();
        break;
      case 'release snapshot':
        if (snapshots.length > 0) {
          const [held] = snapshots.splice(choices.below(snapshots.length), 1);
          held.snapshot.release();
        }
        break;
      case 'open iterator':
        if (iterators.length < MOST_HELD) {
          model.openIterator(this.someSnapshot());
          this.moveIterator(iterators.length - 1);
        }
        break;
      case 'move iterator':
        if (iterators.length > 0) this.moveIterator(choices.below(iterators.length));
        break;
      case 'close iterator':
        if (iterators.length > 0) model.closeIterator(choices.pick(iterators));
        break;
      case 'background step':
        model.step(choices.between(1, 5));
        break;
      case 'settle':
        model.step(Number.POSITIVE_INFINITY);
        break;
      case 'flush':
        model.begin((database) => database.flush(), true, Number.POSITIVE_INFINITY);
        break;
      case 'begin flush':
        this.begin((database) => database.flush(), true);
        break;
      case 'compact range': {
        const [begin, end] = this.range();
        this.begin((database) => database.compactRange(begin, end), true);
        break;
      }
      case 'compact level': {
        const [begin, end] = this.range();
        const level = choices.below(choices.pick([2, 4, 6]));
        this.begin((database) => database.compactLevel(level, begin, end), false);
        break;
      }
      case 'step job':
        if (jobs.length > 0) model.stepJob(choices.pick(jobs), choices.between(1, 10));
        break;
      case 'abandon job':
        if (jobs.length > 0) model.abandonJob(choices.pick(jobs));
        break;
      case 'burst':
        model.burst(this.key(), 101);
        break;
      case 'check all':
        model.checkAll();
        break;
      case 'check snapshot':
        if (snapshots.length > 0) model.checkAll(choices.pick(snapshots));
        break;
      case 'check directory':
        model.checkDirectory();
        break;
      case 'close and reopen':
      case 'process crash':
      case 'power cut':
        this.end(name);
        break;
      case 'arm crash':
        this.armCrash(60);
        break;
      case 'arm error':
        this.armError();
        break;
    }
  }

  private end(ending: Ending): void {
    this.tell(`ends: ${ending}`);
    this.survive(() => this.model.reopen(ending, this.chance));
  }

  private begin(what: Parameters<ModelDatabase['begin']>[0], flushes: boolean): void {
    const { choices, model } = this;
    const steps = choices.oneIn(3) ? Number.POSITIVE_INFINITY : choices.between(1, 12);
    if (model.jobs.length < MOST_HELD) model.begin(what, flushes, steps);
  }

  private moveIterator(index: number): void {
    const { choices, model } = this;
    const held = model.iterators[index];
    for (let times = choices.between(1, 4); times > 0; times--) {
      const how = choices.below(8);
      const { place } = held;
      if (place < 0 || how === 0) model.move(held, this.target());
      else model.move(held, how < 5 ? 'next' : 'prev');
    }
  }

  private target(): 'first' | 'last' | Uint8Array {
    const { choices } = this;
    const how = choices.below(4);
    if (how === 0) return 'first';
    if (how === 1) return 'last';
    return how === 2 ? this.model.map.keys[this.key()] : choices.key();
  }

  private modelOperation(): ModelOperation {
    const { choices } = this;
    const key = this.key();
    return { key, value: choices.oneIn(this.deletes) ? undefined : choices.value() };
  }

  private key(): number {
    return this.choices.below(this.model.map.keys.length);
  }

  private someSnapshot(): HeldSnapshot | undefined {
    const { snapshots } = this.model;
    return snapshots.length > 0 && this.choices.oneIn(3) ? this.choices.pick(snapshots) : undefined;
  }

  /** Open at an end now and then, and at times empty. */
  private range(): [Uint8Array | undefined, Uint8Array | undefined] {
    const end = () => (this.choices.oneIn(3) ? undefined : this.model.map.keys[this.key()]);
    return [end(), end()];
  }

  private armCrash(within: number): void {
    const at = this.choices.below(within);
    const fault = this.choices.pick(['crash', 'crash within'] as const);
    this.model.arm((_operation, after) => (after === at ? fault : undefined));
  }

  /** One operation or several fail; an append may leave the half of its bytes. */
  private armError(): void {
    const { choices, model } = this;
    const from = choices.below(30);
    const to = from + choices.pick([1, 1, 1, 3, 10]);
    const fault = choices.oneIn(2) ? 'fail' : 'short write';
    model.arm((_operation, after) => (after >= from && after < to ? fault : undefined));
  }

  private readonly chance: Chance = {
    options: () => this.choices.options(),
    cut: {
      bytes: (limit) => (this.choices.oneIn(2) ? 0 : this.choices.below(limit)),
      names: (limit) => this.choices.below(limit),
    },
    ending: () => this.choices.pick(['process crash', 'power cut']),
    disturb: () => {
      if (this.choices.oneIn(8)) this.armCrash(25);
      else if (this.choices.oneIn(12)) this.armError();
    },
  };

  private tell(what: string): void {
    this.done.push(`${this.index} ${what}`);
    this.log?.(this.done.at(-1)!);
  }
}
