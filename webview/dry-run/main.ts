// The dry run's panel. webview/protocol/dry-run.ts says how it talks to the extension.
import '../ui/controls';
import '../ui/level-map';
import { LsmDryRun } from './app';

customElements.define('lsm-dry-run', LsmDryRun);
