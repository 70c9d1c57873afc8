/** Of a line, a message or a name: keys and names can be as long as the file. */
const MAX_CHARACTERS = 2000;

export function cutText(text: string): string {
  return text.length > MAX_CHARACTERS ? `${text.slice(0, MAX_CHARACTERS)}…` : text;
}

/** Lines as a text of at most `limit` characters; where it was cut, a last line says so. */
export function joinLines(lines: Iterable<string>, limit: number, what: string): string {
  const parts: string[] = [];
  let length = 0;
  for (const line of lines) {
    length += line.length + 1;
    if (length > limit) {
      parts.push(`… cut: the ${what} goes on`);
      break;
    }
    parts.push(line);
  }
  return `${parts.join('\n')}\n`;
}
