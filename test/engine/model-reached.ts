import type { TraceEvent } from '../../src/engine/trace/events';

/** How often something has to happen in a thousand seeds, or the test proves little. */
const AT_LEAST = {
  flush: 3000,
  'flush below level 0': 300,
  'compaction by size': 1000,
  'compaction by seek': 20,
  'compaction by manual': 1000,
  'trivial move': 100,
  'expanded inputs': 20,
  'boundary files': 1,
  'deletion dropped': 300,
  'memtable full': 50,
  'memtables waiting > 1': 300,
  stall: 100,
  'close and reopen': 300,
  'process crash': 300,
  'power cut': 300,
  'crash within work': 300,
  'crash within open': 50,
  'write lost by power cut': 100,
  'write in doubt': 50,
  'injected error': 300,
  'open that failed': 20,
  'log reused': 100,
  'MANIFEST reused': 100,
  'snapshot held across compaction': 300,
  'iterator held across compaction': 300,
  'iterator held across flush': 300,
} as const;

export type Reach = keyof typeof AT_LEAST;

/** What was reached over all seeds. */
export class Reached {
  readonly counts = new Map<Reach, number>(Object.keys(AT_LEAST).map((what) => [what as Reach, 0]));

  count(what: Reach, times = 1): void {
    this.counts.set(what, this.counts.get(what)! + times);
  }

  /** What a database tells of its work; `held` is what readers hold meanwhile. */
  hear(event: TraceEvent, held: { snapshots: number; iterators: number }): void {
    switch (event.type) {
      case 'flush-end':
        if (!event.file) return;
        this.count('flush');
        if (event.level > 0) this.count('flush below level 0');
        if (held.iterators > 0) this.count('iterator held across flush');
        break;
      case 'pick':
        this.count(`compaction by ${event.reason}`);
        if (event.trivialMove) this.count('trivial move');
        if (event.expanded.length > 0) this.count('expanded inputs');
        if (event.boundary.length > 0) this.count('boundary files');
        break;
      case 'compaction-end':
        if (event.deletions > 0) this.count('deletion dropped');
        if (held.snapshots > 0) this.count('snapshot held across compaction');
        if (held.iterators > 0) this.count('iterator held across compaction');
        break;
      case 'memtable-switch':
        if (event.memoryUsage > 64 << 10) this.count('memtable full');
        if (event.waiting > 1) this.count('memtables waiting > 1');
        break;
      case 'stall':
        this.count('stall');
        break;
      case 'log-end':
        if (event.reused) this.count('log reused');
        break;
      case 'manifest-end':
        if (event.reused) this.count('MANIFEST reused');
        break;
    }
  }

  /** What was not reached often enough in so many seeds. */
  missing(seeds: number): string[] {
    return [...this.counts]
      .filter(([what, count]) => count < (AT_LEAST[what] * seeds) / 1000)
      .map(([what, count]) => `${what}: ${count}`);
  }

  toString(): string {
    return [...this.counts].map(([what, count]) => `${what}: ${count}`).join(', ');
  }
}
