import { addU64, type U64 } from '../bytes/u64';
import type { CompactionLimits } from '../compaction/limits';
import { ignoreFailure, type WritableEnv, type WritableFile } from '../env/env';
import type { Comparator } from '../keys/comparator';
import { InternalKeyComparator } from '../keys/internal-key';
import { LogWriter } from '../log/writer';
import { manifestFileName } from './file-names';
import { FileNumbers } from './file-numbers';
import { LiveVersion, SeekCounters } from './live-version';
import { removeIfThere, setCurrentFile } from './set-current';
import { Version, VersionBuilder } from './version';
import { emptyVersionEdit, encodeVersionEdit, LEVELS, type VersionEdit } from './version-edit';

/** What a database's MANIFEST has to say besides its files. */
export interface Counters {
  nextFileNumber: U64;
  lastSequence: U64;
  logNumber: U64;
  prevLogNumber: U64;
}

/** The versions of a database that is written to, and its MANIFEST (VersionSet in db/version_set.cc). */
export class LiveVersionSet implements Counters {
  readonly fileNumbers = new FileNumbers(2);
  lastSequence: U64 = 0;
  logNumber: U64 = 0;
  prevLogNumber: U64 = 0;
  manifestNumber: U64 = 0;
  /** compact_pointer_: of each level the largest key compacted last. */
  readonly compactPointers: (Uint8Array | undefined)[] = new Array(LEVELS).fill(undefined);
  readonly comparator: InternalKeyComparator;
  private readonly env: WritableEnv;
  private readonly directory: string;
  private readonly limits: CompactionLimits;
  private readonly counters = new SeekCounters();
  private readonly live = new Set<LiveVersion>();
  private latest: LiveVersion;
  private descriptor: { file: WritableFile; log: LogWriter } | undefined;

  constructor(env: WritableEnv, directory: string, comparator: Comparator, limits: CompactionLimits) {
    this.env = env;
    this.directory = directory;
    this.comparator = new InternalKeyComparator(comparator);
    this.limits = limits;
    this.latest = this.newLive(Version.empty(this.comparator));
    this.latest.hold();
  }

  get current(): LiveVersion {
    return this.latest;
  }

  get version(): Version {
    return this.latest.version;
  }

  get nextFileNumber(): U64 {
    return this.fileNumbers.next;
  }

  set nextFileNumber(next: U64) {
    this.fileNumbers.next = next;
  }

  newFileNumber(): U64 {
    return this.fileNumbers.take();
  }

  /** Gives back the number that was taken last, if it was. */
  reuseFileNumber(number: U64): void {
    this.fileNumbers.giveBack(number);
  }

  markFileNumberUsed(number: U64): void {
    if (this.nextFileNumber <= number) this.nextFileNumber = addU64(number, 1);
  }

  /** Installs what recovery read. */
  install(version: Version): void {
    this.compactPointers.splice(0, LEVELS, ...version.compactPointers);
    this.become(version);
  }

  /**
   * Goes on with the MANIFEST that is there (reuse_logs). Throws EnvError. What it says is made durable first, which
   * LevelDB leaves out: a process that was killed may have left edits unsynced, and logs and tables are removed by them.
   */
  continueManifest(number: U64, size: number): void {
    const file = this.env.append(this.env.join(this.directory, manifestFileName(number)));
    try {
      file.sync();
      this.env.syncDirectory(this.directory);
    } catch (error) {
      ignoreFailure(() => file.close());
      throw error;
    }
    this.descriptor = { file, log: new LogWriter((bytes) => file.append(bytes), size) };
    this.manifestNumber = number;
  }

  /** Whether the next edit begins a new MANIFEST. */
  get beginsManifest(): boolean {
    return this.descriptor === undefined;
  }

  /**
   * Writes an edit to the MANIFEST, durably, and makes the version after it the current one (LogAndApply). The first
   * one begins a new MANIFEST with a snapshot, and CURRENT is switched to it. Throws EnvError; the edit may or may not
   * be in the MANIFEST then. `areNamesDurable`: the names of the edit's tables are.
   */
  logAndApply(edit: VersionEdit, areNamesDurable = false): void {
    edit.logNumber ??= this.logNumber;
    edit.prevLogNumber ??= this.prevLogNumber;
    edit.nextFileNumber = this.nextFileNumber;
    edit.lastSequence = this.lastSequence;
    const builder = new VersionBuilder(this.version);
    builder.apply(edit);
    const version = builder.build();

    this.writeEdit(encodeVersionEdit(edit), areNamesDurable);
    for (const { level, key } of edit.compactPointers) this.compactPointers[level] = key;
    this.become(version);
    this.logNumber = edit.logNumber;
    this.prevLogNumber = edit.prevLogNumber;
  }

  /** The numbers of all tables that some version in use names (AddLiveFiles). */
  liveFiles(): Set<U64> {
    const numbers = new Set<U64>();
    for (const { version } of this.live) {
      for (const { file } of version.files()) numbers.add(file.number);
    }
    return numbers;
  }

  close(): void {
    this.closeManifest();
  }

  private writeEdit(record: Uint8Array, areNamesDurable: boolean): void {
    const { env, directory } = this;
    const begins = this.descriptor === undefined;
    const manifest = env.join(directory, manifestFileName(this.manifestNumber));
    try {
      this.descriptor ??= this.beginManifest(manifest);
      const { file, log } = this.descriptor;
      // Before anything of the record can reach the disk, the names of its tables are durable. LevelDB does it when the
      // MANIFEST is synced (util/env_posix.cc, SyncDirIfManifest), which is late for a record that is written before.
      if (begins || !areNamesDurable) env.syncDirectory(directory);
      log.addRecord(record);
      file.sync();
      if (begins) setCurrentFile(env, directory, this.manifestNumber);
    } catch (error) {
      if (begins) {
        ignoreFailure(() => this.closeManifest());
        removeIfThere(env, manifest);
      }
      throw error;
    }
    // From here on CURRENT names the MANIFEST: it must stay, whatever fails.
    if (begins) env.syncDirectory(directory);
  }

  private beginManifest(path: string): { file: WritableFile; log: LogWriter } {
    const file = this.env.create(path);
    const log = new LogWriter((bytes) => file.append(bytes));
    this.descriptor = { file, log };
    log.addRecord(encodeVersionEdit(this.snapshot()));
    return this.descriptor;
  }

  /** The present version as one edit, without counters (WriteSnapshot). */
  private snapshot(): VersionEdit {
    const edit = emptyVersionEdit();
    edit.comparator = this.comparator.user.name;
    for (const [level, key] of this.compactPointers.entries()) {
      if (key) edit.compactPointers.push({ level, key });
    }
    for (const { level, file } of this.version.files()) edit.newFiles.push({ level, file });
    return edit;
  }

  private become(version: Version): void {
    const before = this.latest;
    this.latest = this.newLive(version);
    this.latest.hold();
    before.release();
  }

  private newLive(version: Version): LiveVersion {
    const live = new LiveVersion(version, this.limits, this.counters, (unused) => this.live.delete(unused));
    this.live.add(live);
    return live;
  }

  private closeManifest(): void {
    const { descriptor } = this;
    this.descriptor = undefined;
    descriptor?.file.close();
  }
}
