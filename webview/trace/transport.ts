import { html, nothing } from 'lit';
import type { Landmark, LandmarkKind } from '../protocol/trace-event';
import { iconButton } from '../ui/buttons';
import { count, t } from '../ui/text';
import { type Player, SPEEDS, type Speed } from './player';
import { LANDMARK_COLORS, landmarkTitle } from './timeline';

/** What the bar shows besides the player. */
export interface TransportState {
  player: Player;
  landmarks: readonly Landmark[];
  /** Those that the trace has. */
  present: readonly LandmarkKind[];
  chosen: readonly LandmarkKind[];
  run(action: TransportAction): void;
  choose(kinds: LandmarkKind[]): void;
  changeSpeed(speed: Speed): void;
  /** Whether the space bar does something else on this page. */
  isSpaceTaken?: boolean;
}

export type TransportAction = 'play' | 'step' | 'back' | 'next' | 'previous' | 'start' | 'end';

/** What keys do, wherever they mean nothing else. */
export const TRANSPORT_KEYS: { readonly [key: string]: TransportAction } = {
  ' ': 'play',
  ArrowRight: 'step',
  ArrowLeft: 'back',
  PageDown: 'next',
  PageUp: 'previous',
  Home: 'start',
  End: 'end',
};

export function transportView(state: TransportState) {
  const { player, landmarks, run } = state;
  const { at, events, isPlaying, frame } = player;
  const [isFirst, isLast] = [at === 0, at === events];
  const play = state.isSpaceTaken ? t('Play the History') : t('Play (Space)');
  const pause = state.isSpaceTaken ? t('Pause the History') : t('Pause (Space)');
  return html`<div class="transport" role="toolbar" aria-label=${t('Playing')}>
    <div class="buttons">
      ${iconButton(t('To the Beginning (Home)'), ['debug-restart'], () => run('start'), isFirst)}
      ${iconButton(t('Previous Landmark (Page Up)'), ['debug-reverse-continue'], () => run('previous'), isFirst)}
      ${iconButton(t('Step Back (Left Arrow)'), ['debug-step-back'], () => run('back'), isFirst)}
      ${
        isPlaying
          ? iconButton(pause, ['debug-pause'], () => run('play'))
          : iconButton(play, ['debug-start'], () => run('play'), events === 0)
      }
      ${iconButton(t('Step (Right Arrow)'), ['debug-step-over'], () => run('step'), isLast)}
      ${iconButton(t('Next Landmark (Page Down)'), ['debug-continue'], () => run('next'), isLast)}
      ${iconButton(t('To the End (End)'), ['run-all'], () => run('end'), isLast)}
    </div>
    <label>${t('Speed')} ${speedSelect(state)}</label>
    <span class="place">${place(state)}</span>
    <div class="line">
      <lsm-timeline .at=${at} .events=${events} .text=${frame?.event?.text ?? ''} .landmarks=${landmarks}
        @lsm-seek=${(event: CustomEvent<number>) => player.goTo(event.detail)}></lsm-timeline>
      ${kindsView(state)}
    </div>
  </div>`;
}

function speedSelect({ player, changeSpeed }: TransportState) {
  const title = (speed: Speed) =>
    speed === 'landmarks'
      ? t('by landmark')
      : speed === 1
        ? t('1 event a second')
        : t('{0} events a second', count(speed));
  return html`<select id="speed" .value=${`${player.speed}`} @change=${(event: Event) => {
    const { value } = event.target as HTMLSelectElement;
    changeSpeed(value === 'landmarks' ? value : Number(value));
  }}>${SPEEDS.map(
    (speed) => html`<option value=${speed} ?selected=${speed === player.speed}>${title(speed)}</option>`,
  )}</select>`;
}

/** Where one is, which can be typed over. */
function place({ player }: TransportState) {
  const { at, events } = player;
  return html`<label>${t('event')} <input id="at" inputmode="numeric" autocomplete="off" .value=${`${at}`}
    @change=${(event: Event) => {
      const input = event.target as HTMLInputElement;
      const typed = Number(input.value.replace(/[\s,.'’_]/g, ''));
      if (Number.isInteger(typed)) player.goTo(typed);
      input.value = `${player.at}`;
    }} /></label> ${t('of {0}', count(events))}`;
}

/** The legend of the line, and what is jumped to. */
function kindsView({ present, chosen, choose }: TransportState) {
  if (present.length === 0) return nothing;
  return html`<div class="kinds" role="group" aria-label=${t('Landmarks to jump to')}>${present.map(
    (kind) => {
      const isChosen = chosen.includes(kind);
      return html`<button type="button" class="kind" data-kind=${kind} aria-pressed=${isChosen}
      title=${t('Landmarks to jump to')}
      @click=${() => choose(isChosen ? chosen.filter((each) => each !== kind) : [...chosen, kind])}
      ><i data-color=${LANDMARK_COLORS[kind]}></i>${landmarkTitle(kind)}</button>`;
    },
  )}</div>`;
}

/** Elements that do something of their own with the keys that play. */
const KEY_TAKERS =
  'input, select, textarea, [role=grid], [role=tablist], lsm-level-map, lsm-splitter, .scroll, pre, .details';
const SPACE_TAKERS = 'button, a, vscode-button, vscode-link, vscode-checkbox';

/** Whether what has the focus does something of its own with a key. */
export function takesKey(event: KeyboardEvent): boolean {
  const path = event.composedPath().filter((each): each is Element => each instanceof Element);
  const takes = (selector: string) => path.some((element) => element.matches(selector));
  return takes(KEY_TAKERS) || (event.key === ' ' && takes(SPACE_TAKERS));
}
