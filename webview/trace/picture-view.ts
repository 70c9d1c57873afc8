import { html, nothing } from 'lit';
import type { TraceFrame } from '../protocol/trace-frame';
import type { LevelMapTick } from '../ui/level-map';
import { MapMark } from '../ui/map-marks';
import { byteSize, count, plural, t } from '../ui/text';
import { gaugesOf, PALETTE, type PictureRole, roleOf, scoreText, type TracePicture } from './picture';

/** Full memtables that are drawn one by one. */
const MAX_WAITING = 4;

/** The memtable (or what is given in its place), the levels over the key space, and what their colours mean. */
export function pictureView(
  frame: TraceFrame,
  picture: TracePicture,
  ticks: LevelMapTick[],
  table: number,
  select: (table: number) => void,
  memtables: unknown = memtableView(frame),
) {
  return html`<div class="picture">
    ${memtables}
    <lsm-level-map
      .files=${picture}
      .palette=${PALETTE}
      .ticks=${ticks}
      .gauges=${gaugesOf(frame)}
      .selected=${picture.numbers.indexOf(table)}
      .describe=${(index: number) => tableText(picture, index)}
      .label=${t('Levels over the key space')}
      @lsm-file=${(event: CustomEvent<number>) => select(picture.numbers[event.detail]!)}
    ></lsm-level-map>
    <ul class="spoken">${frame.levels.map(
      (level) =>
        html`<li>${t('Level {0}', level.level)}: ${plural(level.files, '1 table', '{0} tables')}${level.by ? `; ${t('score')}: ${scoreText(level)}` : ''}</li>`,
    )}</ul>
    ${legend()}
  </div>`;
}

function memtableView({ memtable, phase }: TraceFrame) {
  if (phase === 'before') return nothing;
  const { bytes, limit, waiting } = memtable;
  const text = limit > 0 ? t('{0} of {1}', byteSize(bytes), byteSize(limit)) : byteSize(bytes);
  return html`<div class="memtable">
    <span>${t('Memtable')}</span>
    <progress id="memtable" aria-label=${t('Memtable')} max=${Math.max(1, limit)} .value=${Math.min(bytes, Math.max(1, limit))}></progress>
    <span>${text}</span>
    ${
      waiting > 0
        ? html`${Array.from({ length: Math.min(waiting, MAX_WAITING) }, () => html`<i class="full" aria-hidden="true"></i>`)}
          <span>${plural(waiting, '1 full one waits to be flushed', '{0} full ones wait to be flushed')}</span>`
        : nothing
    }
  </div>`;
}

/** A table in words, for its tooltip and for those who hear it. */
export function tableText(picture: TracePicture, index: number): string {
  const { numbers, levels, sizes, marks } = picture;
  const parts = [
    t('table {0}', count(numbers[index]!)),
    t('level {0}', levels[index]!),
    byteSize(sizes[index]!),
  ];
  const role = roleTitle(roleOf(picture, index));
  if (role !== '') parts.push(role);
  if (marks[index]! & MapMark.come) parts.push(t('new'));
  if (marks[index]! & MapMark.charged) parts.push(t('charged by seeks'));
  return parts.join(', ');
}

function roleTitle(role: PictureRole): string {
  const titles: Record<PictureRole, string> = {
    none: '',
    input: t('input'),
    overlapping: t('overlapping input'),
    boundary: t('boundary file'),
    expanded: t('expansion'),
    grandparent: t('grandparent'),
    output: t('output'),
    writing: t('being written'),
  };
  return titles[role];
}

function legend() {
  const roles: PictureRole[] = [
    'input',
    'overlapping',
    'boundary',
    'expanded',
    'grandparent',
    'output',
    'writing',
  ];
  const colorOf = {
    none: 0,
    input: 1,
    overlapping: 2,
    boundary: 3,
    expanded: 4,
    grandparent: 5,
    output: 6,
    writing: 7,
  };
  return html`<div class="legend">
    <span><i data-color=${PALETTE[0]!}></i>${t('table')}</span>
    ${roles.map(
      (role) =>
        html`<span><i class=${role} data-color=${PALETTE[colorOf[role]]!}></i>${roleTitle(role)}</span>`,
    )}
    <span><i class="new" data-color=${PALETTE[0]!}></i>${t('new')}</span>
    <span><i class="charged" data-color=${PALETTE[0]!}></i>${t('charged by seeks')}</span>
    <span><i class="pointer"></i>${t('compaction pointer')}</span>
  </div>`;
}
