import { html } from 'lit';
import type { PlaygroundPageCalls, PlaygroundState } from '../protocol/playground';
import { errorText } from '../ui/rpc';
import { t } from '../ui/text';
import {
  type FieldValues,
  optionFields,
  optionsOf,
  optionValues,
  workloadFields,
  workloadOf,
  workloadValues,
} from './config-fields';
import { optionPresets, workloadPresets } from './presets';

/** The page, as the forms use it. */
export interface FormHost {
  /** Changes what goes on; resolves to why it was refused. */
  commit(changes: Parameters<PlaygroundPageCalls['change']>[0]): Promise<string | undefined>;
  /** Opens another playground. */
  openAnew(start: Parameters<PlaygroundPageCalls['open']>[0]): Promise<void>;
  requestUpdate(): void;
}

/** The forms of the workload and of the database's options. */
export class ConfigForms {
  readonly #host: FormHost;
  /** Why a form's values were not taken. */
  #refused: { form: 'workload' | 'options'; message: string } | undefined;

  constructor(host: FormHost) {
    this.#host = host;
  }

  /** It is another playground. */
  forget(): void {
    this.#refuse('workload', undefined);
  }

  workload({ config }: PlaygroundState) {
    return html`<lsm-config-form id="workload" .fields=${workloadFields()} .values=${workloadValues(config)}
      .presets=${workloadPresets()} .note=${t('It goes on with another workload from now on.')} .apply=${t('Apply')}
      .message=${this.#messageOf('workload')}
      @lsm-config=${(event: CustomEvent<FieldValues>) => void this.#changeWorkload(config, event.detail)}></lsm-config-form>`;
  }

  options({ config }: PlaygroundState) {
    return html`<lsm-config-form id="options" .fields=${optionFields()} .values=${optionValues(config)}
      .presets=${optionPresets()} .note=${t('A database has its options from the beginning: with others a new one is opened, under the same workload.')}
      .apply=${t('Open Anew')} .message=${this.#messageOf('options')}
      @lsm-config=${(event: CustomEvent<FieldValues>) =>
        void this.#openAnew('options', {
          ...optionsOf(event.detail),
          ...workloadOf(workloadValues(config)),
        })}></lsm-config-form>`;
  }

  async #changeWorkload(config: PlaygroundState['config'], values: FieldValues): Promise<void> {
    const given = workloadOf(values);
    if (given.workload.keys !== config.workload.keys) {
      await this.#openAnew('workload', { ...given, database: config.database, grain: config.grain });
    } else this.#refuse('workload', await this.#host.commit(given));
  }

  async #openAnew(
    form: 'workload' | 'options',
    start: Parameters<PlaygroundPageCalls['open']>[0],
  ): Promise<void> {
    try {
      await this.#host.openAnew(start);
      this.forget();
    } catch (error) {
      this.#refuse(form, errorText(error));
    }
  }

  #refuse(form: 'workload' | 'options', message: string | undefined): void {
    this.#refused = message === undefined ? undefined : { form, message };
    this.#host.requestUpdate();
  }

  #messageOf(form: 'workload' | 'options'): string {
    return this.#refused?.form === form ? this.#refused.message : '';
  }
}
