import * as vscode from 'vscode';
import { Context, OPEN_DATABASES_KEY } from '../ids';
import { Owner } from '../lifecycle';
import { Database } from './database';

/** The databases in the view. Which they are survives a reload; they are opened again when somebody looks. */
export class DatabaseRegistry extends Owner {
  private readonly databases = new Map<string, Database>();
  private readonly memento: vscode.Memento;
  private readonly workers: string;
  private readonly listChanged = this.own(new vscode.EventEmitter<void>());
  private readonly databaseChanged = this.own(new vscode.EventEmitter<Database>());
  private readonly databaseClosed = this.own(new vscode.EventEmitter<Database>());
  /** A database came or went. */
  readonly onDidChangeList = this.listChanged.event;
  readonly onDidChangeDatabase = this.databaseChanged.event;
  readonly onDidClose = this.databaseClosed.event;

  constructor(memento: vscode.Memento, workers: string) {
    super();
    this.memento = memento;
    this.workers = workers;
    for (const uri of memento.get<string[]>(OPEN_DATABASES_KEY, [])) this.insert(vscode.Uri.parse(uri));
    this.updateContext();
  }

  get all(): Database[] {
    return [...this.databases.values()];
  }

  find(uri: vscode.Uri): Database | undefined {
    return this.databases.get(keyOf(uri));
  }

  /** The database of a folder, new to the view or not. */
  add(uri: vscode.Uri): Database {
    const present = this.find(uri);
    if (present) return present;
    const database = this.insert(uri);
    this.save();
    return database;
  }

  close(database: Database): void {
    if (!this.databases.delete(keyOf(database.uri))) return;
    this.databaseClosed.fire(database);
    database.dispose();
    this.save();
  }

  override dispose(): void {
    for (const database of this.databases.values()) database.dispose();
    this.databases.clear();
    super.dispose();
  }

  private insert(uri: vscode.Uri): Database {
    const database = new Database(uri, this.workers);
    database.onDidChange(() => this.databaseChanged.fire(database));
    this.databases.set(keyOf(uri), database);
    return database;
  }

  private save(): void {
    void this.memento.update(
      OPEN_DATABASES_KEY,
      this.all.map(({ uri }) => uri.toString()),
    );
    this.updateContext();
    this.listChanged.fire();
  }

  private updateContext(): void {
    void vscode.commands.executeCommand('setContext', Context.hasDatabases, this.databases.size > 0);
  }
}

/** A folder with and without a slash at its end is one. */
function keyOf(uri: vscode.Uri): string {
  return uri.with({ path: uri.path.replace(/\/+$/, '') }).toString();
}
