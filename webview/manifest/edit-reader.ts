import type { EditForm, EditView, ManifestPageCalls } from '../protocol/manifest';
import type { Remote } from '../protocol/rpc';
import { FORM_PAGE, type FormRange, joinForms } from './edit-form';

/** The worker gives so many lines of a form at once. */
const FORM_PIECE = 500;

/** The page, as what reads the selected edit uses it. */
export interface ReaderHost {
  readonly calls: Remote<ManifestPageCalls>;
  /** The edit that is selected. */
  readonly edit: number;
  readonly hasEdits: boolean;
  /** Whether its fields are shown. */
  readonly wantsForm: boolean;
  /** An edit was read: brings the list to it, in any case if `isAsked`. */
  shown(edit: number, isAsked: boolean): Promise<void>;
  failed(error: unknown): void;
  /** Runs a call and tells of its failure; undefined then. */
  tried<T>(call: Promise<T>): Promise<T | undefined>;
  requestUpdate(): void;
}

/** Reads the selected edit: while the slider moves, one request at a time, and then the newest. */
export class EditReader {
  view: EditView | undefined;
  /** Its fields, where they may be changed. */
  form: EditForm | undefined;
  range: FormRange = { end: FORM_PAGE };
  readonly #host: ReaderHost;
  #asking: Promise<void> | undefined;
  #wanted: number | undefined;
  #isListAsked = false;

  constructor(host: ReaderHost) {
    this.#host = host;
  }

  /** Reads an edit; resolves when the newest one that was wanted is there. */
  read(edit: number, isListAsked: boolean): Promise<void> {
    this.#wanted = edit;
    this.#isListAsked ||= isListAsked;
    this.#asking ??= this.#askOn();
    return this.#asking;
  }

  /** Asks for more or other lines of the selected edit. */
  async readForm(range: FormRange): Promise<void> {
    const host = this.#host;
    const { edit } = host;
    this.range = range;
    host.requestUpdate();
    const form = await host.tried(this.#formOf(edit, range));
    if (edit !== host.edit || range !== this.range) return;
    this.form = form;
    host.requestUpdate();
  }

  async #askOn(): Promise<void> {
    while (this.#wanted !== undefined) await this.#ask();
    this.#asking = undefined;
  }

  async #ask(): Promise<void> {
    const host = this.#host;
    const edit = this.#wanted!;
    const isListAsked = this.#isListAsked;
    this.#wanted = undefined;
    this.#isListAsked = false;
    try {
      if (host.hasEdits) await this.#askEdit(edit);
      else [this.view, this.form] = [undefined, undefined];
      host.requestUpdate();
      await host.shown(edit, isListAsked);
    } catch (error) {
      host.failed(error);
    }
  }

  async #askEdit(edit: number): Promise<void> {
    const { calls, wantsForm } = this.#host;
    const range = { end: FORM_PAGE, file: this.range.file };
    const [view, form] = await Promise.all([
      calls.edit(edit),
      wantsForm ? this.#formOf(edit, this.form?.edit === edit ? this.range : range) : undefined,
    ]);
    if (form?.edit !== this.form?.edit) this.range = range;
    [this.view, this.form] = [view, form];
  }

  async #formOf(edit: number, { end, file }: FormRange): Promise<EditForm> {
    const piece = (start: number) => {
      const page = { start, end: Math.min(end, start + FORM_PIECE) };
      return this.#host.calls.form(edit, file === undefined ? page : { ...page, file });
    };
    let form = await piece(0);
    for (let start = FORM_PIECE; start < end; start += FORM_PIECE) form = joinForms(form, await piece(start));
    return form;
  }
}
