import { EnvError, type EnvErrorCode } from '../env/env';
import { LsmError } from '../problem';

/** A failure as it crosses between threads: errors lose their class and their fields there. */
export type SentFailure =
  | ({ kind: 'lsm' } & Pick<LsmError, 'status' | 'code' | 'message' | 'file' | 'offset'>)
  | { kind: 'env'; code: EnvErrorCode; path: string; reason: string }
  | { kind: 'other'; message: string };

export function sentFailure(error: unknown): SentFailure {
  if (error instanceof LsmError) {
    const { status, code, message, file, offset } = error;
    return { kind: 'lsm', status, code, message, file, offset };
  }
  if (error instanceof EnvError) {
    const { code, path, reason } = error;
    return { kind: 'env', code, path, reason };
  }
  return { kind: 'other', message: error instanceof Error ? error.message : String(error) };
}

/** The same failure here. */
export function receivedFailure(sent: SentFailure): Error {
  if (sent.kind === 'lsm') return new LsmError(sent.status, sent.code, sent.message, sent.file, sent.offset);
  if (sent.kind === 'env') return new EnvError(sent.code, sent.path, sent.reason);
  return new Error(sent.message);
}
