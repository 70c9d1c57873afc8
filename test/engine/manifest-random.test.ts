// Random edit scripts: undo of everything gives the first bytes back, the log done again gives the same state, and
// every state that the checks call sound opens in C++ LevelDB and here with what the MANIFEST says is in it.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { Database } from '../../src/engine/db/database';
import type { MemoryEnv } from '../../src/engine/env/memory';
import { bytewiseComparator } from '../../src/engine/keys/comparator';
import { encodeInternalKey } from '../../src/engine/keys/internal-key';
import { editLines } from '../../src/engine/manifest/edit-text';
import { isSound } from '../../src/engine/manifest/editing/checks';
import { ManifestDocument } from '../../src/engine/manifest/editing/document';
import { type Operation, OperationError, SINGLE_FIELDS } from '../../src/engine/manifest/editing/operation';
import { parseManifestText } from '../../src/engine/manifest/editing/parse-text';
import { applyAll } from '../../src/engine/manifest/editing/resolve';
import { ContentsDigest } from '../helpers/contents';
import { randomNumbers } from '../helpers/leveldb';
import { ManyDatabases } from '../helpers/many-databases';
import { DIRECTORY, encode } from '../helpers/small-database';
import {
  allChecks,
  baseEnv,
  baseNames,
  copyOf,
  expectedDigest,
  finish,
  folderOf,
  readEdited,
  saved,
} from './manifest-bases';

const SCRIPTS = 400;
const peers = new ManyDatabases();
after(() => peers.close());

test('editing: random scripts', async () => {
  let sound = 0;
  const opened = new Set<string>();
  for (let seed = 1; seed <= SCRIPTS; seed++) {
    const random = randomNumbers(seed);
    const env = baseEnv(baseNames[seed % 3 === 0 ? random(baseNames.length) : 0]);
    const document = new ManifestDocument(readEdited(env));
    const states = [document.state];
    for (let i = 1 + random(6); i > 0; i--) {
      if (attempt(document, env, random)) states.push(document.state);
      // Undo and redo in between leave the log as it is.
      if (random(4) === 0 && document.undo()) assert.ok(document.redo());
    }
    const asNew = random(4) === 0;
    const problems = allChecks(document, env, asNew);
    if (isSound(problems)) {
      sound++;
      const copy = saved(document, env, asNew);
      const expected = expectedDigest(document);
      const name = `seed ${seed}: ${JSON.stringify(document.toJSON())}`;
      assert.equal(contentsOf(copyOf(copy)), expected, `here: ${name}`);
      const known = `${expected} ${JSON.stringify([document.edits, asNew], plain)}`;
      if (!opened.has(known)) {
        opened.add(known);
        peers.add(copy, DIRECTORY, (contents) =>
          assert.deepEqual(contents, { first: expected, again: expected }, name),
        );
      }
    }
    assertLog(document, states, seed);
  }
  await peers.finish();
  assert.ok(sound > SCRIPTS / 4, `${sound} sound states`);
  assert.ok(peers.total > SCRIPTS / 10, `${peers.total} different ones`);
});

function plain(_: string, value: unknown): unknown {
  return typeof value === 'bigint' ? value.toString() : value;
}

function contentsOf(env: MemoryEnv): string {
  const database = Database.openNow(env, DIRECTORY, { comparator: bytewiseComparator, infoLog: false });
  const digest = new ContentsDigest();
  const iterator = database.iterator();
  const { cursor } = iterator;
  for (cursor.seekToFirst(); cursor.valid; cursor.next()) {
    const key = cursor.keyBuffer.slice(cursor.keyStart, cursor.keyEnd);
    const value = cursor.valueBuffer.slice(cursor.valueStart, cursor.valueEnd);
    // A get finds the same: nothing old is found before what is new.
    const { value: found } = database.get(key) as { value?: Uint8Array };
    assert.deepEqual(found && [...found], [...value], new TextDecoder().decode(key));
    digest.add(key, value);
  }
  iterator.close();
  database.close();
  return digest.digest();
}

function assertLog(
  document: ManifestDocument,
  states: readonly ManifestDocument['state'][],
  seed: number,
): void {
  const { base } = document;
  const { bytes } = document.encoded;
  const log = JSON.parse(JSON.stringify(document.toJSON()));
  assert.deepEqual(
    ManifestDocument.restore(base, log).encoded.bytes,
    bytes,
    `seed ${seed}: the log done again`,
  );
  const text = document.edits.flatMap((edit, i) => [`edit ${i} @ 0`, ...editLines(edit), '']).join('\n');
  const parsed = parseManifestText(text);
  assert.deepEqual(parsed.diagnostics, [], `seed ${seed}`);
  assert.deepEqual(parsed.edits, document.edits, `seed ${seed}: the text parsed`);
  for (let i = states.length - 2; i >= 0; i--) {
    assert.ok(document.undo());
    assert.equal(document.state, states[i]);
  }
  assert.ok(!document.canUndo);
  assert.equal(document.encoded.bytes, base.bytes, `seed ${seed}: the bytes after undo`);
}

/** A random operation, or a fix of a random problem. False if it cannot be done. */
function attempt(document: ManifestDocument, env: MemoryEnv, random: (limit: number) => number): boolean {
  const operations = random(3) === 0 ? randomFix(document, env, random) : [randomOperation(document, random)];
  if (operations.length !== 1) return false;
  try {
    finish(applyAll(document, operations, folderOf(env)));
    return true;
  } catch (error) {
    if (error instanceof OperationError) return false;
    throw error;
  }
}

function randomFix(
  document: ManifestDocument,
  env: MemoryEnv,
  random: (limit: number) => number,
): Operation[] {
  const fixes = allChecks(document, env).flatMap((problem) => problem.fixes);
  return fixes.length === 0 ? [] : fixes[random(fixes.length)].operations;
}

function randomOperation(document: ManifestDocument, random: (limit: number) => number): Operation {
  const edit = random(document.edits.length + 1);
  const level = random(4);
  const number = 4 + random(7);
  const pick = <Item>(items: readonly Item[]): Item => items[random(items.length)];
  const key = () =>
    encodeInternalKey(encode(`${pick(['a', 'b', 'k', 'm'])}${random(4)}`), random(25), random(2));
  const file = () => ({ number, size: pick([220, 345, 379]), smallest: key(), largest: key() });
  const live = document.edits.flatMap(({ newFiles }) => newFiles);
  const at = live.length > 0 ? pick(live) : undefined;
  switch (random(17)) {
    case 0: {
      const field = pick(SINGLE_FIELDS);
      const value = field === 'comparator' ? 'leveldb.BytewiseComparator' : random(40);
      return { op: 'set', edit, field, value: random(4) === 0 ? undefined : value };
    }
    case 1:
      return { op: 'set-compact-pointer', edit, level, key: random(3) === 0 ? undefined : key() };
    case 2:
      return { op: 'set-file', edit, level, number, to: { ...file(), level: random(3) } };
    case 3:
      return { op: 'set-deletion', edit, level, number, to: { number: 4 + random(6) } };
    case 4:
      return { op: 'remove-entry', edit, kind: pick(['add', 'delete']), level, number };
    case 5:
      // A table that is there, as it is.
      if (at) return { op: 'add-file', level: random(7), file: at.file };
      return { op: 'add-file', edit, level, file: file() };
    case 6:
      return { op: 'add-file', edit, level, file: file() };
    case 7:
      return { op: 'remove-file', level: at?.level ?? level, number: at?.file.number ?? number };
    case 8:
    case 9:
      return { op: 'move-file', number: at?.file.number ?? number, from: at?.level ?? level, to: random(7) };
    case 10:
      return {
        op: 'insert-edit',
        at: edit,
        with: {
          compactPointers: [],
          deletedFiles: random(2) === 0 ? [{ level, number }] : [],
          newFiles: random(2) === 0 && at ? [at] : [],
          lastSequence: 21 + random(20),
        },
      };
    case 11:
      return { op: 'delete-edit', edit };
    case 12:
      return { op: 'duplicate-edit', edit };
    case 13:
      return { op: 'move-edit', edit, to: random(document.edits.length + 1) };
    case 14:
      return { op: 'roll-back', edit };
    case 15:
      return random(2) === 0 ? { op: 'squash' } : { op: 'squash', edit };
    default:
      return pick<Operation>([
        { op: 'rebuild' },
        { op: 'drop-tail' },
        { op: 'drop-damage' },
        { op: 'fix-current' },
        { op: 'measure-file', edit, level, number },
      ]);
  }
}
