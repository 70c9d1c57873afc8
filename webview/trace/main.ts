// The page of a trace. webview/protocol/trace.ts says how it talks to the extension.
import '../ui/controls';
import '../ui/level-map';
import '../ui/tabs';
import { LsmTrace } from './app';
import './what-if';

customElements.define('lsm-trace', LsmTrace);
