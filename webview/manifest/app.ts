import { html, nothing } from 'lit';
import type { Place } from '../protocol/common';
import type {
  EditFilter,
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
import type { LsmMenu, MenuItem } from '../ui/menu';
import type { LsmProblems } from '../ui/problem-list';
import { errorText } from '../ui/rpc';
import { t } from '../ui/text';
import { ChangeQueue } from './change-queue';
import { CHECKS_PAGE, checksView } from './checks-view';
import type { Row } from './columns';
import { damageDetails } from './damage-view';
import { describeFile } from './describe-file';
import { FORM_PAGE, type FormRange } from './edit-form';
import { EditList } from './edit-list';
import { EditReader } from './edit-reader';
import { editText } from './edit-text';
import { fileDetails, ghostDetails } from './file-details';
import { legend } from './legend';
import { type ColorBy, Lives, PALETTE, type VersionFiles } from './lives';
import { missingView } from './missing-view';
import { type Apply, actionOfKey, editActions, type Plan } from './plans';
import { rowMenu } from './row-menu';
import { statusLine } from './status-line';
import { checkStyles, manifestStyles } from './styles';
import { operationsBar, toolbar } from './toolbars';

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
    lifeView: { state: true },
    problems: { state: true },
    checked: { state: true },
    isChecking: { state: true },
    checksShown: { state: true },
    first: { state: true },
    damage: { state: true },
    isAdding: { state: true },
  };
  declare overview: ManifestOverview | undefined;
  declare lives: Lives | undefined;
  declare edit: number;
  /** The selected file, as the index of a life or, from their count on, of a ghost; -1 for none. */
  declare life: number;
  declare lifeView: LifeView | undefined;
  declare problems: ProblemRow[];
  declare checked: boolean;
  declare isChecking: boolean;
  declare checksShown: number;
  /** The selected row, if it is damage. */
  declare damage: Row | undefined;
  /** A table is being added to the version. */
  declare isAdding: boolean;
  /** The edit to compare with. */
  declare first: number | undefined;
  #files: VersionFiles | undefined;
  #loadsAsked = 0;
  #loading: Promise<void> | undefined;
  /** The edit to select when what was done is shown. */
  #goTo: number | undefined;
  readonly #queue = new ChangeQueue((plan) => this.#apply(plan));
  readonly #reader: EditReader;
  readonly #list: EditList;

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
    this.lifeView = undefined;
    this.problems = [];
    this.checked = false;
    this.isChecking = false;
    this.checksShown = CHECKS_PAGE;
    this.first = undefined;
    this.damage = undefined;
    this.isAdding = false;
    const page = this;
    this.#list = new EditList({
      calls: this.calls,
      get grid() {
        return page.#grid ?? undefined;
      },
      get filter() {
        return page.saved.filter;
      },
      get edit() {
        return page.edit;
      },
      get isDamage() {
        return page.damage !== undefined;
      },
    });
    this.#reader = new EditReader({
      calls: this.calls,
      get edit() {
        return page.edit;
      },
      get hasEdits() {
        return (page.overview?.edits ?? 0) > 0;
      },
      get wantsForm() {
        return page.#canEdit && page.saved.details === 'edit';
      },
      shown: async (edit, isAsked) => {
        if (isAsked || edit !== this.#grid?.selected?.edit) await this.#list.goToEdit();
      },
      failed: (error) => this.tell([errorText(error)]),
      tried: (call) => this.tried(call),
      requestUpdate: () => this.requestUpdate(),
    });
  }

  get #canEdit(): boolean {
    return this.overview?.editing.canEdit ?? false;
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
      ${edits === 0 && !editing.exists ? missingView(overview, this.apply) : this.#panes(overview, lives, this.#files)}
      ${statusLine(overview, this.message)}
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
        .describe=${(index: number) => describeFile(lives, files.lives[index]!, edit, isLast)}
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
        ${editText(this.#reader.view)}`;
    }
    return html`${operationsBar(this.edit, edits, (plan) => void this.apply(plan))}
      <div class="scroll" tabindex="0" role="region" aria-label=${t('Edit')}>
        <lsm-edit-form .form=${this.#reader.form} .view=${this.#reader.view} .edits=${edits} .range=${this.#reader.range} .apply=${this.apply}
          @lsm-range=${(event: CustomEvent<FormRange>) => void this.#reader.readForm(event.detail)}
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
    const remembered = atEnd && this.#reader.view ? undefined : this.saved.edit;
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
    await this.#list.list('again');
    if (this.saved.details !== 'edit') this.#reader.form = undefined;
    await this.#show(this.edit, true);
    // What came may stand below what is in sight.
    if (isOurs) this.#list.reveal();
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

  /** Goes to an edit: the picture at once, its details as soon as they are there. */
  #show(edit: number, select: boolean): Promise<void> {
    const last = Math.max(0, (this.overview?.edits ?? 1) - 1);
    this.edit = Math.min(last, Math.max(0, edit));
    this.damage = undefined;
    this.keep({ edit: this.edit });
    return this.#reader.read(this.edit, select);
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
    else if (row.edit !== this.edit || !this.#reader.view) void this.#show(row.edit, false);
  }

  #showTab(details: SavedManifest['details']): void {
    this.keep({ details });
    if (details === 'edit' && this.#canEdit && this.#reader.form?.edit !== this.edit)
      void this.#reader.readForm({ end: FORM_PAGE });
  }

  #filter(filter: EditFilter): void {
    this.keep({ filter });
    void this.#list.list('first');
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
    if (!action || !isOnRows || !this.#canEdit || this.damage) return;
    event.preventDefault();
    // VS Code has a command of its own for Insert.
    event.stopPropagation();
    this.#act(action);
  }

  #rowMenu(event: CustomEvent<GridMenu<Row> | null>): void {
    const { overview } = this;
    if (!event.detail || !overview?.editing.canEdit) return;
    event.preventDefault();
    const { row, x, y } = event.detail;
    const items = rowMenu(row, overview.edits, this.problems, {
      act: (id) => this.#act(id),
      apply: this.apply,
    });
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
}
