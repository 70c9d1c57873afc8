import { readFileSync } from 'node:fs';

/** Where `npm run package` puts the extension, from the project's root. */
export function packageFile() {
  const { name, version } = JSON.parse(readFileSync('package.json', 'utf8'));
  return `dist/${name}-${version}.vsix`;
}
