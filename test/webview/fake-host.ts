// In the page, before the app: what VS Code and the extension would be.
import { packBytes, unpackParameter } from '../../webview/protocol/pack';
import type { RpcMessage } from '../../webview/protocol/rpc';

/** What the tests see and turn. */
export interface FakeHost {
  /** How long an answer takes, in milliseconds. */
  delay: number;
  calls: { method: string; params: unknown[] }[];
  /** Calls that have no answer yet. */
  waiting: number;
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
  calls: [],
  waiting: 0,
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

let answer: (method: string, params: unknown[]) => unknown = () => undefined;

/** Answers the page's calls from here on; `texts` and `copy` are answered for it. May throw, or give a promise. */
export function startFakeHost(answers: typeof answer): void {
  answer = (method, params) => {
    if (method === 'texts') return {};
    if (method === 'copy') return undefined;
    return answers(method, params);
  };
}

async function receive(message: RpcMessage): Promise<void> {
  if (message.kind !== 'request') return;
  const { id, method } = message;
  const params = message.params.map(unpackParameter);
  fake.calls.push({ method, params });
  fake.waiting++;
  await new Promise((resolve) => setTimeout(resolve, fake.delay));
  try {
    deliver({ kind: 'response', id, ok: true, ...packBytes(await answer(method, params)) });
  } catch (error) {
    deliver({ kind: 'response', id, ok: false, error: (error as Error).message });
  } finally {
    fake.waiting--;
  }
}

function deliver(message: RpcMessage): void {
  window.postMessage(message, '*');
}
