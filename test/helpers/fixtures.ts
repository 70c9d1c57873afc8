import { join, resolve } from 'node:path';

/** Databases made by others, kept beside the repository. */
export const sharedFixtures = resolve(process.env.LSM_FIXTURES ?? '../shared/fixtures');

/** Small databases made by other programs, in the repository. */
export const fixtures = resolve('test/fixtures');

export function fixture(...parts: string[]): string {
  return join(fixtures, ...parts);
}
