/** May write up to 15 bytes more. `from` is at least 16 bytes before `to`, or elsewhere. */
export function copyWide(to: usize, from: usize, length: usize): void {
  for (let i: usize = 0; i < length; i += 16) v128.store(to + i, v128.load(from + i));
}
