import { html, nothing } from 'lit';
import type { PlaygroundState } from '../protocol/playground';
import type { TraceFrame } from '../protocol/trace-frame';
import { count, t } from '../ui/text';
import type { News } from './news';
import { RULES } from './numbers';
import { afterwardsText, headlineOf, ruleTitle, waitingText } from './words';

/** What is under way, in large words; what holds up writes. `isLive`: the frame is that of the state. */
export function workView(state: PlaygroundState, frame: TraceFrame | undefined, isLive: boolean, news: News) {
  const headline = frame && headlineOf(frame, isLive ? state : undefined);
  const waiting = isLive ? waitingText(state) : undefined;
  const afterwards = frame && isLive ? afterwardsText(frame, state) : undefined;
  return html`<div class="work" data-kind=${headline?.kind ?? nothing}>
    <div class="title ${headline?.kind ?? ''}" id="headline">${headline?.title ?? ''}</div>
    <div class="detail" id="detail">${headline?.detail ?? ''}</div>
    ${afterwards ? html`<div class="detail" id="next">${afterwards}</div>` : nothing}
    ${waiting ? html`<div class="stall" id="stall">${waiting}</div>` : nothing}
    <ul class="rules" aria-label=${t('Compactions')}>${RULES.map(
      (rule) =>
        html`<li data-rule=${rule} class=${news.isFresh(rule) ? 'fresh' : ''}>${ruleTitle(rule)}: ${count(state.work[rule])}</li>`,
    )}</ul>
  </div>`;
}
