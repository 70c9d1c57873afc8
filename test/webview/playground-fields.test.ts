// The fields of the playground's forms, held against what the worker takes.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PlaygroundStart } from '../../src/worker/playground-api';
import { DEFAULT_PLAYGROUND, playgroundConfig } from '../../src/worker/playground-config';
import {
  type ConfigField,
  type FieldValues,
  fieldText,
  optionFields,
  optionsOf,
  optionValues,
  parseField,
  workloadFields,
  workloadOf,
  workloadValues,
} from '../../webview/playground/config-fields';
import { optionPresets, workloadPresets } from '../../webview/playground/presets';

const workload = workloadValues(DEFAULT_PLAYGROUND);
const options = optionValues(DEFAULT_PLAYGROUND);

function startOf(values: FieldValues): PlaygroundStart {
  return {
    ...workloadOf(values),
    ...optionsOf(Object.fromEntries(Object.keys(options).map((name) => [name, values[name]!]))),
  };
}

/** What a field's values need of the others. */
const COMPANIONS: Record<string, FieldValues> = {
  keys: { valueMin: 8, valueMax: 8 },
  valueMin: { keys: 1, valueMax: 65_536 },
  valueMax: { keys: 1, valueMin: 8 },
  hotShare: { order: 'hot' },
  heat: { order: 'hot' },
  level0Files: { level0SlowdownFiles: 1000, level0StopFiles: 1000 },
  level0SlowdownFiles: { level0Files: 1, level0StopFiles: 1000 },
  level0StopFiles: { level0Files: 1, level0SlowdownFiles: 1 },
};

function isTaken(field: ConfigField, value: number): boolean {
  try {
    playgroundConfig(startOf({ ...workload, ...options, ...COMPANIONS[field.name], [field.name]: value }));
    return true;
  } catch {
    return false;
  }
}

test('the forms give back what they were given', () => {
  assert.deepEqual(workloadOf(workload).workload, DEFAULT_PLAYGROUND.workload);
  assert.deepEqual(workloadOf(workload).background, DEFAULT_PLAYGROUND.background);
  assert.deepEqual(optionsOf(options), {
    database: DEFAULT_PLAYGROUND.database,
    grain: DEFAULT_PLAYGROUND.grain,
  });
  const names = [...workloadFields(), ...optionFields()].map(({ name }) => name);
  assert.deepEqual(names.sort(), [...Object.keys(workload), ...Object.keys(options)].sort());
  for (const field of [...workloadFields(), ...optionFields()]) {
    const value = { ...workload, ...options }[field.name]!;
    if (typeof value === 'number') assert.deepEqual(parseField(field, fieldText(field, value)), { value });
  }
});

test('a field takes what the worker takes, and no more', () => {
  for (const field of [...workloadFields(), ...optionFields()]) {
    const { name, least, most } = field;
    if (least === undefined || most === undefined) continue;
    // A range of nothing is hot for nobody, which the worker says.
    const first = name === 'hotShare' ? 0.01 : least;
    for (const value of [first, most]) {
      assert.ok(isTaken(field, value), `${name} ${value}`);
      assert.deepEqual(parseField(field, fieldText(field, value)), { value });
    }
    for (const value of [least - 1024, most + 1024]) {
      assert.equal(isTaken(field, value), false, `${name} ${value}`);
      assert.ok('error' in parseField(field, fieldText(field, value)), `${name} ${value}`);
    }
    assert.ok('error' in parseField(field, 'much') && 'error' in parseField(field, ''), name);
  }
});

test('every preset is one that the worker takes', () => {
  for (const { title, values } of [...workloadPresets(), ...optionPresets()]) {
    const config = playgroundConfig(startOf({ ...workload, ...options, ...values }));
    const given = { ...workloadValues(config), ...optionValues(config) };
    for (const [name, value] of Object.entries(values)) assert.equal(given[name], value, `${title}: ${name}`);
  }
});
