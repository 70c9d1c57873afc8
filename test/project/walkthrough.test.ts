// The walkthrough: a step for each lesson of the playground, with the lesson's own texts in both languages.

import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { LESSONS } from '../../src/worker/playground-lessons';

interface Step {
  id: string;
  title: string;
  description: string;
  media: { markdown: string };
  completionEvents: string[];
}

const manifest = JSON.parse(readFileSync('package.json', 'utf8'));
const [walkthrough] = manifest.contributes.walkthroughs as { id: string; steps: Step[] }[];
const texts: Record<string, string> = JSON.parse(readFileSync('package.nls.json', 'utf8'));
const chinese: Record<string, string> = JSON.parse(readFileSync('l10n/bundle.l10n.zh-cn.json', 'utf8'));
const source = readFileSync('src/extension/playground/lesson-texts.ts', 'utf8');
const text = (key: string) => texts[key.replaceAll('%', '')]!;

test('there is a step for each lesson, in the same order', () => {
  assert.equal(walkthrough!.id, 'lsm.lessons');
  const ids = walkthrough!.steps.map(({ id }) => id);
  assert.deepEqual(
    ids,
    LESSONS.map(({ id }) => id),
  );
  const listed = [.../LESSON_IDS[^=]*= \[([^\]]*)\]/.exec(source)![1]!.matchAll(/'([\w-]+)'/g)];
  assert.deepEqual(
    listed.map(([, id]) => id),
    ids,
  );
});

for (const { id, title, description, media, completionEvents } of walkthrough!.steps) {
  test(`${id}: its button opens the lesson, and its texts are the lesson’s`, () => {
    const link = /\(command:lsm\.playground\?([^)]*)\)/.exec(text(description))!;
    assert.equal(JSON.parse(decodeURIComponent(link[1]!)), id);
    assert.deepEqual(completionEvents, [`onContext:lsm.lessonDone.${id}`]);
    assert.ok(existsSync(media.markdown));
    const english = readFileSync(media.markdown, 'utf8').split('\n');
    const translated = readFileSync(media.markdown.replace(/\.md$/, '.nls.zh-cn.md'), 'utf8').split('\n');
    assert.equal(english.length, translated.length);
    assert.equal(english[0], `# ${text(title)}`);
    const { steps } = LESSONS.find((lesson) => lesson.id === id)!;
    assert.equal(english.filter((line) => /^\d\. /.test(line)).length, steps.length);
    for (const [i, line] of english.entries()) {
      if (line === '' || line.startsWith('|')) continue;
      const said = line.replace(/^(# |\d\. )/, '');
      assert.ok(source.includes(`'${said}'`), said);
      assert.equal(translated[i]!.replace(/^(# |\d\. )/, ''), chinese[said]);
    }
  });
}
