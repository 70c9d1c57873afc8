// The cases of LevelDB's db/dbformat_test.cc.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { escapeBytes } from '../../src/engine/bytes/escape';
import type { U64 } from '../../src/engine/bytes/u64';
import { bytewiseComparator } from '../../src/engine/keys/comparator';
import {
  encodeInternalKey,
  InternalKeyComparator,
  MAX_SEQUENCE,
  parseInternalKey,
  TYPE_FOR_SEEK,
  ValueType,
} from '../../src/engine/keys/internal-key';
import { bytes, text } from './table-harness';

const comparator = new InternalKeyComparator(bytewiseComparator);
const { value, deletion } = ValueType;

function internalKey(userKey: string, sequence: U64, type: number): string {
  return text(encodeInternalKey(bytes(userKey), sequence, type));
}

function shorten(start: string, limit: string): string {
  return text(comparator.shortestSeparator(bytes(start), bytes(limit)));
}

function shortSuccessor(key: string): string {
  return text(comparator.shortSuccessor(bytes(key)));
}

test('dbformat_test: InternalKey_EncodeDecode', () => {
  const powers = [8, 16, 32].map((power) => 2 ** power);
  const sequences = [1, 2, 3, ...powers.flatMap((power) => [power - 1, power, power + 1])];
  for (const key of ['', 'k', 'hello', 'longggggggggggggggggggggg']) {
    for (const sequence of [...sequences, 2n ** 53n, MAX_SEQUENCE]) {
      for (const [type, name] of [
        [value, 'value'],
        [deletion, 'deletion'],
      ] as const) {
        assert.deepEqual(parseInternalKey(bytes(internalKey(key, sequence, type))), {
          userKey: bytes(key),
          sequence,
          type: name,
        });
      }
    }
  }
  assert.equal(parseInternalKey(bytes('bar')), undefined);
});

test('dbformat_test: InternalKey_DecodeFromEmpty', () => {
  assert.equal(parseInternalKey(new Uint8Array(0)), undefined);
});

test('dbformat_test: InternalKeyShortSeparator', () => {
  const foo = internalKey('foo', 100, value);
  // The user keys are the same.
  assert.equal(shorten(foo, internalKey('foo', 99, value)), foo);
  assert.equal(shorten(foo, internalKey('foo', 101, value)), foo);
  assert.equal(shorten(foo, internalKey('foo', 100, value)), foo);
  assert.equal(shorten(foo, internalKey('foo', 100, deletion)), foo);
  // They are in the wrong order.
  assert.equal(shorten(foo, internalKey('bar', 99, value)), foo);
  // They differ and are in order.
  assert.equal(shorten(foo, internalKey('hello', 200, value)), internalKey('g', MAX_SEQUENCE, TYPE_FOR_SEEK));
  // One is a prefix of the other.
  assert.equal(shorten(foo, internalKey('foobar', 200, value)), foo);
  const foobar = internalKey('foobar', 100, value);
  assert.equal(shorten(foobar, internalKey('foo', 200, value)), foobar);
});

test('dbformat_test: InternalKeyShortestSuccessor', () => {
  assert.equal(shortSuccessor(internalKey('foo', 100, value)), internalKey('g', MAX_SEQUENCE, TYPE_FOR_SEEK));
  assert.equal(shortSuccessor(internalKey('\xff\xff', 100, value)), internalKey('\xff\xff', 100, value));
});

/** DebugString's text, from the parts that the engine gives. */
function debugString(key: string): string {
  const parsed = parseInternalKey(bytes(key));
  if (!parsed) return `(bad)${escapeBytes(bytes(key))}`;
  return `'${escapeBytes(parsed.userKey)}' @ ${parsed.sequence} : ${ValueType[parsed.type]}`;
}

test('dbformat_test: ParsedInternalKeyDebugString', () => {
  const key = internalKey(`The "key" in 'single quotes'`, 42, value);
  assert.equal(debugString(key), `'The "key" in 'single quotes'' @ 42 : 1`);
});

test('dbformat_test: InternalKeyDebugString', () => {
  const key = internalKey(`The "key" in 'single quotes'`, 42, value);
  assert.equal(debugString(key), `'The "key" in 'single quotes'' @ 42 : 1`);
  assert.equal(debugString(''), '(bad)');
});
