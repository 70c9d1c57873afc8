import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encode } from '@msgpack/msgpack';
import type { DecoderName } from '../../webview/protocol/keys';
import { escapeBytes, unescapeBytes } from '../../webview/ui/bytes';
import { DECODER_NAMES, type DecodeOptions, decode, pickDecoder } from '../../webview/ui/decode/index';

const utf8 = (text: string) => new TextEncoder().encode(text);
const utf16 = (text: string) => new Uint8Array(Buffer.from(text, 'utf16le'));
const bytes = (...values: (number | Uint8Array)[]) =>
  Uint8Array.from(values.flatMap((value) => (typeof value === 'number' ? [value] : [...value])));

const line: DecodeOptions = { form: 'line', role: 'value' };
const pane: DecodeOptions = { form: 'document', role: 'value' };
const key: DecodeOptions = { form: 'line', role: 'key' };

const cases: [string, DecoderName, Uint8Array, DecodeOptions, string, boolean][] = [
  ['text', 'text', utf8('Grüße 日本'), line, 'Grüße 日本', true],
  ['controls in text', 'text', utf8('a\nb\tc\0'), line, 'a\\nb\\tc\\x00', true],
  ['line ends in a pane', 'text', utf8('a\r\nb'), pane, 'a\nb', true],
  ['bidi marks are seen', 'text', utf8('a\u202eb'), line, 'a\\u{202e}b', true],
  ['not UTF-8', 'text', bytes(utf8('aü'), 0xff, 0xc3), line, 'aü\\xff\\xc3', false],
  ['a cut character', 'text', utf8('aü').subarray(0, 2), { ...line, partial: true }, 'a', true],
  ['JSON', 'json', utf8('{"a":[1]}'), pane, '{\n  "a": [\n    1\n  ]\n}', true],
  ['JSON in a row', 'json', utf8('{\n  "a": 1\n}'), line, '{ "a": 1 }', true],
  ['not JSON', 'json', utf8('{"a"'), pane, '{"a"', false],
  ['hex', 'hex', bytes(0, 255), line, '00 ff', true],
  ['UTF-16', 'utf16', utf16('añ😀'), line, 'añ😀', true],
  ['odd UTF-16', 'utf16', bytes(97, 0, 98), line, '61 00 62', false],
  ['one byte', 'integer', bytes(200), line, '200', true],
  ['two bytes', 'integer', bytes(1, 2), line, 'LE 513  BE 258', true],
  [
    'eight bytes',
    'integer',
    bytes(255, 255, 255, 255, 255, 255, 255, 255),
    line,
    'LE 18446744073709551615  BE 18446744073709551615',
    true,
  ],
  ['no integer', 'integer', new Uint8Array(40), line, '00 '.repeat(40).trim(), false],
  [
    'MessagePack',
    'messagepack',
    encode({ a: [1, 'x', null], b: new Uint8Array([1, 2]) }),
    line,
    '{"a":[1,"x",null],"b":"0102"}',
    true,
  ],
  ['MessagePack and more', 'messagepack', bytes(encode([1]), 0), line, '91 01 00', false],
  ['a MessagePack bomb', 'messagepack', bytes(0xdd, 0xff, 0xff, 0xff, 0xff), line, 'dd ff ff ff ff', false],
  [
    'local storage, Latin-1',
    'chromium-local-storage',
    bytes(utf8('_https://example.com\0'), 1, utf8('theme')),
    key,
    'https://example.com · theme',
    true,
  ],
  [
    'local storage, UTF-16',
    'chromium-local-storage',
    bytes(utf8('_https://example.com\0'), 0, utf16('日本')),
    key,
    'https://example.com · 日本',
    true,
  ],
  [
    'local storage, META',
    'chromium-local-storage',
    utf8('META:https://example.com'),
    key,
    'META:https://example.com',
    true,
  ],
  ['local storage, a value', 'chromium-local-storage', bytes(1, utf8('dark'), 0xe9), line, 'darké', true],
  ['local storage, no value', 'chromium-local-storage', utf8('dark'), line, 'dark', false],
];

for (const [name, decoder, input, options, text, ok] of cases) {
  test(`decodes ${name}`, () => {
    const decoded = decode(input, decoder, options);
    assert.equal(decoded.text, text);
    assert.equal(decoded.ok, ok);
  });
}

test('a hex dump has offsets and an ASCII gutter', () => {
  const dump = decode(utf8('0123456789abcdefXY\n'), 'hex', pane).text;
  assert.equal(
    dump,
    '00000000  30 31 32 33 34 35 36 37  38 39 61 62 63 64 65 66  0123456789abcdef\n' +
      `00000010  58 59 0a${' '.repeat(15)}  ${' '.repeat(23)}  XY.`,
  );
});

test('auto picks by the bytes', () => {
  const storage = bytes(utf8('_https://example.com\0'), 1, utf8('theme'));
  const picks: [Uint8Array, DecodeOptions, DecoderName][] = [
    [new Uint8Array(), line, 'text'],
    [utf8('user:1'), key, 'text'],
    [utf8('{"a":1}'), line, 'json'],
    [utf8('{not json'), line, 'text'],
    [utf8('{"a":"cut of'), { ...line, partial: true }, 'json'],
    [utf16('hello'), line, 'utf16'],
    [encode({ a: 1, b: 1.5 }), line, 'messagepack'],
    [bytes(0, 1, 2, 3, 250, 251, 252, 253), line, 'hex'],
    [bytes(utf8('user:session:'), 0xff, 0), key, 'text'],
    [storage, key, 'chromium-local-storage'],
    [bytes(1, utf8('dark')), { ...line, key: storage }, 'chromium-local-storage'],
    [bytes(1, utf8('dark')), line, 'text'],
    [utf8('META:https://example.com'), key, 'chromium-local-storage'],
  ];
  for (const [input, options, decoder] of picks) assert.equal(pickDecoder(input, options), decoder);
});

test('no decoder throws, whatever the bytes', () => {
  let seed = 12345;
  const random = () => {
    seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
    return seed >>> 16;
  };
  for (let i = 0; i < 3000; i++) {
    const input = Uint8Array.from({ length: random() % 40 }, () => random() & 255);
    if (i % 3 === 0 && input.length > 0) input[0] = [0x81, 0xdc, 0x5f, 0, 1, 0x7b][i % 6]!;
    for (const name of DECODER_NAMES) {
      for (const form of ['line', 'document'] as const) {
        for (const role of ['key', 'value'] as const)
          decode(input, name, { form, role, partial: i % 2 === 0 });
      }
    }
  }
  const deep = utf8('['.repeat(200_000) + ']'.repeat(200_000));
  for (const name of DECODER_NAMES) decode(deep, name, pane);
  decode(new Uint8Array(100_000).fill(0x91), 'messagepack', pane);
});

test('escaped text is what the command line takes', () => {
  const input = Uint8Array.from({ length: 256 }, (_, i) => i);
  assert.deepEqual(unescapeBytes(escapeBytes(input)), input);
  assert.deepEqual(unescapeBytes('ü\\x5c'), bytes(0xc3, 0xbc, 0x5c));
  assert.equal(unescapeBytes('a\\n'), undefined);
});
