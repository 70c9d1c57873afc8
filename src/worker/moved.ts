// Arrays that an answer hands over to the other thread for good: their memory changes hands, and nothing is copied.

const moved = new WeakMap<object, ArrayBuffer[]>();

/**
 * Marks the typed arrays in an answer's fields, and in those of objects in it, as handed over: nobody else holds them, and
 * each is all of its buffer. Gives the answer back.
 */
export function moving<Answer extends object>(answer: Answer): Answer {
  const buffers = new Set<ArrayBuffer>();
  collect(answer, buffers);
  moved.set(answer, [...buffers]);
  return answer;
}

/** What goes with an answer. */
export function movedWith(answer: unknown): ArrayBuffer[] {
  return typeof answer === 'object' && answer !== null ? (moved.get(answer) ?? []) : [];
}

function collect(value: object, buffers: Set<ArrayBuffer>): void {
  for (const field of Object.values(value)) {
    if (ArrayBuffer.isView(field)) {
      const { buffer, byteLength } = field;
      if (buffer instanceof ArrayBuffer && buffer.byteLength === byteLength) buffers.add(buffer);
    } else if (typeof field === 'object' && field !== null && !Array.isArray(field)) collect(field, buffers);
  }
}
