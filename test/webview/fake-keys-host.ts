// The fake host of the Keys view: ten million keys.

import { packKeyRows } from '../../src/worker/key-rows';
import type { KeyAnchor, KeysQuery } from '../../webview/protocol/keys';
import { type FakeHost, startFakeHost } from './fake-host';
import { fakePage, fakeValue } from './fake-keys';

/** What the tests of the Keys view see and turn. */
export interface FakeKeysHost extends FakeHost {
  /** The text that `page` fails with; empty if it answers. */
  failure: string;
  problems: string[];
}

const fake = Object.assign(window.fake, {
  failure: new URLSearchParams(location.search).get('failure') ?? '',
  problems: [] as string[],
}) as FakeKeysHost;

startFakeHost((method, params) => {
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
      const { rows, ...page } = fakePage(query, anchor, direction, count);
      const packed = packKeyRows(rows.map((row) => ({ ...row, sequence: Number(row.sequence) })));
      return { ...page, rows: packed, problems: fake.problems };
    }
    case 'value':
      return fakeValue(params[0] as Uint8Array, params[1] as string | undefined);
    case 'mayChange':
      return true;
    case 'openValue':
    case 'deleteKey':
    case 'biography':
    case 'explain':
      return undefined;
    default:
      throw new Error(`no call ${method}`);
  }
});
