// To look at the Keys view in a browser: `node esbuild.mjs --tests && node dist/test/webview/harness.child.mjs`.
import { startHarness } from './harness';

const { url } = await startHarness();
console.log(`${url}?theme=dark`);
