// The harness of the trace page: the real page, and a real trace in this process. In the address: `?trace=` (traces.ts
// has the names), `&theme=`, `&restricted`, `&phase=`.
import { FakeTracePanel } from './fake-trace-panel';
import { type Harness, startHarness } from './harness';
import { fromWire, toWire, type WireAnswer, type WireCall } from './trace-wire';
import { type TraceName, Traces } from './traces';

export interface TraceHarness extends Harness {
  /** The panel of the page that was loaded last. */
  readonly panel: FakeTracePanel;
  readonly traces: Traces;
}

export async function startTraceHarness(): Promise<TraceHarness> {
  const traces = new Traces();
  const panels = new Map<string, FakeTracePanel>();
  let last: FakeTracePanel | undefined;
  const harness = await startHarness('trace', 'test/webview/fake-trace-host.ts', async (query, body) => {
    const answer: WireAnswer = { events: [] };
    let panel: FakeTracePanel | undefined;
    try {
      const name = (query.get('trace') ?? 'compaction') as TraceName;
      const id = `${query.get('panel')} ${name}`;
      panel = panels.get(id);
      if (!panel) {
        panel = new FakeTracePanel(traces, name, query);
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
    traces,
    get panel() {
      if (!last) throw new Error('no page has asked yet');
      return last;
    },
    close: async () => {
      await harness.close();
      for (const { name, session } of panels.values()) if (name !== 'long') session.discard();
      traces.end();
    },
  };
}
