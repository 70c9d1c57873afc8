import type { Rates } from './playground-api';

const SAMPLES = 10;

/** Counts that grow, and how fast they grew over the last samples. */
export class RateMeter {
  private readonly samples: { at: number; totals: Rates }[] = [];

  /** `now` in milliseconds of the clock. */
  sample(now: number, totals: Rates): void {
    this.samples.push({ at: now, totals });
    if (this.samples.length > SAMPLES + 1) this.samples.shift();
  }

  /** A second. */
  rates(now: number, totals: Rates): Rates {
    const [first] = this.samples;
    const seconds = first ? (now - first.at) / 1000 : 0;
    const names = Object.keys(totals) as (keyof Rates)[];
    const rates = names.map((name) => [
      name,
      seconds > 0 ? (totals[name] - first.totals[name]) / seconds : 0,
    ]);
    return Object.fromEntries(rates) as Rates;
  }
}
