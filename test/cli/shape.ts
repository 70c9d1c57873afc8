import assert from 'node:assert/strict';

/**
 * What a JSON value must look like:
 * - `string`, `boolean`, `number`, `null`;
 * - `integer`: a number up to 2^53 - 1, or the decimal digits of a greater one as a string;
 * - a type with `?` may be null;
 * - an object has exactly these fields; one whose name ends in `?` may be absent;
 * - an array holds values of one shape.
 */
export type Shape = string | readonly [Shape] | { readonly [field: string]: Shape };

/** Fails with the path of the first thing that is not as it must be. */
export function assertShape(value: unknown, shape: Shape, path = '$'): void {
  if (typeof shape === 'string') {
    assert.ok(isOfType(value, shape), `${path}: ${JSON.stringify(value)} is no ${shape}`);
  } else if (isList(shape)) {
    assert.ok(Array.isArray(value), `${path} is no array`);
    for (const [i, item] of value.entries()) assertShape(item, shape[0], `${path}[${i}]`);
  } else {
    assert.ok(typeof value === 'object' && value !== null && !Array.isArray(value), `${path} is no object`);
    assertFields(value as Record<string, unknown>, shape, path);
  }
}

function assertFields(value: Record<string, unknown>, shape: Record<string, Shape>, path: string): void {
  const known = new Map(Object.entries(shape).map(([name, of]) => [name.replace('?', ''), { name, of }]));
  for (const name of Object.keys(value)) assert.ok(known.has(name), `${path}.${name} is promised nowhere`);
  for (const [field, { name, of }] of known) {
    if (!(field in value)) assert.ok(name.endsWith('?'), `${path}.${field} is missing`);
    else assertShape(value[field], of, `${path}.${field}`);
  }
}

function isOfType(value: unknown, type: string): boolean {
  if (type.endsWith('?')) return value === null || isOfType(value, type.slice(0, -1));
  if (type === 'null') return value === null;
  if (type === 'object') return typeof value === 'object' && value !== null;
  if (type !== 'integer') return typeof value === type;
  if (typeof value === 'number') return Number.isSafeInteger(value) && value >= 0;
  return typeof value === 'string' && /^[1-9][0-9]*$/.test(value) && BigInt(value) > Number.MAX_SAFE_INTEGER;
}

function isList(shape: Shape): shape is readonly [Shape] {
  return Array.isArray(shape);
}
