// What `vscode` exports, as one module of the bundle. Left external, every file that imports it would copy all of its
// names into an object of its own when the extension is loaded, which takes half of that time.
import { readFileSync } from 'node:fs';

const DECLARATION = /^\texport (?:namespace|class|enum|const|function) (\w+)/gm;

/** @type {import('esbuild').Plugin} */
export const vscodePlugin = {
  name: 'vscode',
  setup(build) {
    build.onResolve({ filter: /^vscode$/ }, ({ kind, path }) =>
      kind === 'require-call' ? { path, external: true } : { path, namespace: 'vscode' },
    );
    build.onLoad({ filter: /.*/, namespace: 'vscode' }, () => {
      const declared = readFileSync('node_modules/@types/vscode/index.d.ts', 'utf8');
      const names = new Set([...declared.matchAll(DECLARATION)].map(([, name]) => name));
      return { contents: `export const { ${[...names].join(', ')} } = require('vscode');` };
    });
  },
};
