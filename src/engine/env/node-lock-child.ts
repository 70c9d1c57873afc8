// LevelDB's lock held by a child process that has the calls which Node has not.

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, readSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EnvError, type EnvErrorCode } from './env';
import type { SystemLock } from './node-lock';
import { inodeOf, lockedBy } from './node-lock-holders';

/**
 * Takes both kinds of lock: fcntl over the whole file and flock. Answers `held`, or `busy` and which; answers `held`
 * again at each SIGUSR1; lets go and answers `released` at SIGTERM; ends with the process that started it, since its
 * input ends then.
 */
const PERL = `use strict; use Fcntl qw(:DEFAULT :flock);
my ($path, $layout) = @ARGV;
sysopen(my $file, $path, O_RDWR | O_CREAT, 0644) or answer("failed $!");
my $lock = $layout eq 'darwin' ? pack('q q i s s', 0, 0, 0, F_WRLCK, 0) : pack('s s x4 q q i x4', F_WRLCK, 0, 0, 0, 0);
fcntl($file, F_SETLK, $lock) or answer('busy fcntl');
flock($file, LOCK_EX | LOCK_NB) or answer('busy flock');
$SIG{TERM} = sub { close($file); answer('released') };
$SIG{USR1} = sub { syswrite(STDOUT, "held\\n") };
syswrite(STDOUT, "held\\n");
for (;;) {
  my $count = sysread(STDIN, my $rest, 1);
  last if defined $count ? $count == 0 : !$!{EINTR};
}
exit 0;
sub answer { syswrite(STDOUT, "$_[0]\\n"); exit 0 }`;

const PYTHON = `import fcntl, os, signal, sys
def answer(text):
    os.write(1, (text + "\\n").encode())
    os._exit(0)
try:
    file = os.open(sys.argv[1], os.O_RDWR | os.O_CREAT, 0o644)
except OSError as error:
    answer("failed " + error.strerror)
try:
    fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
except OSError:
    answer("busy fcntl")
try:
    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
except OSError:
    answer("busy flock")
def release(*_):
    os.close(file)
    answer("released")
signal.signal(signal.SIGTERM, release)
signal.signal(signal.SIGUSR1, lambda *_: os.write(1, b"held\\n"))
os.write(1, b"held\\n")
while os.read(0, 1):
    pass`;

/** How long a child may take to answer: it does nothing but start. */
const PATIENCE_MS = 20_000;
const POLL_MS = 2;
/** A child that has not answered by then is looked at: it may be dead. */
const LOOK_MS = 50;

/** Undefined if there is no perl, or none whose `struct flock` is known. Throws EnvError as `takeSystemLock` does. */
export function lockByPerl(path: string): SystemLock | undefined {
  const is64 = process.arch === 'x64' || process.arch === 'arm64';
  if (!is64 || (process.platform !== 'linux' && process.platform !== 'darwin')) return undefined;
  return Holder.start('perl', ['-e', PERL, path, process.platform])?.held(path);
}

/** Undefined if there is no python3. Throws EnvError as `takeSystemLock` does. */
export function lockByPython(path: string): SystemLock | undefined {
  return Holder.start('python3', ['-c', PYTHON, path])?.held(path);
}

const CODES: Record<string, EnvErrorCode> = {
  'No such file or directory': 'not-found',
  'Permission denied': 'permission',
  'Read-only file system': 'permission',
};

/** A child that holds a lock. It writes its answers to a file, so that they can be waited for without an event loop. */
class Holder {
  private readonly child: ChildProcess;
  private readonly answers: number;
  private answered = 0;
  private hasEnded = false;
  private isReleased = false;

  /** Undefined if there is no such program. */
  static start(program: string, args: string[]): Holder | undefined {
    const folder = mkdtempSync(join(tmpdir(), 'lsm-lock-'));
    const answers = openSync(join(folder, 'answers'), 'w+');
    rmSync(folder, { recursive: true });
    const child = spawn(program, args, { stdio: ['pipe', answers, 'ignore'] });
    // It may fail to start, or end when its input ends: neither is news.
    child.on('error', () => {});
    child.stdin?.on('error', () => {});
    if (child.pid !== undefined) return new Holder(child, answers);
    closeSync(answers);
    return undefined;
  }

  private constructor(child: ChildProcess, answers: number) {
    this.child = child;
    this.answers = answers;
    child.on('exit', () => {
      this.hasEnded = true;
    });
    // Neither keeps this process alive.
    child.unref();
    (child.stdin as unknown as { unref?: () => void } | null)?.unref?.();
  }

  /** Undefined if the program ends without a word: a stub that stands for one which is not installed, as macOS has. */
  held(path: string): SystemLock | undefined {
    const answer = this.nextAnswer();
    if (answer === 'held') {
      const inode = inodeOf(path);
      return {
        keepsOut: 'all',
        isHeld: () => this.isHeld() && inodeOf(path) === inode,
        release: () => this.release(),
      };
    }
    this.end();
    if (answer === undefined) return undefined;
    if (answer.startsWith('busy')) throw lockedBy(path, answer === 'busy flock' ? 'flock' : 'fcntl');
    const reason = answer.replace(/^failed /, '');
    // The file could not be opened: LevelDB names it alone then (PosixEnv::LockFile).
    throw new EnvError(CODES[reason] ?? 'io', path, reason);
  }

  /**
   * Asks the child, which holds the lock as long as it lives. That it ended is told by an event, which does not come
   * before whoever asks has returned to the event loop, and until then its pid is taken by what is left of it.
   */
  private isHeld(): boolean {
    if (this.isReleased || this.hasEnded || !this.child.kill('SIGUSR1')) return false;
    return this.nextAnswer() === 'held';
  }

  private release(): void {
    if (this.isReleased) return;
    this.isReleased = true;
    if (!this.hasEnded && this.child.kill('SIGTERM')) this.nextAnswer();
    this.end();
  }

  private end(): void {
    this.child.stdin?.destroy();
    closeSync(this.answers);
  }

  /** Waits for it; undefined if the child has ended, or does not answer and was ended for it. */
  private nextAnswer(): string | undefined {
    const sleeper = new Int32Array(new SharedArrayBuffer(4));
    const started = Date.now();
    for (let nextLook = started + LOOK_MS, isDead = false; ; ) {
      const answer = this.readAnswer();
      if (answer !== undefined || isDead) return answer;
      const now = Date.now();
      if (now - started > PATIENCE_MS) {
        this.child.kill('SIGKILL');
        return undefined;
      }
      if (now >= nextLook) {
        // What it answered before it died is read once more.
        isDead = hasDied(this.child.pid!);
        nextLook = now + 4 * (now - started);
      } else Atomics.wait(sleeper, 0, 0, POLL_MS);
    }
  }

  private readAnswer(): string | undefined {
    const buffer = Buffer.alloc(256);
    const text = buffer.toString('utf8', 0, readSync(this.answers, buffer, 0, buffer.length, this.answered));
    const end = text.indexOf('\n');
    if (end < 0) return undefined;
    this.answered += end + 1;
    return text.slice(0, end);
  }
}

/** Whether a child of ours has ended: until the event loop has heard of it, it is there as a zombie. */
function hasDied(pid: number): boolean {
  try {
    // The program's name stands in parentheses and may hold any character.
    const [, state] = /^.*\) (\S)/s.exec(readFileSync(`/proc/${pid}/stat`, 'latin1')) ?? [];
    return state === 'Z' || state === 'X';
  } catch {
    if (process.platform === 'linux') return existsSync('/proc/self');
  }
  const { status, stdout } = spawnSync('/bin/ps', ['-o', 'state=', '-p', `${pid}`], { encoding: 'utf8' });
  return status === 1 || /^\s*Z/.test(stdout ?? '');
}
