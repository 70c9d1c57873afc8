import { closeSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { envErrorOf } from '../engine/env/node';

const BUFFER_CHARACTERS = 1 << 16;

/** A text file that a person asked for. It appears under its name when it is whole. */
export class ExportFile {
  private readonly path: string;
  private readonly temporary: string;
  private readonly descriptor: number;
  private buffer = '';

  /** Throws EnvError if the file cannot be made. */
  constructor(path: string) {
    this.path = path;
    this.temporary = `${path}.${process.pid}.part`;
    this.descriptor = this.attempt(() => openSync(this.temporary, 'wx'));
  }

  line(text: string): void {
    this.buffer += `${text}\n`;
    if (this.buffer.length >= BUFFER_CHARACTERS) this.flush();
  }

  /** The bytes of a text, as they are. */
  write(bytes: Uint8Array): void {
    this.flush();
    this.writeNow(bytes);
  }

  /** Ends the file and gives it its name, in place of a file that had it. */
  close(): void {
    this.flush();
    closeSync(this.descriptor);
    this.attempt(() => renameSync(this.temporary, this.path));
  }

  /** Gives it up. */
  discard(): void {
    closeSync(this.descriptor);
    rmSync(this.temporary, { force: true });
  }

  private flush(): void {
    const bytes = new TextEncoder().encode(this.buffer);
    this.buffer = '';
    this.writeNow(bytes);
  }

  private writeNow(bytes: Uint8Array): void {
    this.attempt(() => {
      for (let done = 0; done < bytes.length; ) done += writeSync(this.descriptor, bytes, done);
    });
  }

  private attempt<T>(operation: () => T): T {
    try {
      return operation();
    } catch (error) {
      throw envErrorOf(this.path, error as NodeJS.ErrnoException);
    }
  }
}
