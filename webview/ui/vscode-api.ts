// The door to the extension. VS Code hands it out once to a page.

export interface VsCodeApi {
  postMessage(message: unknown): void;
  getState(): unknown;
  setState(state: unknown): void;
}

declare function acquireVsCodeApi(): VsCodeApi;

let acquired: VsCodeApi | undefined;

/** The page's API object; the same one on every call. */
export function vscodeApi(): VsCodeApi {
  acquired ??= acquireVsCodeApi();
  return acquired;
}
