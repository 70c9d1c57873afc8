// Texts with numbers: one thing is not said as many, in no language.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { plural, setTexts } from '../../webview/ui/text';

// Of the page, only its language is asked for.
Object.assign(globalThis, { document: { documentElement: { lang: 'en' } } });

test('one and many, with their number and whatever else stands in the text', () => {
  assert.equal(plural(1, '1 batch', '{0} batches'), '1 batch');
  assert.equal(plural(0, '1 batch', '{0} batches'), '0 batches');
  assert.equal(plural(12345, '1 batch', '{0} batches'), '12,345 batches');
  assert.equal(plural(1, '1 byte at {1}', '{0} bytes at {1}', 'x'), '1 byte at x');
  assert.equal(plural(2, '1 byte at {1}', '{0} bytes at {1}', 'x'), '2 bytes at x');
  setTexts({ '1 batch': '1 个批次', '{0} batches': '{0} 个批次' });
  assert.equal(plural(1, '1 batch', '{0} batches'), '1 个批次');
  assert.equal(plural(7, '1 batch', '{0} batches'), '7 个批次');
});
