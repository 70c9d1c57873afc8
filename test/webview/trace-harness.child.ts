// To look at the trace page in a browser: `node esbuild.mjs --tests && node dist/test/webview/trace-harness.child.mjs`.
import { startTraceHarness } from './trace-harness';

const { url } = await startTraceHarness();
for (const trace of ['compaction', 'entries', 'auto', 'recovery', 'damaged', 'broken', 'file', 'long']) {
  console.log(`${url}?theme=dark&trace=${trace}`);
}
