// To look at the playground in a browser: `node esbuild.mjs --tests && node dist/test/webview/playground-harness.child.mjs`.
import { startPlaygroundHarness } from './playground-harness';

const { url } = await startPlaygroundHarness();
console.log(`${url}?theme=dark`);
console.log(`${url}?theme=light&lesson=size-compaction`);
