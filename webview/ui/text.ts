// Texts in the display language, by their English ones.

let texts: Record<string, string> = {};

/** The text in the display language, with {0}, {1}, ... replaced. English where no translation is known. */
export function t(english: string, ...values: (string | number)[]): string {
  const text = Object.hasOwn(texts, english) ? texts[english]! : english;
  return text.replace(/\{(\d+)\}/g, (hole, index: string) => String(values[Number(index)] ?? hole));
}

export function setTexts(translated: Record<string, string>): void {
  texts = translated;
}

/** A whole number in the display language's digits and groups. */
export function count(value: number): string {
  return Math.round(value).toLocaleString(document.documentElement.lang || undefined);
}

/** `one` for a single one, else `many`, in which {0} is the number; `more` is {1} and so on in both. */
export function plural(value: number, one: string, many: string, ...more: (string | number)[]): string {
  return t(value === 1 ? one : many, count(value), ...more);
}

/** A size in words: `512 B`, `1.5 KB` (of 1024). */
export function byteSize(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  let value = bytes;
  let unit = -1;
  while (value >= 1024 && unit < 3) {
    value /= 1024;
    unit++;
  }
  return `${value.toFixed(value < 10 ? 1 : 0)} ${['KB', 'MB', 'GB', 'TB'][unit]}`;
}
