import type { U64 } from '../bytes/u64';
import type { WritableEnv, WritableFile } from '../env/env';
import { LogWriter } from '../log/writer';
import { logFileName } from '../manifest/file-names';

/** Behind so many bytes the disk is given what there is, so that little is left when all of it has to be durable. */
const BEGIN_SYNC_BYTES = 1 << 20;

/** The log that takes a database's writes. */
export class LiveLog {
  readonly number: U64;
  readonly name: string;
  private readonly env: WritableEnv;
  private readonly directory: string;
  private readonly file: WritableFile;
  private readonly writer: LogWriter;
  private isDurable: boolean;
  /** Appended since the disk was given something. */
  private bytesHeld = 0;
  /** A log that is continued may have got its name just before a crash: it has to be made durable as well. */
  private isNameDurable = false;

  /** `size` is what the file holds already. */
  constructor(env: WritableEnv, directory: string, number: U64, file: WritableFile, size: number) {
    this.env = env;
    this.directory = directory;
    this.number = number;
    this.name = logFileName(number);
    this.file = file;
    this.writer = new LogWriter((bytes) => file.append(bytes), size);
    this.isDurable = size === 0;
  }

  /** The record survives the end of this process from then on, not the machine's. */
  append(record: Uint8Array): void {
    this.isDurable = false;
    this.writer.addRecord(record);
    this.file.flush();
    this.bytesHeld += record.length;
    if (this.bytesHeld < BEGIN_SYNC_BYTES) return;
    this.bytesHeld = 0;
    this.file.beginSync?.();
  }

  /** Makes durable what was appended. The log's name too, which LevelDB leaves to the file system. */
  sync(): void {
    this.file.sync();
    this.bytesHeld = 0;
    this.isDurable = true;
    if (this.isNameDurable) return;
    this.env.syncDirectory(this.directory);
    this.isNameDurable = true;
  }

  /**
   * Makes durable what the log holds before a further log takes the writes. LevelDB does not: then a power cut can
   * take the end of this log and leave the writes behind it, even synced ones, in the next.
   */
  end(): void {
    if (!this.isDurable) this.sync();
  }

  /** The directory was synced since the log is there. */
  nameIsDurable(): void {
    this.isNameDurable = true;
  }

  close(): void {
    this.file.close();
  }
}
