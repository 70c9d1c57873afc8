// The page of a trace. webview/protocol/trace.ts says how it talks to the extension.
import '../ui/controls';
import '../ui/grid';
import '../ui/level-map';
import '../ui/splitter';
import '../ui/tabs';
import { LsmTrace } from './app';
import './event-list';
import './table-tab';
import './timeline';
import './what-if';

customElements.define('lsm-trace', LsmTrace);
