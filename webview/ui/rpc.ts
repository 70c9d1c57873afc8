// The webview's end of webview/protocol/rpc.ts.
import { packParameter, unpackBytes } from '../protocol/pack';
import type { Remote, RpcMessage, RpcRequest } from '../protocol/rpc';
import type { VsCodeApi } from './vscode-api';

interface Waiting {
  resolve(value: unknown): void;
  reject(error: Error): void;
}

/** A call that failed in the extension. */
export class RpcError extends Error {
  readonly code: string | undefined;

  constructor(message: string, code: string | undefined) {
    super(message);
    this.code = code;
  }
}

/** Asks the extension and hears its events. A call that fails there rejects here with an RpcError. */
export class RpcClient<Calls extends object, Events extends object> {
  /** The extension's calls as functions that return promises. */
  readonly calls: Remote<Calls>;
  readonly #api: VsCodeApi;
  readonly #waiting = new Map<number, Waiting>();
  readonly #listeners = new Map<string, ((value: never) => void)[]>();
  #lastId = 0;

  constructor(api: VsCodeApi) {
    this.#api = api;
    window.addEventListener('message', (event: MessageEvent<unknown>) => this.#hear(event.data));
    this.calls = new Proxy({} as Remote<Calls>, {
      get: (_, method) => {
        // An object with `then` would be taken for a promise by `await`.
        if (typeof method !== 'string' || method === 'then') return undefined;
        return (...params: unknown[]) => this.#call(method, params);
      },
    });
  }

  on<Name extends keyof Events & string>(name: Name, listener: (value: Events[Name]) => void): void {
    const listeners = this.#listeners.get(name) ?? [];
    listeners.push(listener as (value: never) => void);
    this.#listeners.set(name, listeners);
  }

  #call(method: string, params: unknown[]): Promise<unknown> {
    const id = ++this.#lastId;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      const request: RpcRequest = { kind: 'request', id, method, params: params.map(packParameter) };
      try {
        this.#api.postMessage(request);
      } catch (error) {
        this.#waiting.delete(id);
        reject(error instanceof Error ? error : new Error(String(error)));
      }
    });
  }

  #hear(data: unknown): void {
    if (typeof data !== 'object' || data === null || !('kind' in data)) return;
    const message = data as RpcMessage;
    if (message.kind === 'response') {
      const waiting = this.#waiting.get(message.id);
      this.#waiting.delete(message.id);
      if (message.ok) waiting?.resolve(unpackBytes(message));
      else waiting?.reject(new RpcError(message.error, message.code));
    } else if (message.kind === 'event') {
      const value = unpackBytes(message) as never;
      for (const listener of this.#listeners.get(message.name) ?? []) listener(value);
    }
  }
}

/** The text of whatever was thrown. */
export function errorText(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
