// Writes one of the sample databases: `node sample-child.mjs NAME FOLDER`. The same keys and values every time.
import { once } from 'node:events';
import { ClassicLevel } from 'classic-level';

const [name, folder] = process.argv.slice(2);

let state = 1;
/** Numbers below `limit`, the same ones each time (a linear congruential generator). @param {number} limit */
function random(limit) {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  return Math.floor((state / 2 ** 32) * limit);
}

/** @param {number} number */
const userKey = (number) => `user:${String(number).padStart(6, '0')}`;

/** @param {number} number @param {number} length */
function userValue(number, length) {
  const noise = Array.from({ length: length >> 1 }, () => random(36).toString(36)).join('');
  return JSON.stringify({ id: number, name: `User ${number}`, visits: random(1000), token: noise });
}

/**
 * @param {ClassicLevel} database @param {number} count
 * @param {(i: number) => {type: 'put', key: string, value: string} | {type: 'del', key: string}} operation
 */
async function fill(database, count, operation) {
  for (let i = 0; i < count; i += 100)
    await database.batch(Array.from({ length: Math.min(100, count - i) }, (_, j) => operation(i + j)));
}

/** @param {number} i @returns {{type: 'put', key: string, value: string}} */
const anyUser = (i) => ({ type: 'put', key: userKey(random(20_000)), value: userValue(i, 300) });

const open = async (/** @type {object} */ options) => {
  const database = new ClassicLevel(folder);
  await database.open({ writeBufferSize: 64 << 10, maxFileSize: 1 << 20, blockSize: 4096, ...options });
  return database;
};

if (name === 'three-levels') {
  // More than the 10 MB that level 1 may hold, with fresh data above it.
  const database = await open({ writeBufferSize: 512 << 10 });
  await fill(database, 80_000, anyUser);
  await database.close();
} else if (name === 'crashed') {
  const database = await open({ writeBufferSize: 256 << 10 });
  await fill(database, 3_000, anyUser);
  // Killed here: what the log holds stays in it.
  process.send?.('written');
  await once(process, 'disconnect');
} else {
  const database = await open({});
  await fill(database, 12_000, (i) => {
    const key = userKey(random(600));
    return random(100) < 30 ? { type: 'del', key } : { type: 'put', key, value: userValue(i, 200) };
  });
  await database.close();
}
