import { html, nothing } from 'lit';
import type { PlaygroundState } from '../protocol/playground';
import type { Remote } from '../protocol/rpc';
import type { TraceReading } from '../protocol/trace';
import type { Landmark, LandmarkKind } from '../protocol/trace-event';
import type { Player } from '../trace/player';
import { LANDMARK_KINDS } from '../trace/saved';
import { type TransportAction, transportView } from '../trace/transport';
import { sentenceOf } from '../trace/words';
import { t } from '../ui/text';
import type { SavedPlayground } from './saved';

/** The page, as its history uses it. */
export interface HistoryHost {
  readonly player: Player;
  readonly saved: SavedPlayground;
  /** Counts the histories. */
  readonly run: number;
  keep(part: Partial<SavedPlayground>): void;
  /** Runs a call and tells of its failure; undefined then. */
  tried<T>(call: Promise<T>): Promise<T | undefined>;
  requestUpdate(): void;
}

/** What has happened, which one can go through while it is paused; and its landmarks. */
export class PlaygroundHistory {
  readonly #host: HistoryHost;
  readonly #calls: Remote<TraceReading>;
  #landmarks: Landmark[] = [];
  /** Kinds of landmarks that the history has. */
  #present: LandmarkKind[] = [];
  /** Of which history and which kinds they were asked. */
  #landmarksOf = '';

  constructor(host: HistoryHost, calls: Remote<TraceReading>) {
    this.#host = host;
    this.#calls = calls;
  }

  view({ isRunning, history }: PlaygroundState) {
    const { player, saved } = this.#host;
    const { frame } = player;
    return html`<div class="history" ?inert=${isRunning}>
      ${transportView({
        player,
        landmarks: this.#landmarks,
        present: this.#present,
        chosen: saved.kinds,
        isSpaceTaken: true,
        run: (action) => this.act(action),
        choose: (kinds) => void this.#choose(kinds),
        changeSpeed: (speed) => {
          player.speed = speed;
          this.#host.keep({ speed });
        },
      })}
      <div class="sentence" data-at=${frame?.at ?? nothing}>${
        isRunning
          ? t('Paused, it can be stepped back.')
          : frame
            ? frame.at === 0
              ? t('Before the first event of the history.')
              : sentenceOf(frame)
            : ''
      }</div>
      ${history.forgotten > 0 ? html`<p class="quiet">${t('Earlier events were let go: the history had grown too long.')}</p>` : nothing}
    </div>`;
  }

  act(action: TransportAction): void {
    const { player } = this.#host;
    const acts: Record<TransportAction, () => void> = {
      play: () => (player.isPlaying ? player.pause() : player.play()),
      step: () => player.step(1),
      back: () => player.step(-1),
      start: () => player.step(-player.at),
      end: () => player.step(player.events - player.at),
      next: () => void this.#host.tried(player.toLandmark('forward')),
      previous: () => void this.#host.tried(player.toLandmark('backward')),
    };
    acts[action]();
  }

  /** Which kinds the history has, and where those lie that are chosen. */
  async askLandmarks(): Promise<void> {
    const host = this.#host;
    const { run } = host;
    const { kinds } = host.saved;
    const of = `${run} ${host.player.events} ${kinds.join()}`;
    if (of === this.#landmarksOf) return;
    this.#landmarksOf = of;
    const calls = this.#calls;
    const firsts = await host.tried(
      Promise.all(LANDMARK_KINDS.map((kind) => calls.nextOf(kind, -1, 'forward'))),
    );
    const listed = await host.tried(calls.landmarks(host.saved.kinds));
    if (run !== host.run || of !== this.#landmarksOf || !firsts || !listed) return;
    this.#present = LANDMARK_KINDS.filter((_, i) => firsts[i]);
    this.#landmarks = listed.rows;
    host.requestUpdate();
  }

  async #choose(kinds: LandmarkKind[]): Promise<void> {
    this.#host.player.kinds = kinds;
    this.#host.keep({ kinds });
    await this.askLandmarks();
  }
}
