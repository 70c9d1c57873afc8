// The Keys view: the whole database in key order. webview/protocol/keys.ts says how it talks to the extension.
import '../ui/controls';
import '../ui/grid';
import '../ui/problem-list';
import '../ui/splitter';
import { LsmKeys } from './app';

customElements.define('lsm-keys', LsmKeys);
