import assert from 'node:assert/strict';
import { test } from 'node:test';
import { escapeBytes, hexBytes } from '../../src/engine/bytes/escape';
import { EntryLines } from '../../src/engine/db/entry-lines';
import { randomNumbers } from '../helpers/leveldb';

const random = randomNumbers(77);

test('lines are what the texts of keys and values are, as they stand or in JSON', () => {
  for (const json of [false, true]) {
    for (const hex of [false, true]) {
      const parts: string[] = [];
      const lines = new EntryLines({ json, hex }, (bytes) => {
        assert.ok(bytes.length <= 1 << 16);
        parts.push(Buffer.from(bytes).toString('latin1'));
      });
      let expected = '';
      for (let n = 0; n < 300; n++) {
        const bytes = Uint8Array.from({ length: random(n % 50 === 0 ? 200_000 : 300) }, () =>
          n % 3 ? random(256) : 0x20 + random(0x60),
        );
        const from = random(bytes.length + 1);
        const middle = from + random(bytes.length - from + 1);
        lines.add(bytes, from, middle - from, middle, bytes.length - middle);
        const text = hex ? hexBytes : escapeBytes;
        const [key, value] = [text(bytes, from, middle), text(bytes, middle)];
        expected += json ? `${JSON.stringify({ key, value })}\n` : `${key}\t${value}\n`;
      }
      lines.flush();
      assert.ok(parts.join('') === expected, `json ${json}, hex ${hex}`);
    }
  }
});
