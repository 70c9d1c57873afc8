import type { EventType } from '../protocol/trace-event';
import type { StepFrame, TraceFrame } from '../protocol/trace-frame';

/** What an event of a type says of itself; never for types whose sentence is made of the picture alone. */
export type StepOf<Type extends EventType> = Extract<StepFrame, { type: Type }>;

/** For each type of event the sentence that tells what it means. */
export type Sentences<Types extends EventType> = {
  readonly [Type in Types]: (frame: TraceFrame, step: StepOf<Type>) => string;
};

export function stepIs<Type extends EventType>(
  step: StepFrame | undefined,
  type: Type,
): step is StepOf<Type> {
  return step?.type === type;
}

/** Sentences one behind the other, without those that have nothing to say. */
export function together(...parts: (string | undefined | false)[]): string {
  return parts.filter((part) => part).join(' ');
}
