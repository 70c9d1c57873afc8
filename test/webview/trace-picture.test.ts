// The picture of a frame, without a page: roles are those of the pick, new tables those of the edit, and tables that are
// being written grow to what they become.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import type { TraceFrame } from '../../webview/protocol/trace-frame';
import { pictureOf, roleOf, type TracePicture } from '../../webview/trace/picture';
import { MapMark } from '../../webview/ui/map-marks';
import { Traces } from './traces';

const traces = new Traces();
after(() => traces.end());

interface FileOfEvent {
  number: number;
}

for (const name of ['compaction', 'auto', 'recovery'] as const) {
  test(`each frame of a trace has its tables in the picture, with their roles: ${name}`, () => {
    const { session } = traces.make(name);
    const { events } = session.summary();
    const widths = new Map<number, number>();
    let growing = 0;
    let fresh = 0;
    let inputs = 0;
    for (let at = 1; at <= events; at++) {
      const frame = session.frame(at);
      const tables = session.tables(frame.versionId);
      const type = frame.event!.type;
      const before =
        type === 'version' || type === 'manifest-edit' ? session.tables(frame.versionId - 1) : undefined;
      const picture = pictureOf(frame, tables, before);
      const event = JSON.parse(session.eventJson(at - 1));
      if (type === 'pick') {
        // As the event itself names them.
        const named = (event.inputs as FileOfEvent[][]).flat().map(({ number }) => number);
        const shown = [...picture.numbers].filter((_, i) =>
          ['input', 'overlapping', 'boundary', 'expanded'].includes(roleOf(picture, i)),
        );
        assert.deepEqual(shown.sort(byNumber), named.sort(byNumber));
        inputs += named.length;
      }
      if (type === 'version') {
        const added = (event.edit.newFiles as { file: FileOfEvent }[]).map(({ file }) => file.number);
        assert.deepEqual(withMark(picture, MapMark.come), added.sort(byNumber));
        fresh += added.length;
      }
      for (let i = tables.numbers.length; i < picture.numbers.length; i++) {
        growing++;
        assert.equal(roleOf(picture, i), 'writing');
        const number = picture.numbers[i]!;
        const width = picture.right[i]! - picture.left[i]!;
        assert.ok(width >= (widths.get(number) ?? 0), `table ${number} shrinks`);
        widths.set(number, width);
      }
      assert.equal(new Set(picture.numbers).size, picture.numbers.length, 'each table once');
    }
    assert.ok(growing > 0 && fresh > 0);
    if (name !== 'recovery') assert.ok(inputs > 0);
    const end = session.frame(events);
    const last = pictureOf(end, session.tables(end.versionId), undefined);
    assert.equal(
      last.numbers.length,
      session.tables(end.versionId).numbers.length,
      'nothing is being written',
    );
  });
}

test('grandparents are pale while the compaction is under way, tables that seeks are charged to have a wedge', () => {
  const none = new Float64Array(0);
  const frame = {
    seeks: { rows: [{ number: 7 }], total: 1 },
    compaction: {
      state: 'under way',
      outputs: { rows: [], total: 0 },
      marks: {
        inputs: Float64Array.of(5),
        overlapping: none,
        boundary: none,
        expanded: none,
        grandparents: Float64Array.of(6),
        outputs: none,
      },
    },
  } as unknown as TraceFrame;
  const tables = {
    versionId: 1,
    numbers: Float64Array.of(5, 6, 7),
    levels: Uint8Array.of(0, 2, 1),
    sizes: Float64Array.of(1, 2, 3),
    left: Float32Array.of(0, 0, 0.5),
    right: Float32Array.of(1, 0.5, 1),
  };
  const picture = pictureOf(frame, tables, undefined);
  assert.deepEqual(
    [0, 1, 2].map((i) => roleOf(picture, i)),
    ['input', 'grandparent', 'none'],
  );
  assert.deepEqual([...picture.marks], [MapMark.plain, MapMark.pale, MapMark.charged]);
  frame.compaction!.state = 'done';
  assert.equal(roleOf(pictureOf(frame, tables, undefined), 1), 'none');
});

function withMark({ numbers, marks }: TracePicture, mark: number): number[] {
  return [...numbers].filter((_, i) => (marks[i]! & mark) !== 0).sort(byNumber);
}

function byNumber(a: number, b: number): number {
  return a - b;
}
