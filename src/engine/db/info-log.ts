import { ignoreFailure, type WritableEnv, type WritableFile } from '../env/env';

/** LevelDB's own log, LOG (util/posix_logger.h). What cannot be written to it is let go, as there. */
export class InfoLog {
  private readonly now: () => number;
  private file: WritableFile | undefined;

  private constructor(now: () => number, file: WritableFile | undefined) {
    this.now = now;
    this.file = file;
  }

  /** Renames the LOG of the time before to LOG.old and begins a new one. */
  static open(env: WritableEnv, directory: string, now: () => number): InfoLog {
    const name = env.join(directory, 'LOG');
    ignoreFailure(() => env.rename(name, env.join(directory, 'LOG.old')));
    return new InfoLog(
      now,
      ignoreFailure(() => env.create(name)),
    );
  }

  static none(): InfoLog {
    return new InfoLog(() => 0, undefined);
  }

  line(text: string): void {
    const { file } = this;
    if (!file) return;
    // One thread does everything here; its number is a fixed one.
    const line = `${timestamp(this.now())} 1 ${text}\n`;
    ignoreFailure(() => {
      file.append(new TextEncoder().encode(line));
      file.flush();
    });
  }

  close(): void {
    const { file } = this;
    this.file = undefined;
    if (file) ignoreFailure(() => file.close());
  }
}

/** `2026/01/31-23:59:59.123456`, in UTC. */
function timestamp(milliseconds: number): string {
  return new Date(milliseconds)
    .toISOString()
    .replace('T', '-')
    .replace('Z', '000')
    .replace(/^(\d+)-(\d+)-/, '$1/$2/');
}
