// How the extension shows what the worker gives. Small and pure: the host's thread may do this much.

export { equalBytes } from '../engine/bytes/compare';
export { escapeBytes, unescapeBytes } from '../engine/bytes/escape';
export { humanBytes } from '../engine/bytes/human';
