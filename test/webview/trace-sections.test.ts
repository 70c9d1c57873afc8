// The trace page's sections in a real browser: every frame of real traces, links, what-if, recoveries compared.
import assert from 'node:assert/strict';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { Inspection } from '../../src/engine/db/inspection';
import { NodeReadableEnv } from '../../src/engine/env/node';
import { LogReader } from '../../src/engine/log/reader';
import type { LsmTrace } from '../../webview/trace/app';
import { byteSize } from '../../webview/ui/text';
import { entriesOf } from '../engine/replay-harness';
import { launch } from './browser';
import { startTraceHarness, type TraceHarness } from './trace-harness';
import { chooseTab, goTo, openTrace, placeOf, settle } from './trace-page';

// Numbers are compared as the page writes them.
Object.assign(globalThis, { document: { documentElement: { lang: 'en' } } });

let harness: TraceHarness;
let browser: Browser;

before(async () => {
  harness = await startTraceHarness();
  browser = await launch();
});

after(async () => {
  await browser?.close();
  await harness?.close();
});

async function sound(page: Page): Promise<void> {
  assert.deepEqual(await page.evaluate(() => window.fake.violations), []);
  await page.close();
}

function directory(): string {
  const { source } = harness.panel.session.summary();
  assert.ok(source.kind === 'recorded');
  return source.directory;
}

/** The frame after the nth event of a type. */
async function goToEvent(page: Page, type: 'pick' | 'compaction-end' | 'manifest-end' | 'open-end', nth = 0) {
  const [row] = harness.panel.session.events(nth, nth + 1, { types: [type] }).rows;
  await goTo(page, row!.index + 1);
  return harness.panel.session.frame(row!.index + 1);
}

/** A section's table, cell by cell. */
function cellsOf(page: Page, id: string): Promise<string[][]> {
  return page
    .locator(`#part-${id} tbody tr`)
    .evaluateAll((rows) =>
      rows.map((row) => [...row.querySelectorAll('td')].map((cell) => cell.textContent!.trim())),
    );
}

/** A section's list of names and values. */
function valueIn(page: Page, id: string, name: string): Promise<string> {
  return page
    .locator(`#part-${id} dt`, { hasText: new RegExp(`^${name}$`) })
    .locator('xpath=following-sibling::dd[1]')
    .innerText();
}

/** Sizes and entries as the page writes them. */
function count(value: number): string {
  return value.toLocaleString('en');
}

/** Every which frame is looked at: thousands show what hundreds do. */
const STEPS = { compaction: 4, auto: 9, recovery: 1, damaged: 1, broken: 1 } as const;

for (const [trace, step] of Object.entries(STEPS) as [keyof typeof STEPS, number][]) {
  test(`${step === 1 ? 'all' : 'many'} frames of “${trace}” have their sections, without holes`, async () => {
    const page = await openTrace(browser, harness, { trace });
    const errors: string[] = [];
    page.on('pageerror', (error) => errors.push(error.message));
    const { events } = harness.panel.session.summary();
    const seen = await page.evaluate(
      async ([last, every]) => {
        const app = document.querySelector('lsm-trace') as LsmTrace;
        const { player } = app;
        const ids = new Set<string>();
        const holes: string[] = [];
        const empty: number[] = [];
        let most = 0;
        for (let k = 0; k <= last!; k = k < last! ? Math.min(last!, k + every!) : k + 1) {
          player.goTo(k);
          while (player.frame?.at !== k) await new Promise((resolve) => setTimeout(resolve));
          await app.updateComplete;
          const now = app.renderRoot.querySelector('.now')!;
          const text = now.textContent!;
          if (/undefined|NaN|\[object|\{\d\}|Infinity/.test(text)) holes.push(`${k}: ${text}`);
          if (text.trim() === '') empty.push(k);
          most = Math.max(most, now.querySelectorAll('*').length);
          for (const { id } of now.querySelectorAll('.part')) ids.add(id.replace('part-', ''));
        }
        return { ids: [...ids], holes, empty, most };
      },
      [events, step],
    );
    assert.deepEqual(errors, []);
    assert.deepEqual(seen.holes, []);
    // Of LOCK alone there is nothing to show: its sentence tells of it.
    assert.ok(seen.empty.length <= 3, seen.empty.join());
    assert.ok(seen.most < 3000, `${seen.most} elements`);
    const common = ['recovery', 'levels', 'memtable', 'work'];
    const opening = trace === 'broken' ? ['failure'] : ['due', 'logs', 'edit', 'removed', 'flush'];
    const compaction = ['decision', 'merge', 'inputs', 'outputs', 'grandparents'];
    const wanted = [
      ...common,
      ...opening,
      ...(trace === 'compaction' || trace === 'auto' ? compaction : []),
      ...(trace === 'damaged' ? ['faults'] : []),
    ];
    for (const id of wanted) assert.ok(seen.ids.includes(id), `${id}: ${seen.ids.join()}`);
    await sound(page);
  });
}

test('inputs, outputs and scores are those of the tables on the disk', async () => {
  const page = await openTrace(browser, harness);
  const db = Inspection.open(new NodeReadableEnv(), directory());
  const levels = db.version.levels.map((files) => files.map(({ number }) => db.tables.nameOf(number)));
  db.close();
  const sizeOf = (name: string) => statSync(join(directory(), name)).size;
  await goToEvent(page, 'manifest-end');
  const scores = await cellsOf(page, 'levels');
  for (const [level, names] of levels.entries()) {
    const bytes = names.reduce((sum, name) => sum + sizeOf(name), 0);
    assert.deepEqual(scores[level]!.slice(0, 3), [`${level}`, count(names.length), byteSize(bytes)]);
  }
  assert.ok(
    scores[0]![3]!.startsWith(`${levels[0]!.length} files / 4 = ${(levels[0]!.length / 4).toFixed(2)}`),
  );

  const frame = await goToEvent(page, 'compaction-end');
  const known = entriesOf(directory());
  const rows = await cellsOf(page, 'inputs');
  assert.equal(rows.length, frame.compaction!.inputs.total);
  let checked = 0;
  for (const [number, , , size, , entries, kept, shadowed, deletions] of rows) {
    const read = known.get(Number(number));
    if (!read) continue;
    checked++;
    const name = levels.flat().find((each) => Number.parseInt(each, 10) === Number(number))!;
    assert.equal(size, byteSize(sizeOf(name)), `table ${number}`);
    assert.equal(entries, count(read.length), `table ${number}`);
    const parts = [kept, shadowed, deletions].map((text) => Number(text!.replaceAll(',', '')));
    assert.equal(
      parts.reduce((sum, part) => sum + part, 0),
      read.length,
    );
  }
  assert.ok(checked > 1);
  const sum = (column: number) =>
    rows.reduce((total, row) => total + Number(row[column]!.replaceAll(',', '')), 0);
  assert.equal(await valueIn(page, 'merge', 'Entries read'), count(sum(5)));
  assert.equal(await valueIn(page, 'merge', 'Kept'), count(sum(6)));
  const outputs = await cellsOf(page, 'outputs');
  const written = outputs.reduce((total, row) => total + Number(row[4]!.replaceAll(',', '')), 0);
  assert.equal(written, sum(6), 'what is kept is in the outputs');
  await sound(page);
});

test('links lead to tables, events and files', async () => {
  const page = await openTrace(browser, harness);
  const frame = await goToEvent(page, 'pick');
  const { first, event } = frame.compaction!;
  await page
    .locator('#part-decision')
    .getByRole('link', { name: `${first}`, exact: true })
    .click();
  await settle(page);
  assert.equal(await page.locator('lsm-trace-table h2').first().innerText(), `Table ${first}`);
  await chooseTab(page, 'Now');
  await goTo(page, frame.at + 20);
  await page
    .locator('#part-decision')
    .getByRole('link', { name: `event ${count(event + 1)}` })
    .click();
  await settle(page);
  assert.equal(await placeOf(page), event + 1);
  await goToEvent(page, 'manifest-end');
  const { manifest } = harness.panel.session.frame(await placeOf(page));
  await page
    .locator('#part-recovery')
    .getByRole('link', { name: `at offset ${manifest!.offset}` })
    .click();
  await settle(page);
  assert.deepEqual(harness.panel.opened.at(-1), { name: manifest!.name, offset: manifest!.offset });
  await sound(page);
});

test('a recovery’s logs are told with their bytes and batches, and damage where it is', async () => {
  const page = await openTrace(browser, harness, { trace: 'damaged' });
  await goToEvent(page, 'open-end');
  const logs = await cellsOf(page, 'logs');
  assert.ok(logs.length > 0);
  const env = new NodeReadableEnv();
  let dropped = 0;
  for (const [name, state, size, batches, operations] of logs) {
    assert.equal(state, 'replayed');
    const path = join(directory(), name!);
    assert.equal(size, byteSize(statSync(path).size));
    const file = env.open(path);
    const corruption = (bytes: number) => {
      dropped += bytes;
    };
    const reader = new LogReader(file, { reporter: { corruption } });
    const counted = { batches: 0, operations: 0 };
    while (reader.next()) {
      counted.batches++;
      counted.operations += new DataView(reader.record.buffer, reader.record.byteOffset).getUint32(8, true);
    }
    file.close();
    assert.deepEqual([batches, operations], [count(counted.batches), count(counted.operations)]);
  }
  assert.ok(dropped > 0);
  const faults = await cellsOf(page, 'faults');
  const lost = faults.map((row) => Number(row[2]!.replaceAll(',', '').split(' ')[0]));
  assert.equal(
    lost.reduce((sum, bytes) => sum + bytes, 0),
    dropped,
  );
  // The harness changed the byte in the middle of the log.
  const [name, offset] = faults[0]![0]!.split(' @ ');
  const hit = statSync(join(directory(), name!)).size >> 1;
  assert.ok(Number(offset) <= hit && hit < Number(offset) + lost[0]!, `${offset}`);
  await page
    .locator('#part-faults')
    .getByRole('link', { name: `${name} @ ${offset}` })
    .click();
  await settle(page);
  assert.deepEqual(harness.panel.opened.at(-1), { name, offset: Number(offset) });
  await sound(page);
});

test('a database that cannot be opened shows LevelDB’s words, the bytes at fault and the ways out', async () => {
  const page = await openTrace(browser, harness, { trace: 'broken' });
  const { events, error } = harness.panel.session.summary();
  await goTo(page, events);
  const parts = await page.locator('.now .part').evaluateAll((all) => all.map(({ id }) => id));
  assert.equal(parts[0], 'part-failure');
  assert.equal(await valueIn(page, 'failure', 'LevelDB says'), 'Corruption: checksum mismatch');
  assert.equal(await valueIn(page, 'failure', 'During'), 'recovery');
  const ways = await page.locator('#part-failure .ways li').allInnerTexts();
  assert.equal(ways.length, 3);
  assert.match(ways.join('\n'), /Edit MANIFEST[\s\S]*Rebuild MANIFEST/);
  await page.locator('#part-failure .ways').getByRole('link').first().click();
  await settle(page);
  assert.deepEqual(harness.panel.opened.at(-1), { name: error!.file, offset: Number(error!.offset) });
  await sound(page);
});

test('another threshold is recorded with its slider and its field, and LevelDB’s own again', async () => {
  const page = await openTrace(browser, harness, { trace: 'recovery' });
  await chooseTab(page, 'What If');
  const slider = (id: string) => page.locator(`lsm-what-if [data-id=${id}] input[type=range]`);
  const field = (id: string) => page.locator(`lsm-what-if [data-id=${id}] lsm-field input`);
  const optionsNow = () => harness.panel.session.summary().options!;
  assert.equal(await slider('level0Files').getAttribute('aria-valuetext'), '4 files');
  assert.equal(await field('level1Bytes').inputValue(), '10240');
  await slider('level0Files').focus();
  await page.keyboard.press('ArrowLeft');
  await page.keyboard.press('ArrowLeft');
  assert.equal(await field('level0Files').inputValue(), '2');
  assert.equal(await slider('level0Files').getAttribute('aria-valuetext'), '2 files');
  await field('writeBufferSize').fill('64');
  await field('writeBufferSize').press('Enter');
  // A wrong number is told, and nothing is recorded with it.
  await field('level1Bytes').fill('1');
  await page.locator('#record').click();
  await page.locator('lsm-what-if').getByRole('alert').waitFor();
  assert.equal(optionsNow().limits.level0Files, 4);
  await field('level1Bytes').fill('100');
  await field('level1Bytes').press('Enter');
  await page.locator('lsm-what-if #entries').click();
  await page.locator('#record').click();
  await settle(page);
  assert.equal(optionsNow().limits.level0Files, 2);
  assert.equal(optionsNow().limits.level1Bytes, 102400);
  assert.equal(optionsNow().writeBufferSize, 65536);
  assert.equal(harness.panel.session.summary().grain, 'entries');
  assert.equal(await field('level1Bytes').inputValue(), '100');
  // With less room for the memtable, the logs make more tables.
  const { flushes } = harness.panel.session.frame(harness.panel.session.summary().events).work;
  assert.ok(flushes > 2, `${flushes}`);
  await page.locator('#own').click();
  await settle(page);
  assert.equal(optionsNow().limits.level0Files, 4);
  assert.equal(optionsNow().writeBufferSize, 4 << 20);
  assert.equal(await field('level1Bytes').inputValue(), '10240');
  assert.equal(harness.panel.session.summary().grain, 'entries', 'what is told of is no threshold');
  await sound(page);
});

test('lenient and paranoid stand side by side with what each loses', async () => {
  const page = await openTrace(browser, harness, { trace: 'damaged', width: 1600 });
  await chooseTab(page, /^Lenient/);
  await page.locator('#compare').click();
  await page.locator('#lenient').waitFor();
  const [lenient, paranoid] = [page.locator('#lenient'), page.locator('#paranoid')];
  const said = await lenient.innerText();
  assert.match(said, /succeeds, with losses/);
  assert.match(await paranoid.innerText(), /fails: Corruption: checksum mismatch/);
  const all = /replayed, ([\d,]+) keys/.exec(await page.locator('#comparison').innerText())![1]!;
  assert.match(await paranoid.innerText(), new RegExp(`${all} keys are gone`));
  const rows = paranoid
    .locator('h3', { hasText: 'Lost keys' })
    .locator('xpath=following-sibling::div[1]//tbody/tr');
  assert.equal(await rows.count(), 60);
  const more = Number(all.replaceAll(',', '')) - 60;
  assert.match(await paranoid.innerText(), new RegExp(`… and ${count(more)} more`));
  await paranoid
    .getByRole('link', { name: /at offset/ })
    .first()
    .click();
  await settle(page);
  assert.match(harness.panel.opened.at(-1)!.name, /\.log$/);
  await sound(page);
});
