// How a webview and the extension talk: requests with a number, each answered once; events without. What goes into the
// webview is packed (pack.ts). A failure has a text for people, and a code where a page does something about it.

import type { Packed } from './pack';

export interface RpcRequest {
  kind: 'request';
  id: number;
  method: string;
  params: unknown[];
}

export type RpcResponse =
  | ({ kind: 'response'; id: number; ok: true } & Packed)
  | { kind: 'response'; id: number; ok: false; error: string; code?: string };

export interface RpcEvent extends Packed {
  kind: 'event';
  name: string;
}

export type RpcMessage = RpcRequest | RpcResponse | RpcEvent;

/** The calls of an interface as promises. */
export type Remote<Calls> = {
  [Name in keyof Calls]: Calls[Name] extends (...params: infer Params) => infer Result
    ? (...params: Params) => Promise<Awaited<Result>>
    : never;
};
