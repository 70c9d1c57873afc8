// In the page, before the app: what VS Code and the extension would be.
import type { KeyAnchor, KeysQuery } from '../../webview/protocol/keys';
import { packBytes } from '../../webview/protocol/pack';
import type { RpcMessage } from '../../webview/protocol/rpc';
import { fakePage, fakeValue } from './fake-keys';

/** What the tests see and turn. */
export interface FakeHost {
  /** How long an answer takes, in milliseconds. */
  delay: number;
  /** The text that `page` fails with; empty if it answers. */
  failure: string;
  problems: string[];
  calls: { method: string; params: unknown[] }[];
  violations: string[];
  send(name: string, value: unknown): void;
}

declare global {
  interface Window {
    fake: FakeHost;
    acquireVsCodeApi(): unknown;
  }
}

const STATE = 'webview-state';

const fake: FakeHost = {
  delay: Number(new URLSearchParams(location.search).get('delay') ?? 2),
  failure: new URLSearchParams(location.search).get('failure') ?? '',
  problems: [],
  calls: [],
  violations: [],
  send: (name, value) => deliver({ kind: 'event', name, ...packBytes(value) }),
};
window.fake = fake;

document.addEventListener('securitypolicyviolation', (event) => {
  fake.violations.push(
    `${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}:${event.lineNumber}`,
  );
});

window.acquireVsCodeApi = () => ({
  postMessage: (message: RpcMessage) => void receive(structuredClone(message)),
  getState: () => JSON.parse(sessionStorage.getItem(STATE) ?? 'null') ?? undefined,
  setState: (state: unknown) => sessionStorage.setItem(STATE, JSON.stringify(state)),
});

async function receive(message: RpcMessage): Promise<void> {
  if (message.kind !== 'request') return;
  const { id, method, params } = message;
  fake.calls.push({ method, params });
  await new Promise((resolve) => setTimeout(resolve, fake.delay));
  try {
    deliver({ kind: 'response', id, ok: true, ...packBytes(answer(method, params)) });
  } catch (error) {
    deliver({ kind: 'response', id, ok: false, error: (error as Error).message });
  }
}

function answer(method: string, params: unknown[]): unknown {
  switch (method) {
    case 'page': {
      if (fake.failure !== '') throw new Error(fake.failure);
      const [query, anchor, direction, count] = params as [
        KeysQuery,
        KeyAnchor,
        'forward' | 'backward',
        number,
      ];
      const empty = new URLSearchParams(location.search).has('empty');
      if (empty) query.prefix = new TextEncoder().encode('nothing');
      return { ...fakePage(query, anchor, direction, count), problems: fake.problems };
    }
    case 'value':
      return fakeValue(params[0] as Uint8Array, params[1] as string | undefined);
    case 'texts':
      return {};
    case 'copy':
    case 'openValue':
      return undefined;
    default:
      throw new Error(`no call ${method}`);
  }
}

function deliver(message: RpcMessage): void {
  window.postMessage(message, '*');
}
