// The extension's bundles in a plain Node process: `vscode` is a stand-in that takes every call and answers nothing.

import { readFileSync } from 'node:fs';
import Module from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { DatabaseCalls, DatabaseJobs } from '../src/worker/api';
import { WorkerClient } from '../src/worker/client';
import { serve, type Timed, timed } from './work';

const dist = join(dirname(fileURLToPath(import.meta.url)), '..');

/** Whatever is taken from it, called or constructed is of its kind again; it ends every loop. */
function standIn(): object {
  const answer = () => standIn();
  return new Proxy(class {}, {
    get: (target, name) => {
      if (name === 'prototype') return target.prototype;
      if (name === Symbol.iterator) return function* none() {};
      if (name === Symbol.toPrimitive) return () => '';
      if (name === 'then') return undefined;
      return standIn();
    },
    apply: answer,
    construct: answer,
  });
}

/** The bundle copies what `vscode` exports by name. */
function vscodeStandIn(): object {
  const declared = readFileSync('node_modules/@types/vscode/index.d.ts', 'utf8');
  const names = declared.matchAll(/^\texport (?:namespace|class|enum|const|function) (\w+)/gm);
  return Object.fromEntries(
    [...names].map(([, name]) => [name, name === 'EventEmitter' ? Emitter : standIn()]),
  );
}

/** An extension host has these loaded before any extension comes. */
const LOADED_BY_HOST = ['crypto', 'fs', 'fs/promises', 'os', 'path', 'worker_threads'];

const require = Module.createRequire(import.meta.url);

class Emitter {
  event = () => ({ dispose() {} });
  fire() {}
  dispose() {}
}

/** The time that the thread worked: whatever else the machine does does not count. */
function timedOnCpu(body: () => number): Timed {
  const before = process.cpuUsage();
  const count = body();
  const { user, system } = process.cpuUsage(before);
  return { milliseconds: (user + system) / 1000, count };
}

/** What the stand-in's making left behind is not the extension's. */
function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
}

const modules = Module as unknown as { _load(request: string, ...rest: unknown[]): unknown };

serve({
  activate: () => {
    for (const name of LOADED_BY_HOST) require(name);
    const load = modules._load;
    const vscode = vscodeStandIn();
    modules._load = (request, ...rest) =>
      request === 'vscode' ? vscode : load.call(modules, request, ...rest);
    const context = {
      subscriptions: [] as object[],
      workspaceState: {
        get: (_: string, otherwise?: unknown) => otherwise,
        update: async () => {},
        keys: () => [],
      },
      extensionUri: standIn(),
    };
    collectGarbage();
    return timedOnCpu(() => {
      const { activate } = require(join(dist, 'extension.js')) as { activate(context: object): unknown };
      activate(context);
      return context.subscriptions.length > 10 ? -1 : 0;
    });
  },
  'worker-tree': ({ directory }) =>
    timed(async () => {
      const client = new WorkerClient<DatabaseCalls, DatabaseJobs>(join(dist, 'workers'), 'database');
      const { levels } = await client.call('open', directory);
      await Promise.all(levels.map(({ level }) => client.call('tables', level, { start: 0, end: 200 })));
      return levels.reduce((sum, { files }) => sum + files, 0);
    }),
});
