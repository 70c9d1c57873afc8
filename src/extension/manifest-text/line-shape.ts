// What stands where on a line of the text form (the grammar is in src/engine/manifest/README.md): for completion and hovers
// only. Whether a text is right is said by the worker.

/** In the order in which LevelDB writes them. The last three may come several times. */
export const FIELDS = [
  'comparator',
  'log-number',
  'prev-log-number',
  'next-file-number',
  'last-sequence',
  'compact-pointer',
  'delete',
  'add',
];
const FIRST_REPEATED = FIELDS.indexOf('compact-pointer');

const KEY = ['<key>', '@', '<sequence>', '<type>'];

/** What follows a line's first word: words as they are, and what stands for something in angle brackets. */
const SHAPES: Record<string, readonly string[]> = {
  edit: ['<number>', '@', '<offset>'],
  comparator: ['<name>'],
  'log-number': ['<number>'],
  'prev-log-number': ['<number>'],
  'next-file-number': ['<number>'],
  'last-sequence': ['<number>'],
  'compact-pointer': ['level', '<level>', ...KEY],
  delete: ['level', '<level>', 'file', '<file>'],
  add: ['level', '<level>', 'file', '<file>', 'size', '<size>', 'smallest', ...KEY, 'largest', ...KEY],
};

/** A part of a line, and what it stands for; undefined where nothing is expected. */
export interface Token {
  text: string;
  start: number;
  end: number;
  element: string | undefined;
}

export function tokensOf(line: string): Token[] {
  const tokens: Token[] = [];
  const expected: string[] = ['<field>'];
  for (const { 0: text, index } of line.matchAll(/"[^"]*"?|[^ ]+/g)) {
    const element = expected.shift();
    tokens.push({ text, start: index, end: index + text.length, element });
    if (element === '<field>' && Object.hasOwn(SHAPES, text)) expected.push(...SHAPES[text]);
    // `type 7` in place of `value`.
    if (element === '<type>' && text === 'type') expected.unshift('<type-number>');
  }
  return tokens;
}

/** What is being typed behind some text: what stands before it, its beginning, and what it stands for. */
export function typedAt(prefix: string): { before: Token[]; typed: Token } {
  const before = tokensOf(prefix);
  const last = before.at(-1);
  if (last && last.end === prefix.length && !/^".*"$/.test(last.text)) {
    before.pop();
    return { before, typed: last };
  }
  // One more word, to see what would be expected of it.
  const typed = tokensOf(`${prefix}${prefix === '' || prefix.endsWith(' ') ? '' : ' '}_`).at(-1)!;
  return { before, typed: { ...typed, text: '', start: prefix.length, end: prefix.length } };
}

/** The fields that a line may begin with, between two others. Undefined stands for none: the paragraph's end. */
export function fieldsBetween(above: string | undefined, below: string | undefined): string[] {
  if (above === undefined) return ['edit'];
  const least = FIELDS.indexOf(above);
  const most = below === undefined ? -1 : FIELDS.indexOf(below);
  return FIELDS.filter((_, rank) => {
    const isRepeated = rank >= FIRST_REPEATED;
    const follows = isRepeated ? rank >= least : rank > least;
    return follows && (most < 0 || (isRepeated ? rank <= most : rank < most));
  });
}

/** A line's first word; undefined for an empty line. */
export function firstWord(line: string): string | undefined {
  return tokensOf(line)[0]?.text;
}
