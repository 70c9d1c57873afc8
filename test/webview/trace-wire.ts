// Calls of the trace page as text: packed as they are for a page, their bytes in hexadecimal digits.
import { packBytes, unpackBytes } from '../../webview/protocol/pack';
import { fromHex, toHex } from '../../webview/ui/bytes';

export interface WireCall {
  method: string;
  params: unknown[];
}

export interface WireAnswer {
  value?: unknown;
  error?: string;
  events: { name: string; value: unknown }[];
}

export function toWire(value: WireCall | WireAnswer): string {
  const packed = packBytes(value);
  return JSON.stringify({ value: packed.value, bytes: toHex(packed.bytes) });
}

export function fromWire(text: string): unknown {
  const { value, bytes } = JSON.parse(text) as { value: unknown; bytes: string };
  return unpackBytes({ value, bytes: fromHex(bytes) });
}
