// The fake host of the trace page: what it is asked goes to the harness' process, where a real trace answers.

import { startFakeHost } from './fake-host';
import { fromWire, toWire, type WireAnswer } from './trace-wire';

/** Each page has a panel of its own; a reload comes back to it. */
const PANEL = 'panel';
const panel = sessionStorage.getItem(PANEL) ?? crypto.randomUUID();
sessionStorage.setItem(PANEL, panel);

startFakeHost(async (method, params) => {
  const query = new URLSearchParams(location.search);
  query.set(PANEL, panel);
  const response = await fetch(`/call?${query}`, { method: 'POST', body: toWire({ method, params }) });
  const { value, error, events } = fromWire(await response.text()) as WireAnswer;
  // Events come behind the answer, as they would.
  setTimeout(() => {
    for (const { name, value: of } of events) window.fake.send(name, of);
  });
  if (error !== undefined) throw new Error(error);
  return value;
});
