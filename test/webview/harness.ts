// Serves a view without VS Code: the real page and bundle, and a fake host in the page.
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { build } from 'esbuild';
import { pageHtml } from '../../webview/protocol/page';
import { THEMES, type ThemeName } from './themes';

const TYPES: Record<string, string> = {
  js: 'text/javascript',
  css: 'text/css',
  ttf: 'font/ttf',
};

const NONCE = 'Nonce0123456789';

export interface Harness {
  /** The view's page; `?theme=light|dark|contrast`, `&delay=`, `&failure=`, `&empty`. */
  url: string;
  close(): Promise<void>;
}

/** Answers what a page's script posts to /call, by the page's query. */
export type PostedCalls = (query: URLSearchParams, body: string) => Promise<string>;

/**
 * Starts the server on a free port of this machine. Needs the bundles in dist/webview. `app` is the view's folder in
 * webview/; `fakeHost` a script of the page that calls startFakeHost. With `posted`, that script may ask this process,
 * which the page's policy allows in the harness alone.
 */
export async function startHarness(
  app = 'keys',
  fakeHost = 'test/webview/fake-keys-host.ts',
  posted?: PostedCalls,
): Promise<Harness> {
  const host = await build({
    entryPoints: [fakeHost],
    bundle: true,
    write: false,
    format: 'iife',
    target: 'es2022',
  });
  const hostCode = host.outputFiles[0]!.text;
  let origin = '';
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', origin);
    const send = (type: string, body: string | Uint8Array) => {
      response.writeHead(200, { 'content-type': type, 'cache-control': 'no-store' });
      response.end(body);
    };
    if (url.pathname === '/') {
      const theme = (url.searchParams.get('theme') ?? 'light') as ThemeName;
      const html = page(origin, app, theme);
      return send('text/html; charset=utf-8', posted ? mayConnect(html, origin) : html);
    }
    if (url.pathname === '/call' && posted) {
      const parts: Buffer[] = [];
      request.on('data', (part: Buffer) => parts.push(part));
      request.on('end', () => {
        const body = Buffer.concat(parts).toString();
        void posted(url.searchParams, body).then((answer) => send('application/json', answer));
      });
      return;
    }
    if (url.pathname === '/fake-host.js') return send(TYPES.js!, hostCode);
    const file = /^\/webview\/([\w-]+\.(js|css|ttf))$/.exec(url.pathname);
    if (file !== null) return send(TYPES[file[2]!]!, readFileSync(`dist/webview/${file[1]}`));
    response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url: `${origin}/`,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

function mayConnect(html: string, origin: string): string {
  return html.replace('default-src &#39;none&#39;', (policy) => `${policy}; connect-src ${origin}`);
}

function page(origin: string, app: string, theme: ThemeName): string {
  const html = pageHtml({
    cspSource: origin,
    nonce: NONCE,
    scriptUri: `${origin}/webview/${app}.js`,
    codiconUri: `${origin}/webview/codicon.css`,
    title: 'fake',
    app: `lsm-${app}`,
    resource: 'file:///fake',
  });
  const variables = Object.entries(THEMES[theme]).map(([name, value]) => `--vscode-${name}: ${value};`);
  const style = `<style nonce="${NONCE}">html { ${variables.join(' ')} }
    body { background: var(--vscode-editor-background); color: var(--vscode-foreground); }</style>`;
  const host = `<script nonce="${NONCE}" src="/fake-host.js"></script>`;
  const className = { light: 'vscode-light', dark: 'vscode-dark', contrast: 'vscode-high-contrast' }[theme];
  return html
    .replace('</head>', () => `${style}</head>`)
    .replace('<body>', () => `<body class="${className}">${host}`);
}
