import { html, nothing } from 'lit';
import type { LessonId, LessonText, PlaygroundState } from '../protocol/playground';
import '../ui/field';
import { count, t } from '../ui/text';
import { parseField } from './config-fields';
import type { SavedPlayground } from './saved';

/** What the buttons do. */
export interface ControlActions {
  run(): void;
  step(): void;
  stepBackground(): void;
  flush(): void;
  compact(): void;
  pullPlug(): void;
  recover(): void;
  save(): void;
  /** A lesson, or a playground without one. */
  open(lesson: LessonId | undefined): void;
  keep(part: Partial<SavedPlayground>): void;
  /** Why it was refused. */
  changeRate(operationsPerSecond: number): Promise<string | undefined>;
  changeBackground(perSecond: number): Promise<string | undefined>;
}

const STEPS = [1, 10, 100, 1000];

/** The title, the lessons, and what takes the files elsewhere. */
export function headView(state: PlaygroundState, lessons: readonly LessonText[], actions: ControlActions) {
  const present = state.lesson?.id;
  const title = lessons.find(({ id }) => id === present)?.title;
  return html`<div class="head">
    <div class="words"><h1>${title ? t('Playground: {0}', title) : t('Playground')}</h1></div>
    <label>${t('Lesson')} <select id="lesson" @change=${(event: Event) => {
      const { value } = event.target as HTMLSelectElement;
      actions.open(value === '' ? undefined : (value as LessonId));
    }}><option value="" ?selected=${!present}>${t('none')}</option>${lessons.map(
      (lesson) =>
        html`<option value=${lesson.id} ?selected=${lesson.id === present}>${lesson.title}</option>`,
    )}</select></label>
    ${button('save', t('Save Files…'), actions.save, { title: t('Writes the database’s files into an empty folder') })}
  </div>`;
}

/** What makes things happen: the clock, the client, the background, the power. */
export function controlsView(state: PlaygroundState, saved: SavedPlayground, actions: ControlActions) {
  const { phase, isRunning, clock, config } = state;
  const isOpen = phase === 'open';
  const isDown = phase === 'off' || phase === 'failed';
  const goes = isOpen || phase === 'recovering';
  const { unit, perSecond } = config.background;
  const inKilobytes = unit === 'bytes';
  return html`<div class="controls" role="toolbar" aria-label=${t('Playground')}>
    <div class="group">
      ${button('run', isRunning ? t('Pause') : t('Run'), actions.run, { isMain: true, isDisabled: !goes, title: t('Space') })}
      ${button('step', t('Step'), actions.step, { isDisabled: !goes || isRunning, title: t('So many operations, with the time that they take') })}
      <select id="operations" aria-label=${t('Operations of a step')} @change=${(event: Event) =>
        actions.keep({ operations: Number((event.target as HTMLSelectElement).value) })}>${STEPS.map(
        (step) => html`<option value=${step} ?selected=${step === saved.operations}>${count(step)}</option>`,
      )}</select>
      ${button('step-background', t('Step the Background'), actions.stepBackground, { isDisabled: !goes || isRunning, title: t('One step of a compaction, or of recovery') })}
    </div>
    <div class="group">
      ${button('flush', t('Flush'), actions.flush, { isDisabled: !isOpen, title: t('The memtable becomes a table') })}
      ${button('compact', t('Compact'), actions.compact, { isDisabled: !isOpen, title: t('CompactRange of all keys') })}
    </div>
    <div class="group">${isDown ? recoverParts(saved, actions) : plugParts(saved, actions)}</div>
    <div class="group rates">
      <label>${t('Operations a second')} ${rateField('rate', t('Operations a second'), config.workload.operationsPerSecond, 1, 100_000, 1, actions.changeRate)}</label>
      <label>${inKilobytes ? t('Background, KB a second') : t('Background, steps a second')}
        ${rateField('background', t('Background a second'), perSecond, 0, inKilobytes ? 256 << 20 : 1e6, inKilobytes ? 1024 : 1, actions.changeBackground)}</label>
      <span class="clock" id="clock">${t('Clock: {0} s', (clock / 1000).toFixed(2))}</span>
    </div>
  </div>`;
}

function plugParts({ keep }: SavedPlayground, actions: ControlActions) {
  return html`${button('plug', t('Pull the Plug'), actions.pullPlug, { title: t('The power goes: memory is lost') })}
    <select id="keep" aria-label=${t('What a power cut leaves')} @change=${(event: Event) =>
      actions.keep({ keep: (event.target as HTMLSelectElement).value as SavedPlayground['keep'] })}>
      <option value="synced" ?selected=${keep === 'synced'}>${t('what was synced is left')}</option>
      <option value="part" ?selected=${keep === 'part'}>${t('and a part of the rest')}</option>
    </select>`;
}

function recoverParts({ stepped, paranoid }: SavedPlayground, actions: ControlActions) {
  const check = (id: string, text: string, isOn: boolean, set: (isOn: boolean) => void) =>
    html`<label class="check"><input type="checkbox" id=${id} .checked=${isOn} @change=${(event: Event) =>
      set((event.target as HTMLInputElement).checked)} /> ${text}</label>`;
  return html`${button('recover', t('Recover'), actions.recover, { isMain: true })}
    ${check('stepped', t('step by step'), stepped, (isOn) => actions.keep({ stepped: isOn }))}
    ${check('paranoid', 'paranoid_checks', paranoid, (isOn) => actions.keep({ paranoid: isOn }))}`;
}

function rateField(
  id: string,
  label: string,
  value: number,
  least: number,
  most: number,
  unit: number,
  commit: (value: number) => Promise<string | undefined>,
) {
  const field = { name: id, title: label, kind: unit === 1 ? 'number' : 'kilobytes', least, most } as const;
  return html`<lsm-field id=${id} align="end" .label=${label} .value=${`${Math.round(value / unit)}`}
    .parse=${(text: string) => parseField({ ...field, isFraction: false }, text)}
    .commit=${(typed: unknown) => commit(typed as number)}></lsm-field>`;
}

interface ButtonLooks {
  isMain?: boolean;
  isDisabled?: boolean;
  title?: string;
}

function button(
  id: string,
  text: string,
  run: () => void,
  { isMain = false, isDisabled = false, title }: ButtonLooks,
) {
  return html`<button type="button" id=${id} class="small ${isMain ? 'main' : ''}" ?disabled=${isDisabled}
    title=${title ?? nothing} @click=${run}>${text}</button>`;
}
