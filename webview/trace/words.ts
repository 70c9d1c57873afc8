import type { TraceFrame, TraceTableDetails } from '../protocol/trace';

/** What the present event means, in words. */
export function sentenceOf(frame: TraceFrame): string {
  return frame.event?.text ?? '';
}

/** What a compaction has with a table, in words. */
export function tableRoleText(role: TraceTableDetails['role']): string {
  return role ?? '';
}
