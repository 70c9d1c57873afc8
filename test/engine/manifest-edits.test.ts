// Data-driven tests of editing MANIFESTs: testdata/manifest-edits.txt. Each paragraph is a base (manifest-bases.ts) and
// operations, a line of JSON each; behind the line of dashes stands what comes of them: the lines of the text form that
// went and came, the version, the checks with their fixes, and what opening the saved database comes to. `fix N M` is
// the Mth fix of the Nth problem, counted from 0.

import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { after, test } from 'node:test';
import { bytewiseComparator } from '../../src/engine/keys/comparator';
import { manifestText } from '../../src/engine/manifest/edit-text';
import { contentsOf, isSound } from '../../src/engine/manifest/editing/checks';
import { ManifestDocument } from '../../src/engine/manifest/editing/document';
import { type Operation, OperationError } from '../../src/engine/manifest/editing/operation';
import { readOperations } from '../../src/engine/manifest/editing/operation-json';
import { parseManifestText } from '../../src/engine/manifest/editing/parse-text';
import { applyAll } from '../../src/engine/manifest/editing/resolve';
import { versionOf } from '../../src/engine/manifest/editing/squash';
import { tryOpen } from '../../src/engine/manifest/editing/try-open';
import { collectCounters } from '../../src/engine/manifest/manifest-reader';
import { LsmError } from '../../src/engine/problem';
import { ManyDatabases } from '../helpers/many-databases';
import { DIRECTORY } from '../helpers/small-database';
import { allChecks, baseEnv, expectedDigest, finish, folderOf, readEdited, saved } from './manifest-bases';

const path = resolve('test/engine/testdata/manifest-edits.txt');
const rewrite = process.env.LSM_REWRITE === '1' && !process.env.CI;
const peers = new ManyDatabases();
after(() => peers.close());

test('editing: every script does what manifest-edits.txt says, and C++ LevelDB opens what the checks call sound', async () => {
  const expected = readFileSync(path, 'utf8');
  const paragraphs = expected.trimEnd().split('\n\n');
  const actual = `${paragraphs.map(paragraph).join('\n\n')}\n`;
  if (rewrite) writeFileSync(path, actual);
  else assert.equal(actual, expected);
  await peers.finish();
  assert.ok(peers.total >= 30, `only ${peers.total} states were opened`);
});

function paragraph(text: string): string {
  const lines = text.split('\n');
  const dashes = lines.indexOf('----');
  const script = dashes < 0 ? lines : lines.slice(0, dashes);
  const commands = script.filter((line) => !line.startsWith('#'));
  if (commands.length === 0) return text;
  const [header, ...steps] = commands;
  const [, base, mode] = header.match(/^on (\S+)( as-new)?$/) ?? assert.fail(`no base: ${header}`);
  return [...script, '----', ...run(base, steps, mode !== undefined)].join('\n');
}

function run(base: string, steps: readonly string[], asNew: boolean): string[] {
  const env = baseEnv(base);
  const document = new ManifestDocument(readEdited(env));
  const before = textOf(document);
  const states = [document.state];
  const result: string[] = [];
  try {
    for (const step of steps) {
      const operations = operationsOf(step, document, env, asNew);
      for (const operation of operations) {
        const leftOut = finish(applyAll(document, [operation], folderOf(env)));
        for (const { number, reason } of leftOut) result.push(`left out ${number}: ${reason}`);
        states.push(document.state);
      }
    }
  } catch (error) {
    if (!(error instanceof OperationError)) throw error;
    result.push(`error: ${error.message}`);
  }
  result.push(...difference(before, textOf(document)));
  const { logNumber, prevLogNumber, nextFileNumber, lastSequence } = collectCounters(document.edits);
  result.push(
    `log ${logNumber ?? '-'} previous ${prevLogNumber ?? '-'} next ${nextFileNumber ?? '-'} sequence ${lastSequence ?? '-'}`,
  );
  for (const [level, files] of versionOf(document.edits).levels.entries()) {
    if (files.length > 0) result.push(`level ${level}: ${files.map(({ number }) => number).join(' ')}`);
  }
  const problems = allChecks(document, env, asNew);
  for (const { problem, edit, fixes } of problems) {
    const place = edit === undefined ? '' : ` (edit ${edit})`;
    result.push(`${problem.severity} ${problem.code}${place}: ${problem.message}`);
    for (const { label } of fixes) result.push(`  fix: ${label}`);
  }
  try {
    const copy = saved(document, env, asNew);
    const opening = finish(tryOpen(copy, DIRECTORY, { comparator: bytewiseComparator }));
    if (opening.failure !== undefined) result.push(`open: ${opening.failure}`);
    else {
      const { digest, lastSequence: last, readFailure } = opening;
      result.push(`open: ${digest.entries} entries, last sequence ${last}, ${digest.fnv1a64}`);
      if (readFailure !== undefined) result.push(`read: ${readFailure}`);
    }
    if (isSound(problems)) {
      const digest = expectedDigest(document);
      const name = [base, ...steps].join(' ');
      peers.add(copy, DIRECTORY, (contents) =>
        assert.deepEqual(contents, { first: digest, again: digest }, name),
      );
    }
  } catch (error) {
    if (!(error instanceof LsmError)) throw error;
    result.push(`not saved: ${error.message}`);
  }
  assertLog(document, states);
  return result;
}

/** A line of JSON, or `fix N M`. */
function operationsOf(
  step: string,
  document: ManifestDocument,
  env: ReturnType<typeof baseEnv>,
  asNew: boolean,
): Operation[] {
  const fix = step.match(/^fix (\d+) (\d+)$/);
  if (!fix) return readOperations([JSON.parse(step)]);
  const { fixes } = allChecks(document, env, asNew)[Number(fix[1])] ?? assert.fail(`no problem ${fix[1]}`);
  return (fixes[Number(fix[2])] ?? assert.fail(`no fix ${fix[2]}`)).operations;
}

/** Undo, redo, hot exit and the text form, whatever the operations were. */
function assertLog(document: ManifestDocument, states: readonly ManifestDocument['state'][]): void {
  const { base } = document;
  const { bytes } = document.encoded;
  const log = JSON.parse(JSON.stringify(document.toJSON()));
  assert.deepEqual(ManifestDocument.restore(base, log).encoded.bytes, bytes, 'the log done again');
  for (let i = states.length - 2; i >= 0; i--) {
    assert.ok(document.undo());
    assert.equal(document.state, states[i]);
  }
  assert.ok(!document.canUndo && !document.isDirty);
  assert.equal(document.encoded.bytes, base.bytes, 'the bytes after undo');
  while (document.redo());
  assert.deepEqual(document.encoded.bytes, bytes, 'the bytes after redo');

  const text = textOf(document);
  const { edits, diagnostics } = parseManifestText(text.join('\n'));
  assert.deepEqual(diagnostics, []);
  assert.deepEqual(edits, document.edits, 'the text parsed');
  // Damage and tail are no part of what is written.
  if (text.some((line) => /^(damage|tail)\b/.test(line))) return;
  const parsed = new ManifestDocument(base);
  parsed.apply({ op: 'replace-all', edits });
  assert.deepEqual(textOf(parsed), text, 'the text formatted again');
}

function textOf(document: ManifestDocument): string[] {
  const { items, tail } = contentsOf(document);
  return [...manifestText(items, tail)];
}

/** The lines that went and came, by their longest common sequence; offsets are not looked at. */
function difference(before: readonly string[], after: readonly string[]): string[] {
  const plain = (lines: readonly string[]) =>
    lines.filter((line) => line !== '').map((line) => line.replace(/^edit \d+ @ \d+$/, 'edit'));
  const [a, b] = [plain(before), plain(after)];
  const lengths = Array.from({ length: a.length + 1 }, () => new Uint32Array(b.length + 1));
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      lengths[i][j] =
        a[i] === b[j] ? lengths[i + 1][j + 1] + 1 : Math.max(lengths[i + 1][j], lengths[i][j + 1]);
    }
  }
  const result: string[] = [];
  let [i, j] = [0, 0];
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) {
      i++;
      j++;
    } else if (j === b.length || (i < a.length && lengths[i + 1][j] >= lengths[i][j + 1]))
      result.push(`- ${a[i++]}`);
    else result.push(`+ ${b[j++]}`);
  }
  return result;
}
