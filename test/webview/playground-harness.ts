// The harness of the playground's page: the real page, and a real playground in this process. In the address:
// `?theme=`, `&lesson=`.
import { FakePlaygroundPanel } from './fake-playground-panel';
import { type Harness, startHarness } from './harness';
import { fromWire, toWire, type WireAnswer, type WireCall } from './trace-wire';

export interface PlaygroundHarness extends Harness {
  /** The panel of the page that was loaded last. */
  readonly panel: FakePlaygroundPanel;
}

export async function startPlaygroundHarness(): Promise<PlaygroundHarness> {
  const panels = new Map<string, FakePlaygroundPanel>();
  let last: FakePlaygroundPanel | undefined;
  const harness = await startHarness('playground', 'test/webview/fake-trace-host.ts', async (query, body) => {
    const answer: WireAnswer = { events: [] };
    let panel: FakePlaygroundPanel | undefined;
    try {
      const id = query.get('panel') ?? '';
      panel = panels.get(id);
      if (!panel) {
        panel = new FakePlaygroundPanel(query);
        panels.set(id, panel);
      }
      last = panel;
      const { method, params } = fromWire(body) as WireCall;
      answer.value = panel.answer(method, params);
    } catch (error) {
      answer.error = (error as Error).message;
    }
    answer.events = panel?.events.splice(0) ?? [];
    return toWire(answer);
  });
  return {
    url: harness.url,
    get panel() {
      if (!last) throw new Error('no page has asked yet');
      return last;
    },
    close: async () => {
      await harness.close();
      for (const { session } of panels.values()) session.close();
    },
  };
}
