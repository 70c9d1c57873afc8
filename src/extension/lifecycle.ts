import type { Disposable } from 'vscode';

/** Something that owns others and ends with them. */
export abstract class Owner implements Disposable {
  private readonly owned: Disposable[] = [];
  private ended = false;

  protected own<T extends Disposable>(disposable: T): T {
    if (this.ended) disposable.dispose();
    else this.owned.push(disposable);
    return disposable;
  }

  get isDisposed(): boolean {
    return this.ended;
  }

  dispose(): void {
    this.ended = true;
    for (const disposable of this.owned.splice(0).reverse()) disposable.dispose();
  }
}
