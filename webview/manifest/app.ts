import { html } from 'lit';
import type { Place } from '../protocol/common';
import type {
  EditFilter,
  EditKind,
  EditRow,
  EditView,
  LifeView,
  ManifestOverview,
  ManifestPageCalls,
  ProblemRow,
} from '../protocol/manifest';
import { appStyles, fileAppStyles } from '../ui/app-styles';
import type { ValueControl } from '../ui/controls';
import { FileApp, type SavedFileState } from '../ui/file-app';
import type { GridColumn, LsmGrid } from '../ui/grid';
import { iconStyles } from '../ui/icon';
import { type IndexedRow, IndexedSource, indexKey } from '../ui/indexed-rows';
import type { LsmProblems } from '../ui/problem-list';
import { byteSize, count, plural, t } from '../ui/text';
import { checksView, type DetailActions, editDetails, fileDetails } from './details';
import { type ColorBy, Lives, PALETTE, type VersionFiles } from './lives';
import { manifestStyles } from './styles';
import { editWords, kindTitle } from './words';

type Row = IndexedRow<EditRow>;

interface SavedManifest extends SavedFileState {
  edit: number | undefined;
  colorBy: ColorBy;
  details: 'edit' | 'file' | 'checks';
  filter: EditFilter;
}

/** A MANIFEST: its edits, and the version after each. */
export class LsmManifest extends FileApp<ManifestPageCalls, SavedManifest> {
  static override styles = [appStyles, fileAppStyles, iconStyles, manifestStyles];
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
    first: { state: true },
  };
  declare overview: ManifestOverview | undefined;
  declare lives: Lives | undefined;
  declare edit: number;
  /** The selected file, as the index of a life, or -1. */
  declare life: number;
  declare editView: EditView | undefined;
  declare lifeView: LifeView | undefined;
  declare problems: ProblemRow[];
  declare checked: boolean;
  /** The edit to compare with. */
  declare first: number | undefined;
  #files: VersionFiles | undefined;
  /** While the slider moves, one request at a time, and then the newest. */
  #asking = false;
  #wanted: number | undefined;
  #loadsAsked = 0;

  constructor() {
    super({ share: 0.56, edit: undefined, colorBy: 'age', details: 'edit', filter: {} });
    this.overview = undefined;
    this.lives = undefined;
    this.edit = 0;
    this.life = -1;
    this.editView = undefined;
    this.lifeView = undefined;
    this.problems = [];
    this.checked = false;
    this.first = undefined;
  }

  override render() {
    const { overview, lives, saved } = this;
    if (!overview || !lives) return html`<lsm-problems></lsm-problems>${this.placeholder()}`;
    this.#files = lives.at(this.edit, saved.colorBy);
    return html`
      <h1>${overview.name}</h1>
      ${this.#toolbar(overview)}
      <lsm-problems></lsm-problems>
      <div class="panes ${this.narrow ? 'stacked' : ''}">
        <div class="list column">
          <lsm-grid
            @lsm-select=${(event: CustomEvent<Row | null>) => {
              const edit = event.detail?.edit;
              if (edit !== undefined && edit !== this.edit) this.#show(edit, false);
            }}
            @lsm-error=${(event: CustomEvent<unknown>) => this.tell([String(event.detail)])}
          ></lsm-grid>
        </div>
        <lsm-splitter .share=${saved.share} .stacked=${this.narrow}
          @lsm-split=${(event: CustomEvent<number>) => this.keep({ share: event.detail })}></lsm-splitter>
        <div class="side"><div class="column">${this.#version(overview, lives, this.#files)}</div></div>
      </div>
      <div class="status"><span>${this.#status(overview)}</span><span role="status">${this.message}</span></div>
    `;
  }

  #toolbar(overview: ManifestOverview) {
    const { filter } = this.saved;
    const kinds = Object.keys(overview.kinds) as EditKind[];
    return html`<div class="bar" role="toolbar" aria-label=${t('Edits')}>
      <vscode-dropdown id="kind" aria-label=${t('Show edits')} .value=${filter.kinds?.[0] ?? 'all'}
        @change=${(event: Event) => {
          const kind = (event.target as ValueControl).value;
          const { file } = this.saved.filter;
          this.#filter({
            ...(kind === 'all' ? {} : { kinds: [kind as EditKind] }),
            ...(file === undefined ? {} : { file }),
          });
        }}>
        <vscode-option value="all">${t('All edits')}</vscode-option>
        ${kinds.map((kind) => html`<vscode-option value=${kind}>${kindTitle(kind)} (${count(overview.kinds[kind] ?? 0)})</vscode-option>`)}
      </vscode-dropdown>
      <vscode-text-field id="file" class="number" placeholder=${t('Table number')} aria-label=${t('Only edits of this table')}
        title=${t('Only edits of this table')} .value=${filter.file ?? ''}
        @change=${(event: Event) => this.#filterByFile((event.target as ValueControl).value)}></vscode-text-field>
      <vscode-text-field id="go" class="number" placeholder=${t('Go to edit')} aria-label=${t('Go to edit')}
        @keydown=${(event: KeyboardEvent) => event.key === 'Enter' && this.#goToTyped(event)}></vscode-text-field>
      <span class="space"></span>
      <vscode-button id="first" appearance="secondary" @click=${() => this.#compare()}
        >${this.first === undefined ? t('Compare from here') : t('Compare with edit {0}', this.first)}</vscode-button>
      <vscode-button id="text" appearance="secondary" @click=${() => void this.tried(this.calls.showText())}
        >${t('As text')}</vscode-button>
    </div>`;
  }

  #version(overview: ManifestOverview, lives: Lives, files: VersionFiles) {
    const { saved, edit } = this;
    const { details } = saved;
    return html`
      <lsm-time-bar .edits=${overview.edits} .edit=${edit}
        @lsm-edit=${(event: CustomEvent<number>) => this.#show(event.detail, true)}></lsm-time-bar>
      <lsm-level-map
        .files=${files}
        .palette=${PALETTE}
        .ticks=${lives.ticks}
        .selected=${files.lives.indexOf(this.life)}
        .describe=${(index: number) => this.#describe(lives, files.lives[index]!)}
        .label=${t('Levels over the key space')}
        @lsm-file=${(event: CustomEvent<number>) => void this.#selectLife(files.lives[event.detail]!)}
      ></lsm-level-map>
      ${this.#legend(lives, edit)}
      <lsm-tabs
        .tabs=${[
          { id: 'edit', title: t('Edit') },
          { id: 'file', title: t('File') },
          {
            id: 'checks',
            title: this.problems.length > 0 ? t('Checks ({0})', this.problems.length) : t('Checks'),
          },
        ]}
        .selected=${details}
        .label=${t('Details')}
        @lsm-tab=${(event: CustomEvent<SavedManifest['details']>) => this.keep({ details: event.detail })}
      ></lsm-tabs>
      ${
        details === 'edit'
          ? editDetails(this.editView)
          : details === 'file'
            ? fileDetails(this.lifeView, this.#actions)
            : checksView(overview, this.problems, this.checked, () => void this.#check(), this.#actions)
      }
    `;
  }

  #legend(lives: Lives, edit: number) {
    const { colorBy } = this.saved;
    const titles: Record<ColorBy, string[]> = {
      age: [t('this edit'), t('new'), t('younger'), t('older'), t('oldest')],
      size: ['< 64 KB', '< 256 KB', '< 1 MB', '≈ 2 MB', t('larger')],
      level: ['0', '1', '2', '3', '4', '5', '6'],
    };
    const total = lives
      .totals(edit)
      .reduce((sum, { files, bytes }) => ({ files: sum.files + files, bytes: sum.bytes + bytes }), {
        files: 0,
        bytes: 0,
      });
    return html`<div class="legend map-legend">
      <vscode-dropdown id="color" aria-label=${t('Colour by')} .value=${colorBy}
        @change=${(event: Event) => this.keep({ colorBy: (event.target as ValueControl).value as ColorBy })}>
        <vscode-option value="age">${t('Age')}</vscode-option>
        <vscode-option value="size">${t('Size')}</vscode-option>
        <vscode-option value="level">${t('Level')}</vscode-option>
      </vscode-dropdown>
      ${titles[colorBy].map((title, i) => html`<span><i data-color=${PALETTE[i]!}></i>${title}</span>`)}
      <span>▔ ${t('added by this edit')}</span><span>┄ ${t('removed by it')}</span>
      <span class="total">${plural(total.files, '1 file, {1}', '{0} files, {1}', byteSize(total.bytes))}</span>
    </div>`;
  }

  #status({ edits, kinds, bytes }: ManifestOverview): string {
    const damage = kinds.damage ? `, ${plural(kinds.damage, '1 damaged place', '{0} damaged places')}` : '';
    return `${plural(edits, '1 edit', '{0} edits')}, ${byteSize(bytes)}${damage}`;
  }

  protected override async load(): Promise<void> {
    const load = ++this.#loadsAsked;
    const atEnd = this.overview === undefined || this.edit === this.overview.edits - 1;
    const overview = await this.calls.open();
    const lives = new Lives(await this.calls.lives());
    if (load !== this.#loadsAsked) return;
    const selected = this.lives?.numbers[this.life];
    this.lives = lives;
    this.overview = overview;
    this.problems = overview.problems;
    this.checked = false;
    this.first = this.first !== undefined && this.first < overview.edits ? this.first : undefined;
    const last = Math.max(0, overview.edits - 1);
    const remembered = this.saved.edit;
    this.edit = remembered !== undefined && !(atEnd && this.editView) ? Math.min(last, remembered) : last;
    await this.updateComplete;
    this.renderRoot.querySelector<LsmProblems>('lsm-problems')?.renew();
    const errors = overview.problems.filter(({ severity }) => severity === 'error');
    // The tab has all of them.
    if (errors.length === 1) this.tell([errors[0]!.message]);
    else if (errors.length > 1)
      this.tell([t('{0} (and {1} more, see Checks)', errors[0]!.message, errors.length - 1)]);
    await this.#list('again');
    this.#show(this.edit, true);
    // The file that is selected may have gone on to another level, or be another one in another MANIFEST.
    if (selected !== undefined && lives.numbers[this.life] === selected) await this.#askLife();
    else [this.life, this.lifeView] = [-1, undefined];
  }

  protected override async reveal(place: Place): Promise<void> {
    if (place.at === 'edit') this.#show(place.edit, true);
    else if (place.at === 'offset') this.#show(Math.max(0, await this.calls.editAt(place.offset)), true);
    else if (place.at === 'file') {
      const life = await this.calls.lifeOf(place.number);
      if (life >= 0 && this.lives) {
        this.#show(this.lives.added[life]!, true);
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
    const source = new IndexedSource<EditRow>((start, end) => this.calls.rows(start, end, filter));
    if (from === 'again') await grid.showAgain(source, { at: 'first' });
    else await grid.show(source, { at: 'first' });
    await this.#selectRow();
  }

  /** Brings the grid to the present edit. */
  async #selectRow(): Promise<void> {
    const grid = this.#grid;
    if (!grid?.window || grid.selected?.edit === this.edit) return;
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
  #show(edit: number, select: boolean): void {
    const last = Math.max(0, (this.overview?.edits ?? 1) - 1);
    this.edit = Math.min(last, Math.max(0, edit));
    this.keep({ edit: this.edit });
    this.#wanted = this.edit;
    void this.#ask(select);
  }

  async #ask(select: boolean): Promise<void> {
    if (this.#asking) return;
    this.#asking = true;
    try {
      while (this.#wanted !== undefined) {
        const edit: number = this.#wanted;
        this.#wanted = undefined;
        if (this.overview?.edits) this.editView = await this.calls.edit(edit);
        if (select || edit !== this.#grid?.selected?.edit) await this.#selectRow();
      }
    } catch (error) {
      this.tell([String(error)]);
    } finally {
      this.#asking = false;
    }
  }

  async #selectLife(life: number): Promise<void> {
    this.life = life;
    this.keep({ details: 'file' });
    await this.#askLife();
  }

  async #askLife(): Promise<void> {
    const { life } = this;
    const view = await this.tried(this.calls.life(life));
    if (life === this.life) this.lifeView = view;
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

  #goToTyped(event: KeyboardEvent): void {
    const value = Number((event.target as unknown as ValueControl).value);
    if (Number.isInteger(value)) this.#show(value, true);
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
    const problems = await this.tried(this.calls.check());
    // A check of a MANIFEST that has gone on since says nothing of what is shown.
    if (!problems || load !== this.#loadsAsked) return;
    this.problems = problems;
    this.checked = true;
  }

  readonly #actions: DetailActions = {
    goToEdit: (edit) => this.#show(edit, true),
    goToOffset: (offset) => void this.reveal({ at: 'offset', offset }),
    openTable: (name) => void this.tried(this.calls.openTable(name)),
    filterByFile: (number) => this.#filterByFile(number),
  };

  #describe(lives: Lives, life: number): string {
    const gone = lives.removedAt(life) === this.edit ? `, ${t('removed by this edit')}` : '';
    const come = lives.added[life] === this.edit ? `, ${t('added by this edit')}` : '';
    return `${t('table {0}, level {1}, {2}', lives.numbers[life]!, lives.levels[life]!, byteSize(lives.sizes[life]!))}${come}${gone}`;
  }
}

function columns(): GridColumn<Row>[] {
  return [
    {
      id: 'edit',
      title: t('Edit'),
      width: 70,
      least: 44,
      align: 'end',
      cell: ({ edit }) => (edit === undefined ? '' : count(edit)),
    },
    {
      id: 'what',
      title: t('What it did'),
      least: 190,
      cell: ({ what }) =>
        what.kind === 'damage' ? html`<span class="bad">${editWords(what)}</span>` : editWords(what),
    },
    {
      id: 'added',
      title: '+',
      width: 44,
      least: 30,
      align: 'end',
      cell: ({ added }) => (added > 0 ? `${added}` : ''),
    },
    {
      id: 'removed',
      title: '−',
      width: 44,
      least: 30,
      align: 'end',
      cell: ({ removed }) => (removed > 0 ? `${removed}` : ''),
    },
    {
      id: 'offset',
      title: t('Offset'),
      width: 84,
      least: 50,
      align: 'end',
      cell: ({ offset }) => count(offset),
    },
  ];
}
