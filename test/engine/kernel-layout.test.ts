// Where merge-layout.ts says that the kernel's classes have their fields, and its codes: held against what the compiler
// makes of the kernel's sources.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { ManifestAt, TABLE_BYTES, TableAt } from '../../src/engine/kernel/manifest-layout';
import {
  BlockLogAt,
  COMPACT_BYTES,
  Code,
  CompactAt,
  MAX_RUNS,
  MergeAt,
  RUN_BYTES,
  RunAt,
  TABLE_PARTS_BYTES,
  TablePartsAt,
  VerifyAt,
} from '../../src/engine/kernel/merge-layout';

const SOURCES = 'src/engine/kernel/assembly';

/** Each class, its file, and where its fields are to be. */
const CLASSES: [name: string, file: string, fields: Record<string, number>][] = [
  ['Run', 'run', RunAt],
  ['BlockLog', 'run', BlockLogAt],
  ['Merge', 'merge', MergeAt],
  ['Verify', 'verify', VerifyAt],
  ['Compact', 'compact', CompactAt],
  ['Manifest', 'manifest', ManifestAt],
  ['Table', 'manifest', TableAt],
  ['TableParts', 'table-parts', TablePartsAt],
];

interface Compiler {
  main(
    options: string[],
    api: {
      readFile(path: string): string | null;
      writeFile(path: string, contents: Uint8Array): void;
      listFiles(): string[];
    },
  ): Promise<{ error: Error | null; stderr: object }>;
}

/** A name here as a constant there. */
const constant = (name: string) => name.replace(/[A-Z]/g, '_$&').toUpperCase();

/** What the compiler has: `Class.field`, `Class` for its size, or a constant. */
const compiled = new Map<string, number>();

before(async () => {
  const asked = [
    'MAX_RUNS',
    'RUN_BYTES',
    ...Object.keys(Code).map(constant),
    ...CLASSES.flatMap(([name, , fields]) => [
      name,
      ...Object.keys(fields).map((field) => `${name}.${field}`),
    ]),
  ];
  const values = asked.map((what) => {
    const [name, field] = what.split('.');
    if (field) return `offsetof<${name}>("${field}")`;
    return CLASSES.some(([each]) => each === name) ? `offsetof<${name}>()` : name;
  });
  const program = [
    ...CLASSES.map(([name, file]) => `import { ${name} } from './${file}';`),
    "import { MAX_RUNS, RUN_BYTES } from './merge';",
    `import { ${Object.keys(Code).map(constant).join(', ')} } from './run';`,
    ...values.map((value, i) => `export function value${i}(): i32 { return <i32>(${value}); }`),
  ].join('\n');
  const entry = join(SOURCES, 'layout.ts');
  const exports = await compile(entry, program);
  for (const [i, what] of asked.entries()) compiled.set(what, exports[`value${i}`]());
});

/** Compiles a program that is in no file, as if it were in one. */
async function compile(entry: string, program: string): Promise<Record<string, () => number>> {
  const { default: asc } = (await import('assemblyscript/asc')) as unknown as { default: Compiler };
  let bytes: Uint8Array | undefined;
  const options = [
    entry,
    '--outFile',
    'layout.wasm',
    '--runtime',
    'stub',
    '--use',
    'abort=',
    '--enable',
    'simd',
  ];
  const { error, stderr } = await asc.main(options, {
    readFile(path) {
      if (join(path) === entry) return program;
      try {
        return readFileSync(path, 'utf8');
      } catch {
        return null;
      }
    },
    writeFile(_path, contents) {
      bytes = contents;
    },
    listFiles: () => [],
  });
  assert.equal(error, null, `${stderr}`);
  const { WebAssembly } = globalThis as unknown as {
    WebAssembly: {
      Module: new (bytes: Uint8Array) => object;
      Instance: new (module: object) => { exports: object };
    };
  };
  return new WebAssembly.Instance(new WebAssembly.Module(bytes!)).exports as Record<string, () => number>;
}

for (const [name, , fields] of CLASSES) {
  test(`the fields of ${name} are where the kernel has them`, () => {
    const expected = Object.fromEntries(
      Object.keys(fields).map((field) => [field, compiled.get(`${name}.${field}`)]),
    );
    assert.deepEqual({ ...fields }, expected);
  });
}

test('codes and sizes are the kernel’s', () => {
  const codes = Object.fromEntries(Object.keys(Code).map((name) => [name, compiled.get(constant(name))]));
  assert.deepEqual({ ...Code }, codes);
  assert.equal(MAX_RUNS, compiled.get('MAX_RUNS'));
  assert.equal(RUN_BYTES, compiled.get('RUN_BYTES'));
  assert.equal(COMPACT_BYTES, compiled.get('Compact'));
  assert.equal(TABLE_BYTES, compiled.get('Table'));
  assert.equal(TABLE_PARTS_BYTES, compiled.get('TableParts'));
  assert.ok(compiled.get('Run')! <= RUN_BYTES);
});
