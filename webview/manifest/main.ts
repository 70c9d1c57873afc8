// The MANIFEST editor. webview/protocol/manifest.ts says how it talks to the extension.
import '../ui/controls';
import '../ui/grid';
import '../ui/level-map';
import '../ui/problem-list';
import '../ui/splitter';
import '../ui/tabs';
import { LsmManifest } from './app';
import './time-bar';

customElements.define('lsm-manifest', LsmManifest);
