// LevelDB's lock on a file, taken from Node, which has no call for it: a child process holds it.

import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, readSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EnvError, type EnvErrorCode, type FileLock } from './env';
import { attempt } from './node';

/** Who holds a lock, as far as the system tells. */
export interface LockHolder {
  pid: number;
  /** `fcntl` as C++ LevelDB takes it, `flock` as goleveldb does. */
  kind: 'fcntl' | 'flock';
  /** The program's name. */
  program: string | undefined;
}

/**
 * Takes both kinds of lock: fcntl over the whole file and flock. Answers `held`, or `busy` and which; lets go and
 * answers `released` at SIGTERM; ends with the process that started it, since its input ends then.
 */
const PERL = `use strict; use Fcntl qw(:DEFAULT :flock);
my ($path, $layout) = @ARGV;
sysopen(my $file, $path, O_RDWR | O_CREAT, 0644) or answer("failed $!");
my $lock = $layout eq 'darwin' ? pack('q q i s s', 0, 0, 0, F_WRLCK, 0) : pack('s s x4 q q i x4', F_WRLCK, 0, 0, 0, 0);
fcntl($file, F_SETLK, $lock) or answer('busy fcntl');
flock($file, LOCK_EX | LOCK_NB) or answer('busy flock');
$SIG{TERM} = sub { close($file); answer('released') };
syswrite(STDOUT, "held\\n");
while (sysread(STDIN, my $rest, 1)) {}
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
os.write(1, b"held\\n")
while os.read(0, 1):
    pass`;

/** How long a child may take to answer: it does nothing but start. */
const PATIENCE_MS = 20_000;
const POLL_MS = 2;

/**
 * Takes LevelDB's lock and goleveldb's on a file, which is created, for as long as this process lives or until
 * `release`. Throws EnvError: `locked` with the holder's pid where the system tells it; `unsupported` where neither perl
 * nor python3 is there to hold it.
 */
export function takeSystemLock(path: string): FileLock {
  if (process.platform === 'win32') return takeWindowsLock(path);
  const programs = isPerlLayoutKnown() ? ['perl', 'python3'] : ['python3'];
  for (const program of programs) {
    const script = program === 'perl' ? ['-e', PERL] : ['-c', PYTHON];
    const holder = Holder.start(program, [...script, path, process.platform]);
    if (holder) return holder.held(path);
  }
  const reason = 'no lock can be held here: neither perl nor python3 was found';
  throw new EnvError('unsupported', `lock ${path}`, reason);
}

/** The layout of `struct flock` differs: these are known. */
function isPerlLayoutKnown(): boolean {
  const is64 = process.arch === 'x64' || process.arch === 'arm64';
  return is64 && (process.platform === 'linux' || process.platform === 'darwin');
}

/** LevelDB opens LOCK there without sharing, which fails while this handle is open, and the other way round. */
function takeWindowsLock(path: string): FileLock {
  let descriptor: number;
  try {
    descriptor = openSync(path, 'a+');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EBUSY' || code === 'EACCES' || code === 'EPERM') throw lockedBy(path, undefined);
    return attempt(path, () => {
      throw error;
    });
  }
  return { release: () => closeSync(descriptor) };
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

  held(path: string): FileLock {
    const [answer] = this.wait(1, path);
    if (answer === 'held') return { release: () => this.release(path) };
    this.end();
    if (answer.startsWith('busy')) throw lockedBy(path, answer === 'busy flock' ? 'flock' : 'fcntl');
    const reason = answer.replace(/^failed /, '');
    // The file could not be opened: LevelDB names it alone then (PosixEnv::LockFile).
    throw new EnvError(CODES[reason] ?? 'io', path, reason);
  }

  private release(path: string): void {
    if (this.isReleased) return;
    this.isReleased = true;
    if (!this.hasEnded) {
      this.child.kill('SIGTERM');
      this.wait(2, path);
    }
    this.end();
  }

  private end(): void {
    this.child.stdin?.destroy();
    closeSync(this.answers);
  }

  /** The child's answers, once there are `count`. */
  private wait(count: number, path: string): string[] {
    const buffer = Buffer.alloc(1024);
    const sleeper = new Int32Array(new SharedArrayBuffer(4));
    for (const started = Date.now(); ; ) {
      const text = buffer.toString('utf8', 0, readSync(this.answers, buffer, 0, buffer.length, 0));
      const answers = text.split('\n').slice(0, -1);
      if (answers.length >= count) return answers;
      if (Date.now() - started > PATIENCE_MS) {
        this.child.kill('SIGKILL');
        this.end();
        throw new EnvError('io', `lock ${path}`, 'the process that was to hold the lock does not answer');
      }
      Atomics.wait(sleeper, 0, 0, POLL_MS);
    }
  }
}

function lockedBy(path: string, kind: LockHolder['kind'] | undefined): EnvError {
  const holder = lockHolders(path).find((each) => kind === undefined || each.kind === kind);
  const who = holder
    ? `process ${holder.pid}${holder.program ? ` (${holder.program})` : ''}`
    : 'another process';
  return new EnvError('locked', `lock ${path}`, `held by ${who}`);
}

/** Who holds locks on a file, by /proc/locks; nobody is known elsewhere than on Linux. Opens nothing of the database. */
export function lockHolders(path: string): LockHolder[] {
  let text: string;
  let inode: bigint;
  try {
    ({ ino: inode } = statSync(path, { bigint: true }));
    text = readFileSync('/proc/locks', 'utf8');
  } catch {
    return [];
  }
  const holders: LockHolder[] = [];
  for (const line of text.split('\n')) {
    const match = /^\d+: (POSIX|FLOCK|OFDLCK) +\S+ +\S+ +(\d+) [0-9a-f]+:[0-9a-f]+:(\d+) /.exec(line);
    if (!match || BigInt(match[3]) !== inode) continue;
    const pid = Number(match[2]);
    holders.push({ pid, kind: match[1] === 'FLOCK' ? 'flock' : 'fcntl', program: programOf(pid) });
  }
  return holders;
}

function programOf(pid: number): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/comm`, 'utf8').trim();
  } catch {
    return undefined;
  }
}
