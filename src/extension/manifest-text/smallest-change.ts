/** What to put in place of [start, end) of a text to get another one: nothing that they share at either end. */
export function smallestChange(before: string, after: string): { start: number; end: number; text: string } {
  const most = Math.min(before.length, after.length);
  let start = 0;
  while (start < most && before.charCodeAt(start) === after.charCodeAt(start)) start++;
  let shared = 0;
  while (
    shared < most - start &&
    before.charCodeAt(before.length - 1 - shared) === after.charCodeAt(after.length - 1 - shared)
  )
    shared++;
  return { start, end: before.length - shared, text: after.slice(start, after.length - shared) };
}
