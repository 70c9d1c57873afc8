// What survives hide and reload. VS Code keeps it as JSON, which has no bytes: they become a tagged hex string.
import { fromHex, toHex } from './bytes';
import type { VsCodeApi } from './vscode-api';

const TAG = '$bytes';

/** Keeps one value of a known shape in the webview's state. */
export class SavedState<State extends object> {
  readonly #api: VsCodeApi;

  constructor(api: VsCodeApi) {
    this.#api = api;
  }

  /** What was saved last; nothing when there is none. Parts can be missing: an older version may have saved it. */
  load(): Partial<State> {
    const state = unpack(this.#api.getState());
    return typeof state === 'object' && state !== null ? (state as Partial<State>) : {};
  }

  save(state: State): void {
    this.#api.setState(pack(state));
  }
}

function pack(value: unknown): unknown {
  if (value instanceof Uint8Array) return { [TAG]: toHex(value) };
  if (Array.isArray(value)) return value.map(pack);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, pack(part)]));
}

function unpack(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(unpack);
  if (typeof value !== 'object' || value === null) return value;
  if (TAG in value) return typeof value[TAG] === 'string' ? fromHex(value[TAG]) : undefined;
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, unpack(part)]));
}
