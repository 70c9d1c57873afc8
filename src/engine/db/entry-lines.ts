// The lines of a dump, made of the entries' bytes without a string in between: a dump is as long as its database.

const ROOM = 1 << 16;
/** The most that one byte takes: a backslash of JSON, and \xNN. */
const MOST = 5;
const HEX = encoded('0123456789abcdef');
const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** How a byte is written: as it is, with a backslash before it, or by its number. */
const Form = { plain: 0, quoted: 1, escaped: 2, hex: 3 } as const;

/** How keys and values are written: escaped or, with `hex`, as digits; `json` makes an object of each line. */
export interface LineForm {
  json: boolean;
  hex: boolean;
}

/** Entries in a form, one line each: with tabs, or a JSON object with `key` and `value`. */
export class EntryLines {
  private readonly room: number;
  private readonly out: Uint8Array;
  private used = 0;
  private readonly write: (bytes: Uint8Array) => void;
  private readonly forms: Uint8Array;
  private readonly numbered: Uint8Array;
  private readonly before: Uint8Array;
  private readonly between: Uint8Array;
  private readonly behind: Uint8Array;

  /** `write` is called with views of up to `room` bytes that are valid during the call, each time but at last near it. */
  constructor({ json, hex }: LineForm, write: (bytes: Uint8Array) => void, room = ROOM) {
    this.room = room;
    this.out = new Uint8Array(room);
    this.write = write;
    this.forms = formsOf(json, hex);
    this.numbered = encoded(json ? '\\\\x' : '\\x');
    this.before = encoded(json ? '{"key":"' : '');
    this.between = encoded(json ? '","value":"' : '\t');
    this.behind = encoded(json ? '"}\n' : '\n');
  }

  /** Adds `bytes[key, key + keyLength)` -> `bytes[value, value + valueLength)`. */
  add(bytes: Uint8Array, key: number, keyLength: number, value: number, valueLength: number): void {
    this.text(this.before);
    this.bytes(bytes, key, key + keyLength);
    this.text(this.between);
    this.bytes(bytes, value, value + valueLength);
    this.text(this.behind);
  }

  /** Writes what is left. */
  flush(): void {
    const { used } = this;
    this.used = 0;
    if (used > 0) this.write(this.out.subarray(0, used));
  }

  private text(text: Uint8Array): void {
    if (this.used + text.length > this.room) this.flush();
    this.out.set(text, this.used);
    this.used += text.length;
  }

  private bytes(bytes: Uint8Array, start: number, end: number): void {
    const { room } = this;
    for (let from = start; from < end; ) {
      if (room - this.used < MOST * Math.min(end - from, room / MOST / 2)) this.flush();
      const to = Math.min(end, from + Math.floor((room - this.used) / MOST));
      this.part(bytes, from, to);
      from = to;
    }
  }

  private part(bytes: Uint8Array, start: number, end: number): void {
    const { out, forms, numbered } = this;
    let { used } = this;
    for (let i = start; i < end; i++) {
      const byte = bytes[i];
      const form = forms[byte];
      if (form === Form.plain) {
        out[used++] = byte;
        continue;
      }
      if (form === Form.quoted) {
        out[used++] = BACKSLASH;
        out[used++] = byte;
        continue;
      }
      if (form === Form.escaped) for (let n = 0; n < numbered.length; n++) out[used++] = numbered[n];
      out[used++] = HEX[byte >>> 4];
      out[used++] = HEX[byte & 15];
    }
    this.used = used;
  }
}

/** As engine/bytes/escape.ts has the text of a byte, and JSON that text. */
function formsOf(json: boolean, hex: boolean): Uint8Array {
  return Uint8Array.from({ length: 256 }, (_, byte) => {
    if (hex) return Form.hex;
    if (byte < 0x20 || byte >= 0x7f || byte === BACKSLASH) return Form.escaped;
    return json && byte === QUOTE ? Form.quoted : Form.plain;
  });
}

function encoded(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
