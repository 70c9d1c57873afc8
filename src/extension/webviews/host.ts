import * as vscode from 'vscode';
import type { CommonCalls } from '../../../webview/protocol/common';
import { packBytes, unpackParameter } from '../../../webview/protocol/pack';
import { pageHtml } from '../../../webview/protocol/page';
import type { RpcMessage } from '../../../webview/protocol/rpc';
import { WorkerError } from '../../worker/client';
import { Owner } from '../lifecycle';
import { texts } from './texts';

/** Which page a webview shows. */
export interface WebviewPage {
  /** The app's folder in webview/: `keys`. Its element is `lsm-keys`, its script dist/webview/keys.js. */
  app: string;
  title: string;
  /** What it shows, by which a reload finds it again. */
  resource: vscode.Uri;
}

/** Answers of the extension: the interface's methods, at once or as promises. */
export type Answers<Calls> = {
  [Name in keyof Calls]: Calls[Name] extends (...params: infer Params) => infer Result
    ? (...params: Params) => Result | Promise<Result>
    : never;
};

/** What a page may do and load. */
export function webviewOptions(extensionUri: vscode.Uri): vscode.WebviewOptions {
  return { enableScripts: true, localResourceRoots: [vscode.Uri.joinPath(extensionUri, 'dist', 'webview')] };
}

/** The extension's end of webview/protocol/rpc.ts: serves one page, answers its calls, tells it of events. */
export class WebviewHost<Calls, Events> extends Owner {
  private readonly webview: vscode.Webview;
  private readonly answers: Record<string, (...params: unknown[]) => unknown>;
  /** Events for a page that does not listen yet. */
  private waiting: RpcMessage[] | undefined = [];

  constructor(
    webview: vscode.Webview,
    extensionUri: vscode.Uri,
    page: WebviewPage,
    answers: Answers<Omit<Calls, keyof CommonCalls>>,
  ) {
    super();
    this.webview = webview;
    const common: Answers<CommonCalls> = {
      texts,
      copy: async (text) => vscode.env.clipboard.writeText(text),
    };
    this.answers = { ...common, ...answers } as typeof this.answers;
    this.own(webview.onDidReceiveMessage((message: RpcMessage) => void this.receive(message)));
    webview.options = webviewOptions(extensionUri);
    webview.html = html(webview, extensionUri, page);
  }

  /** Tells the page, as soon as it listens. */
  send<Name extends keyof Events & string>(name: Name, value: Events[Name]): void {
    const message: RpcMessage = { kind: 'event', name, ...packBytes(value) };
    if (this.waiting) this.waiting.push(message);
    else this.post(message);
  }

  private async receive(message: RpcMessage): Promise<void> {
    if (message.kind !== 'request') return;
    const { id, method, params } = message;
    // A page that asks listens; after a reload it does so anew.
    const waiting = this.waiting ?? [];
    this.waiting = undefined;
    for (const event of waiting) this.post(event);
    try {
      if (!Object.hasOwn(this.answers, method)) throw new Error(`no call ${method}`);
      const value = await this.answers[method](...params.map(unpackParameter));
      this.post({ kind: 'response', id, ok: true, ...packBytes(value) });
    } catch (error) {
      const text = error instanceof Error ? error.message : String(error);
      const code = error instanceof WorkerError ? { code: error.code } : {};
      this.post({ kind: 'response', id, ok: false, error: text, ...code });
    }
  }

  private post(message: RpcMessage): void {
    if (!this.isDisposed) void this.webview.postMessage(message);
  }
}

function html(webview: vscode.Webview, extensionUri: vscode.Uri, page: WebviewPage): string {
  const root = vscode.Uri.joinPath(extensionUri, 'dist', 'webview');
  const uriOf = (name: string) => webview.asWebviewUri(vscode.Uri.joinPath(root, name)).toString();
  return pageHtml({
    cspSource: webview.cspSource,
    nonce: newNonce(),
    scriptUri: uriOf(`${page.app}.js`),
    codiconUri: uriOf('codicon.css'),
    title: page.title,
    app: `lsm-${page.app}`,
    language: vscode.env.language,
    resource: page.resource.toString(),
  });
}

function newNonce(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) =>
    byte.toString(16).padStart(2, '0'),
  ).join('');
}
