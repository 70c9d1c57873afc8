// The few globals that the engine uses and that every JavaScript host has. The engine's project
// loads neither the DOM's types nor Node's, so that nothing else of a host can slip in.

declare class TextDecoder {
  constructor(label?: string, options?: { fatal?: boolean; ignoreBOM?: boolean });
  decode(input?: Uint8Array): string;
}

declare class TextEncoder {
  encode(input?: string): Uint8Array<ArrayBuffer>;
  encodeInto(source: string, target: Uint8Array): { read: number; written: number };
}
