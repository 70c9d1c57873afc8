const NEWLINE = 0x0a;
/** A value of LevelDB's is below 4 GiB; a line that a string cannot hold is nobody's. */
const MAX_LINE_BYTES = 1 << 28;

/** The lines of a stream of bytes, without their ends, in lots of as many as come at once. */
export async function* splitLines(stream: AsyncIterable<Uint8Array>): AsyncGenerator<string[], void> {
  let rest: Uint8Array[] = [];
  let restBytes = 0;
  for await (const chunk of stream) {
    const lines: string[] = [];
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
      lines.push(Buffer.concat([...rest, chunk.subarray(start, end)]).toString());
      rest = [];
      restBytes = 0;
      start = end + 1;
    }
    // The stream's buffer is its own; what is kept is copied.
    const tail = chunk.slice(start);
    restBytes += tail.length;
    if (tail.length > 0 && restBytes <= MAX_LINE_BYTES) rest.push(tail);
    if (lines.length > 0) yield lines;
    // It is no JSON, which is what whoever reads it says.
    if (restBytes > MAX_LINE_BYTES) {
      yield ['a line that is too long'];
      return;
    }
  }
  if (rest.length > 0) yield [Buffer.concat(rest).toString()];
}
