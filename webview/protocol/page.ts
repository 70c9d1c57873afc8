// The page around a webview app. A pure function of strings, so that the extension and the test harness serve the
// same bytes.

export interface PageOptions {
  /** `webview.cspSource`: where scripts, styles and fonts may come from. */
  cspSource: string;
  /** Fresh for each page; letters and digits. */
  nonce: string;
  /** The app's module, dist/webview/<name>.js. */
  scriptUri: string;
  /** dist/webview/codicon.css. */
  codiconUri: string;
  title: string;
  /** The app's element: `lsm-keys`. */
  app: string;
  /** The address of the database or file, which the app keeps in its state: a reload brings the view back by it. */
  resource: string;
  /** The display language, `en` when it is left out. */
  language?: string;
}

/** The content security policy of every page: nothing but our own scripts, styles and fonts. */
export function pagePolicy(cspSource: string, nonce: string): string {
  return [
    `default-src 'none'`,
    `script-src 'nonce-${nonce}'`,
    `style-src ${cspSource} 'nonce-${nonce}'`,
    `font-src ${cspSource}`,
  ].join('; ');
}

/** The HTML of an app's page. Throws a RangeError for an app or a nonce that is not a plain name. */
export function pageHtml(options: PageOptions): string {
  const { nonce, app } = options;
  if (!/^[a-z]+(-[a-z]+)+$/.test(app)) throw new RangeError(`not an element's name: ${app}`);
  if (!/^[A-Za-z0-9+/=_-]+$/.test(nonce)) throw new RangeError('not a nonce');
  // The toolkit puts one style element into the page and takes the nonce for it from `csp-nonce`.
  return `<!DOCTYPE html>
<html lang="${escapeHtml(options.language ?? 'en')}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${escapeHtml(pagePolicy(options.cspSource, nonce))}">
<meta property="csp-nonce" content="${nonce}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(options.title)}</title>
<link rel="stylesheet" nonce="${nonce}" href="${escapeHtml(options.codiconUri)}">
<style nonce="${nonce}">
html, body { height: 100%; margin: 0; padding: 0; overflow: hidden; }
</style>
</head>
<body>
<${app} data-resource="${escapeHtml(options.resource)}"></${app}>
<script type="module" nonce="${nonce}" src="${escapeHtml(options.scriptUri)}"></script>
</body>
</html>
`;
}

function escapeHtml(text: string): string {
  return text.replace(
    /[&<>"']/g,
    (c) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' })[c] ?? c,
  );
}
