// The MANIFEST editor. webview/protocol/manifest.ts says how it talks to the extension.
import '../ui/controls';
import '../ui/field';
import '../ui/grid';
import '../ui/level-map';
import '../ui/menu';
import '../ui/problem-list';
import '../ui/splitter';
import '../ui/tabs';
import './add-entry';
import { LsmManifest } from './app';
import './changes';
import './edit-form';
import './rebuild';
import './time-bar';

customElements.define('lsm-manifest', LsmManifest);
