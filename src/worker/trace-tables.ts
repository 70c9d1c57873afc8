import { bytewiseComparator, findComparator } from '../engine/keys/comparator';
import type { FileMetaData } from '../engine/manifest/version-edit';
import type { Replay } from '../engine/trace/replay/replay';
import { type AxisTick, KeyAxis } from './key-axis';
import type { TraceTables } from './trace-api';

/** The tables of a trace on one axis: that of all tables that it tells of, so that nothing moves from frame to frame. */
export class TracePicture {
  private readonly replay: Replay;
  private axis: KeyAxis | undefined;
  private lives = -1;
  private files = -1;
  private last: TraceTables | undefined;

  constructor(replay: Replay) {
    this.replay = replay;
  }

  tables(versionId: number): TraceTables {
    this.refresh();
    if (this.last?.versionId === versionId) return this.last;
    const lives = this.replay.index.tables.at(versionId);
    const axis = this.present();
    this.last = {
      versionId,
      numbers: Float64Array.from(lives, ({ file }) => Number(file.number)),
      levels: Uint8Array.from(lives, ({ level }) => level),
      sizes: Float64Array.from(lives, ({ file }) => Number(file.size)),
      left: Float32Array.from(lives, ({ file }) => axis.place(file.smallest)),
      right: Float32Array.from(lives, ({ file }) => axis.place(file.largest)),
    };
    return this.last;
  }

  /** The ends of a table's range. */
  place(file: FileMetaData | undefined): { left: number | undefined; right: number | undefined } {
    if (!file) return { left: undefined, right: undefined };
    this.refresh();
    const axis = this.present();
    return { left: axis.place(file.smallest), right: axis.place(file.largest) };
  }

  /** Where an internal key is. */
  placeOfKey(internalKey: Uint8Array): number {
    this.refresh();
    return this.present().place(internalKey);
  }

  ticks(): AxisTick[] {
    this.refresh();
    return this.present().ticks();
  }

  /** A trace that grew with new tables has another axis. */
  private refresh(): void {
    const { index } = this.replay;
    const { lives } = index.tables;
    if (lives.length === this.lives && index.fileCount === this.files) return;
    this.lives = lives.length;
    this.files = index.fileCount;
    this.axis = undefined;
    this.last = undefined;
  }

  private present(): KeyAxis {
    if (this.axis) return this.axis;
    const { index, events } = this.replay;
    const [opened] = index.range('open', 0, events.length, 1);
    const open = opened === undefined ? undefined : events[opened];
    const name = open?.type === 'open' ? open.options.comparator : '';
    const comparator = findComparator(name) ?? bytewiseComparator;
    const files = [...index.tables.lives.map(({ file }) => file), ...index.allFiles];
    this.axis = new KeyAxis(comparator, files);
    return this.axis;
  }
}
