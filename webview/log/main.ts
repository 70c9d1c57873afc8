// The write-ahead log editor. webview/protocol/log.ts says how it talks to the extension.
import '../ui/bytes-view';
import '../ui/controls';
import '../ui/file-map';
import '../ui/grid';
import '../ui/problem-list';
import '../ui/splitter';
import '../ui/tabs';
import { LsmLog } from './app';

customElements.define('lsm-log', LsmLog);
