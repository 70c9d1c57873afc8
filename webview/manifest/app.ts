import { html, nothing } from 'lit';
import type { Place } from '../protocol/common';
import type {
  EditFilter,
  EditForm,
  EditRow,
  EditView,
  LifeView,
  ManifestOverview,
  ManifestPageCalls,
  ProblemRow,
} from '../protocol/manifest';
import { appStyles, fileAppStyles } from '../ui/app-styles';
import { FileApp, type SavedFileState } from '../ui/file-app';
import { formStyles } from '../ui/form-styles';
import type { GridMenu, LsmGrid } from '../ui/grid';
import { iconStyles } from '../ui/icon';
import { IndexedSource, indexKey } from '../ui/indexed-rows';
import type { LsmMenu, MenuItem } from '../ui/menu';
import type { LsmProblems } from '../ui/problem-list';
import { errorText } from '../ui/rpc';
import { byteSize, count, plural, t } from '../ui/text';
import { ChangeQueue } from './change-queue';
import { CHECKS_PAGE, checksView } from './checks-view';
import { columns, type Row } from './columns';
import { damageDetails, damageProblems } from './damage-view';
import { FORM_PAGE, type FormRange, joinForms } from './edit-form';
import { editText } from './edit-text';
import { fileDetails, ghostDetails } from './file-details';
import { legend } from './legend';
import { type ColorBy, Lives, PALETTE, type VersionFiles } from './lives';
import { type Apply, actionOfKey, editActions, type Plan } from './plans';
import { checkStyles, manifestStyles } from './styles';
import { operationsBar, toolbar } from './toolbars';

/** The worker gives so many lines of a form at once. */
const FORM_PIECE = 500;

interface SavedManifest extends SavedFileState {
  /** The list's share of the height where it lies above the map. */
  stackedShare: number;
  /** The part of the right side that the map and its slider have. */
  mapShare: number;
  edit: number | undefined;
  colorBy: ColorBy;
  details: 'edit' | 'file' | 'checks' | 'changes';
  filter: EditFilter;
}

/** A MANIFEST: its edits, and the version after each. */
export class LsmManifest extends FileApp<ManifestPageCalls, SavedManifest> {
  static override styles = [appStyles, fileAppStyles, iconStyles, formStyles, checkStyles, manifestStyles];
  static override properties = {
    ...FileApp.properties,
    overview: { state: true },
    lives: { state: true },
    edit: { state: true },
    life: { state: true },
    editView: { state: true },
    lifeView: { state: true },
    problems: { state: true },
    checked: { state: true },
    isChecking: { state: true },
    checksShown: { state: true },
    first: { state: true },
    form: { state: true },
    formRange: { state: true },
    damage: { state: true },
    isAdding: { state: true },
  };
  declare overview: ManifestOverview | undefined;
  declare lives: Lives | undefined;
  declare edit: number;
  /** The selected file, as the index of a life or, from their count on, of a ghost; -1 for none. */
  declare life: number;
  declare editView: EditView | undefined;
  declare lifeView: LifeView | undefined;
  declare problems: ProblemRow[];
  declare checked: boolean;
  declare isChecking: boolean;
  declare checksShown: number;
  /** The selected edit's fields, where they may be changed. */
  declare form: EditForm | undefined;
  declare formRange: FormRange;
  /** The selected row, if it is damage. */
  declare damage: Row | undefined;
  /** A table is being added to the version. */
  declare isAdding: boolean;
  /** The edit to compare with. */
  declare first: number | undefined;
  #files: VersionFiles | undefined;
  /** While the slider moves, one request at a time, and then the newest. */
  #asking: Promise<void> | undefined;
  #wanted: number | undefined;
  #selects = false;
  #loadsAsked = 0;
  #loading: Promise<void> | undefined;
  /** The edit to select when what was done is shown. */
  #goTo: number | undefined;
  readonly #queue = new ChangeQueue((plan) => this.#apply(plan));

  constructor() {
    super({
      share: 0.5,
      stackedShare: 0.28,
      mapShare: 0.42,
      edit: undefined,
      colorBy: 'age',
      details: 'edit',
      filter: {},
    });
    this.overview = undefined;
    this.lives = undefined;
    this.edit = 0;
    this.life = -1;
    this.editView = undefined;
    this.lifeView = undefined;
    this.problems = [];
    this.checked = false;
    this.isChecking = false;
    this.checksShown = CHECKS_PAGE;
    this.first = undefined;
    this.form = undefined;
    this.formRange = { end: FORM_PAGE };
    this.damage = undefined;
    this.isAdding = false;
  }

  override render() {
    const { overview, lives, saved } = this;
    if (!overview || !lives) return html`<lsm-problems></lsm-problems>${this.placeholder()}`;
    const { editing, edits } = overview;
    this.#files = lives.at(this.edit, saved.colorBy, this.edit === edits - 1);
    return html`
      <h1>${overview.name}</h1>
      ${toolbar(overview, saved.filter, this.first, this.#toolbarActions)}
      <lsm-problems></lsm-problems>
      ${edits === 0 && !editing.exists ? this.#missing(overview) : this.#panes(overview, lives, this.#files)}
      <div class="status"><span>${this.#status(overview)}</span>${this.#unsaved(overview)}<span role="status">${this.message}</span></div>
      <lsm-menu></lsm-menu>
    `;
  }

  #panes(overview: ManifestOverview, lives: Lives, files: VersionFiles) {
    const { saved } = this;
    return html`<div class="panes ${this.narrow ? 'stacked' : ''}">
      <div class="list column">
        <lsm-grid
          @lsm-select=${(event: CustomEvent<Row | null>) => this.#selected(event.detail)}
          @lsm-error=${(event: CustomEvent<unknown>) => this.tell([String(event.detail)])}
          @lsm-menu=${(event: CustomEvent<GridMenu<Row> | null>) => this.#rowMenu(event)}
          @keydown=${(event: KeyboardEvent) => this.#gridKey(event)}
        ></lsm-grid>
      </div>
      <lsm-splitter .share=${this.shareNow} .stacked=${this.narrow}
        @lsm-split=${({ detail }: CustomEvent<number>) => this.keep(this.narrow ? { stackedShare: detail } : { share: detail })}></lsm-splitter>
      <div class="side"><div class="column">
        <div class="upper column">${this.#map(overview, lives, files)}</div>
        <lsm-splitter .share=${saved.mapShare} stacked
          @lsm-split=${(event: CustomEvent<number>) => this.keep({ mapShare: event.detail })}></lsm-splitter>
        <div class="lower column">${this.#tabs(overview)}${this.#details(overview, lives)}</div>
      </div></div>
    </div>`;
  }

  /** There is no such file: what there is to do about it. */
  #missing({ name, editing }: ManifestOverview) {
    return html`<div class="missing scroll" tabindex="0" role="region" aria-label=${name}>
      <p>${t('There is no {0} in the folder, and the database cannot be opened without it. It can be made anew from the tables that are there.', name)}</p>
      ${editing.canEdit ? html`<lsm-rebuild main .apply=${this.apply}></lsm-rebuild>` : html`<p>${editing.readOnlyReason ?? ''}</p>`}
    </div>`;
  }

  #map(overview: ManifestOverview, lives: Lives, files: VersionFiles) {
    const { saved, edit } = this;
    const isLast = edit === overview.edits - 1;
    return html`
      <lsm-time-bar .edits=${overview.edits} .edit=${edit}
        @lsm-edit=${(event: CustomEvent<number>) => void this.#show(event.detail, true)}></lsm-time-bar>
      <lsm-level-map
        .files=${files}
        .palette=${PALETTE}
        .ticks=${lives.ticks}
        .selected=${files.lives.indexOf(this.life)}
        .describe=${(index: number) => this.#describe(lives, files.lives[index]!)}
        .label=${t('Levels over the key space')}
        @lsm-file=${(event: CustomEvent<number>) => void this.#selectLife(files.lives[event.detail]!)}
      ></lsm-level-map>
      ${legend(lives, edit, saved.colorBy, isLast && lives.isChanged, (colorBy) => this.keep({ colorBy }))}
    `;
  }

  #tabs({ editing }: ManifestOverview) {
    const { problems } = this;
    return html`<lsm-tabs
      .tabs=${[
        { id: 'edit', title: t('Edit') },
        { id: 'file', title: t('File') },
        { id: 'checks', title: problems.length > 0 ? t('Checks ({0})', problems.length) : t('Checks') },
        {
          id: 'changes',
          title: editing.operations > 0 ? t('Changes ({0})', editing.operations) : t('Changes'),
        },
      ]}
      .selected=${this.saved.details}
      .label=${t('Details')}
      @lsm-tab=${(event: CustomEvent<SavedManifest['details']>) => this.#showTab(event.detail)}
    ></lsm-tabs>`;
  }

  #details(overview: ManifestOverview, lives: Lives) {
    const { problems, checked, isChecking, checksShown } = this;
    const { canEdit } = overview.editing;
    switch (this.saved.details) {
      case 'edit':
        return this.#editDetails(overview);
      case 'file':
        return this.#fileDetails(overview, lives);
      case 'checks':
        return checksView(
          overview,
          { problems, shown: checksShown, checked, isChecking, canEdit },
          this.#checkActions,
        );
      case 'changes':
        return html`<div class="scroll" tabindex="0" role="region" aria-label=${t('Changes')}>
          <lsm-changes .overview=${overview} .actions=${this.#changesActions}></lsm-changes>
        </div>`;
    }
  }

  #editDetails({ editing, edits }: ManifestOverview) {
    const { damage } = this;
    if (damage) return damageDetails(damage, this.problems, editing.canEdit, this.apply);
    if (!editing.canEdit) {
      return html`${editing.readOnlyReason === undefined ? nothing : html`<p class="sentence">${editing.readOnlyReason}</p>`}
        ${editText(this.editView)}`;
    }
    return html`${operationsBar(this.edit, edits, (plan) => void this.apply(plan))}
      <div class="scroll" tabindex="0" role="region" aria-label=${t('Edit')}>
        <lsm-edit-form .form=${this.form} .view=${this.editView} .edits=${edits} .range=${this.formRange} .apply=${this.apply}
          @lsm-range=${(event: CustomEvent<FormRange>) => void this.#askForm(event.detail)}
          @lsm-text=${() => void this.tried(this.calls.showText())}></lsm-edit-form>
      </div>`;
  }

  #fileDetails({ editing, edits }: ManifestOverview, lives: Lives) {
    const { life, lifeView } = this;
    const { canEdit } = editing;
    const isGhost = life >= lives.count;
    return html`<div class="scroll" tabindex="0" role="region" aria-label=${t('File')}>
      ${
        isGhost
          ? ghostDetails(
              { number: lives.numbers[life]!, level: lives.levels[life]!, bytes: lives.sizes[life]! },
              edits,
              this.#fileActions,
            )
          : lifeView
            ? fileDetails(lifeView, { canEdit, edits, isGone: lives.isGone(life) }, this.#fileActions)
            : html`<div class="placeholder">${t('Select a file in the picture.')}</div>`
      }
      ${canEdit ? this.#addTable(edits) : nothing}
    </div>`;
  }

  /** For a table that no edit names: a new edit at the end adds it. */
  #addTable(edits: number) {
    return html`<div class="actions"><button type="button" class="small" id="add-table" aria-expanded=${this.isAdding}
        title=${t('A table of the folder that the version lacks, in a new edit at the end')}
        @click=${() => {
          this.isAdding = !this.isAdding;
        }}>${t('Add Table…')}</button></div>
      ${
        this.isAdding
          ? html`<lsm-add-entry kind="table" .edits=${edits} .apply=${this.apply} @lsm-closed=${() => this.#added()}></lsm-add-entry>`
          : nothing
      }`;
  }

  #added(): void {
    this.isAdding = false;
    this.renderRoot.querySelector<HTMLElement>('#add-table')?.focus();
  }

  #status({ edits, kinds, bytes }: ManifestOverview): string {
    const damage = kinds.damage ? `, ${plural(kinds.damage, '1 damaged place', '{0} damaged places')}` : '';
    return `${plural(edits, '1 edit', '{0} edits')}, ${byteSize(bytes)}${damage}`;
  }

  #unsaved({ editing }: ManifestOverview) {
    const { isDirty, operations } = editing;
    if (!isDirty) return nothing;
    const words =
      operations === 0
        ? t('not saved')
        : operations === 1
          ? t('1 change, not saved')
          : t('{0} changes, not saved', count(operations));
    return html`<span class="dirty">${words}</span>`;
  }

  protected override updated(): void {
    super.updated();
    this.renderRoot
      .querySelector<HTMLElement>('.upper')
      ?.style.setProperty('flex-basis', `${this.saved.mapShare * 100}%`);
  }

  protected override reload(): Promise<void> {
    this.#loading = super.reload();
    return this.#loading;
  }

  protected override async load(): Promise<void> {
    const load = ++this.#loadsAsked;
    const atEnd = this.overview === undefined || this.edit === this.overview.edits - 1;
    const overview = await this.calls.open();
    const lives = new Lives(await this.calls.lives());
    if (load !== this.#loadsAsked) return;
    const selected = this.lives?.numbers[this.life];
    // The file that is selected may have gone on to another level, or be another one in another MANIFEST.
    this.life = selected === undefined ? -1 : lives.find(selected, this.life);
    this.lives = lives;
    this.overview = overview;
    this.problems = overview.problems;
    this.checked = false;
    this.checksShown = CHECKS_PAGE;
    this.first = this.first !== undefined && this.first < overview.edits ? this.first : undefined;
    const last = Math.max(0, overview.edits - 1);
    const remembered = atEnd && this.editView ? undefined : this.saved.edit;
    this.edit = Math.max(0, Math.min(last, this.#goTo ?? remembered ?? last));
    const isOurs = this.#goTo !== undefined;
    this.#goTo = undefined;
    await this.updateComplete;
    this.renderRoot.querySelector<LsmProblems>('lsm-problems')?.renew();
    const errors = overview.problems.filter(({ severity }) => severity === 'error');
    // The tab has all of them.
    if (errors.length === 1) this.tell([errors[0]!.message]);
    else if (errors.length > 1)
      this.tell([t('{0} (and {1} more, see Checks)', errors[0]!.message, errors.length - 1)]);
    await this.#list('again');
    if (this.saved.details !== 'edit') this.form = undefined;
    await this.#show(this.edit, true);
    // What came may stand below what is in sight.
    const { window, selected: row } = this.#grid ?? {};
    const held = row && window ? window.find(row) : -1;
    if (isOurs && held >= 0) window?.reveal(held);
    await this.#askLife();
  }

  protected override async reveal(place: Place): Promise<void> {
    if (place.at === 'edit') await this.#show(place.edit, true);
    else if (place.at === 'offset')
      await this.#show(Math.max(0, await this.calls.editAt(place.offset)), true);
    else if (place.at === 'file') {
      const life = await this.calls.lifeOf(place.number);
      if (life >= 0 && this.lives) {
        await this.#show(this.lives.added[life]!, true);
        await this.#selectLife(life);
      }
    }
  }

  get #grid(): LsmGrid<Row> | null {
    return this.renderRoot.querySelector<LsmGrid<Row>>('lsm-grid');
  }

  /** Lists the edits under the filter, from the first on or where the list stands. */
  async #list(from: 'first' | 'again'): Promise<void> {
    const grid = this.#grid;
    if (!grid) return;
    const { filter } = this.saved;
    grid.label = t('Edits');
    grid.columns = columns();
    grid.changed = ({ changed }) => changed;
    const source = new IndexedSource<EditRow>((start, end) => this.calls.rows(start, end, filter));
    if (from === 'again') await grid.showAgain(source, { at: 'first' });
    else await grid.show(source, { at: 'first' });
    await this.#selectRow();
  }

  /** Brings the grid to the present edit. */
  async #selectRow(): Promise<void> {
    const grid = this.#grid;
    if (!grid?.window || this.damage || grid.selected?.edit === this.edit) return;
    const row = await this.calls.rowOf(this.edit, this.saved.filter).catch(() => -1);
    if (row < 0) return;
    const { window } = grid;
    const find = () => window.items.findIndex((item) => item.row.index === row);
    if (find() < 0) await window.jump({ at: 'key', key: indexKey(row) });
    const held = find();
    if (held < 0) return;
    window.reveal(held);
    // Under a filter the edit itself may not be among the rows: what is selected stays the edit.
    if (window.items[held]?.row.edit === this.edit) grid.select(window.items[held]?.row);
  }

  /** Goes to an edit: the picture at once, its details as soon as they are there. */
  #show(edit: number, select: boolean): Promise<void> {
    const last = Math.max(0, (this.overview?.edits ?? 1) - 1);
    this.edit = Math.min(last, Math.max(0, edit));
    this.damage = undefined;
    this.keep({ edit: this.edit });
    this.#wanted = this.edit;
    this.#selects ||= select;
    this.#asking ??= this.#askOn();
    return this.#asking;
  }

  async #askOn(): Promise<void> {
    while (this.#wanted !== undefined) await this.#ask();
    this.#asking = undefined;
  }

  async #ask(): Promise<void> {
    const edit = this.#wanted!;
    const select = this.#selects;
    this.#wanted = undefined;
    this.#selects = false;
    try {
      if (this.overview?.edits) await this.#askEdit(edit);
      else [this.editView, this.form] = [undefined, undefined];
      if (select || edit !== this.#grid?.selected?.edit) await this.#selectRow();
    } catch (error) {
      this.tell([errorText(error)]);
    }
  }

  async #askEdit(edit: number): Promise<void> {
    const range = { end: FORM_PAGE, file: this.formRange.file };
    const wantsForm = this.overview?.editing.canEdit && this.saved.details === 'edit';
    const [view, form] = await Promise.all([
      this.calls.edit(edit),
      wantsForm ? this.#formOf(edit, this.form?.edit === edit ? this.formRange : range) : undefined,
    ]);
    if (form?.edit !== this.form?.edit) this.formRange = range;
    [this.editView, this.form] = [view, form];
  }

  /** Asks for more or other lines of the present edit. */
  async #askForm(range: FormRange): Promise<void> {
    const { edit } = this;
    this.formRange = range;
    const form = await this.tried(this.#formOf(edit, range));
    if (edit === this.edit && range === this.formRange) this.form = form;
  }

  async #formOf(edit: number, { end, file }: FormRange): Promise<EditForm> {
    const piece = (start: number) => {
      const page = { start, end: Math.min(end, start + FORM_PIECE) };
      return this.calls.form(edit, file === undefined ? page : { ...page, file });
    };
    let form = await piece(0);
    for (let start = FORM_PIECE; start < end; start += FORM_PIECE) form = joinForms(form, await piece(start));
    return form;
  }

  async #selectLife(life: number): Promise<void> {
    this.life = life;
    this.keep({ details: 'file' });
    await this.#askLife();
  }

  async #askLife(): Promise<void> {
    const { life, lives } = this;
    const isLife = lives !== undefined && life >= 0 && life < lives.count;
    const view = isLife ? await this.tried(this.calls.life(life)) : undefined;
    if (life === this.life) this.lifeView = view;
  }

  #selected(row: Row | null): void {
    if (!row) return;
    this.damage = row.edit === undefined ? row : undefined;
    if (row.edit === undefined) this.keep({ details: 'edit' });
    else if (row.edit !== this.edit || !this.editView) void this.#show(row.edit, false);
  }

  #showTab(details: SavedManifest['details']): void {
    this.keep({ details });
    if (details === 'edit' && this.overview?.editing.canEdit && this.form?.edit !== this.edit)
      void this.#askForm({ end: FORM_PAGE });
  }

  #filter(filter: EditFilter): void {
    this.keep({ filter });
    void this.#list('first');
  }

  #filterByFile(text: string): void {
    const file = text.trim();
    if (file !== '' && !/^\d+$/.test(file)) return;
    const { kinds } = this.saved.filter;
    this.#filter({ ...(kinds ? { kinds } : {}), ...(file === '' ? {} : { file }) });
  }

  #compare(): void {
    if (this.first === undefined) {
      this.first = this.edit;
      this.message = t('Now choose another edit to compare with.');
      return;
    }
    const { first } = this;
    this.first = undefined;
    this.message = '';
    void this.tried(this.calls.compareEdits(first, this.edit));
  }

  async #check(): Promise<void> {
    const load = this.#loadsAsked;
    this.isChecking = true;
    const problems = await this.tried(this.calls.check());
    this.isChecking = false;
    // A check of a MANIFEST that has gone on since says nothing of what is shown.
    if (!problems || load !== this.#loadsAsked) return;
    this.problems = problems;
    this.checked = true;
  }

  protected override get shareNow(): number {
    return this.narrow ? this.saved.stackedShare : this.saved.share;
  }

  /** Does a plan; the banner says why if it is refused. */
  readonly apply: Apply = async (plan) => {
    const refusal = await this.#queue.run(typeof plan === 'function' ? plan : () => plan);
    if (refusal !== undefined)
      this.renderRoot.querySelector<LsmProblems>('lsm-problems')?.insist(refusal.message);
    return refusal;
  };

  async #apply({ operations, edit }: Plan): Promise<void> {
    this.#goTo = edit;
    try {
      await this.calls.apply(operations);
    } finally {
      // The event that says so came before the answer.
      await this.#loading;
      await this.updateComplete;
      this.#goTo = undefined;
    }
  }

  /** Does one of the operations on whole edits, to the edit that is selected when its turn comes. */
  #act(id: string): void {
    void this.apply(() => {
      const { overview, edit } = this;
      const action = editActions(edit, overview?.edits ?? 0).find((each) => each.id === id);
      return action && !action.isDisabled ? action.plan : undefined;
    });
  }

  #gridKey(event: KeyboardEvent): void {
    const action = actionOfKey(event);
    const isOnRows = (event.composedPath()[0] as Element).getAttribute('role') === 'grid';
    if (!action || !isOnRows || !this.overview?.editing.canEdit || this.damage) return;
    event.preventDefault();
    // VS Code has a command of its own for Insert.
    event.stopPropagation();
    this.#act(action);
  }

  #rowMenu(event: CustomEvent<GridMenu<Row> | null>): void {
    if (!event.detail || !this.overview?.editing.canEdit) return;
    event.preventDefault();
    const { row, x, y } = event.detail;
    const items: MenuItem[] =
      row.edit === undefined
        ? damageProblems(row.offset, this.problems).flatMap(({ fixes }) =>
            fixes.map(({ label, operations }) => ({ label, run: () => void this.apply({ operations }) })),
          )
        : editActions(row.edit, this.overview.edits).map(({ id, label, keys, isDisabled, startsGroup }) => ({
            label,
            keys,
            isDisabled,
            startsGroup,
            run: () => this.#act(id),
          }));
    const title = row.edit === undefined ? t('Fixes') : t('Operations on the edit');
    void this.#menu?.show(title, items, { x, y }, this.#grid ?? undefined);
  }

  get #menu(): LsmMenu | null {
    return this.renderRoot.querySelector('lsm-menu');
  }

  readonly #toolbarActions = {
    filter: (filter: EditFilter) => this.#filter(filter),
    filterByFile: (text: string) => this.#filterByFile(text),
    goToTyped: (text: string) => {
      const value = Number(text);
      if (Number.isInteger(value)) void this.#show(value, true);
    },
    compare: () => this.#compare(),
    showText: () => void this.tried(this.calls.showText()),
    undo: () => void this.tried(this.calls.undo()),
    redo: () => void this.tried(this.calls.redo()),
  };

  readonly #places = {
    goToEdit: (edit: number) => {
      void this.#show(edit, true);
    },
    goToOffset: (offset: number) => void this.reveal({ at: 'offset', offset }),
  };

  readonly #fileActions = {
    ...this.#places,
    showEdit: (edit: number) => {
      this.keep({ details: 'edit' });
      void this.#show(edit, true);
    },
    openTable: (name: string) => void this.tried(this.calls.openTable(name)),
    filterByFile: (number: string) => this.#filterByFile(number),
    apply: this.apply,
    menu: (label: string, items: MenuItem[], event: Event) => {
      const button = event.currentTarget as HTMLElement;
      const { left, bottom } = button.getBoundingClientRect();
      void this.#menu?.show(label, items, { x: left, y: bottom + 2 }, button);
    },
  };

  readonly #checkActions = {
    ...this.#places,
    apply: this.apply,
    check: () => void this.#check(),
    showMore: () => {
      this.checksShown += CHECKS_PAGE;
    },
  };

  readonly #changesActions = {
    ...this.#places,
    apply: this.apply,
    tried: <T>(call: Promise<T>) => this.tried(call),
    differences: () => this.calls.differences(),
    tryOpening: () => this.calls.tryOpening(),
    save: () => this.calls.save(),
    saveAsNew: () => this.calls.saveAsNew(),
    copyScript: () => this.calls.copyScript(),
    goToFile: (number: string) => void this.reveal({ at: 'file', number }),
  };

  #describe(lives: Lives, life: number): string {
    const isLast = this.edit === (this.overview?.edits ?? 0) - 1;
    const notes = [
      lives.added[life] === this.edit ? t('added by this edit') : '',
      lives.removedAt(life) === this.edit ? t('removed by this edit') : '',
      isLast && lives.isUnsaved(life) ? t('not in the saved version') : '',
      isLast && lives.isGone(life) ? t('only in the saved version') : '',
    ];
    const table = t(
      'table {0}, level {1}, {2}',
      lives.numbers[life]!,
      lives.levels[life]!,
      byteSize(lives.sizes[life]!),
    );
    return [table, ...notes.filter((note) => note !== '')].join(', ');
  }
}
