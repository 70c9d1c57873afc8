// The table editor. webview/protocol/table.ts says how it talks to the extension.
import '../ui/bytes-view';
import '../ui/controls';
import '../ui/file-map';
import '../ui/grid';
import '../ui/problem-list';
import '../ui/splitter';
import '../ui/tabs';
import { LsmTable } from './app';

customElements.define('lsm-table', LsmTable);
