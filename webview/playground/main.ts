// The page of the playground. webview/protocol/playground.ts says how it talks to the extension.
import '../ui/controls';
import '../ui/grid';
import '../ui/level-map';
import '../ui/splitter';
import '../ui/tabs';
import '../trace/event-list';
import '../trace/timeline';
import { LsmPlayground } from './app';
import './config-form';

customElements.define('lsm-playground', LsmPlayground);
