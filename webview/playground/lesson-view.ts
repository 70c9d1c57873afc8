import { html, nothing } from 'lit';
import type { LessonAction, LessonId, LessonText, PlaygroundState } from '../protocol/playground';
import { icon } from '../ui/icon';
import { plural, t } from '../ui/text';

/** What the lesson's buttons do. */
export interface LessonActions {
  /** Whether a step is being taken. */
  isPerforming: boolean;
  perform(action: LessonAction): void;
  open(lesson: LessonId): void;
}

/** A lesson's text, and its steps: the one to take has its button. */
export function lessonView(state: PlaygroundState, lessons: readonly LessonText[], actions: LessonActions) {
  const { lesson, isRunning } = state;
  const at = lessons.findIndex(({ id }) => id === lesson?.id);
  const texts = lessons[at];
  if (!lesson || !texts) return nothing;
  const next = lessons[at + 1];
  const isThrough = lesson.current === lesson.steps.length;
  return html`<div class="lesson">
    <h2>${texts.title}</h2>
    <p>${texts.about}</p>
    <ol>${lesson.steps.map(({ id, action, isDone }, i) => {
      const step = texts.steps.find((each) => each.id === id);
      const isCurrent = i === lesson.current;
      return html`<li class=${isDone ? 'done' : isCurrent ? 'current' : 'later'} data-step=${id}
        aria-current=${isCurrent ? 'step' : nothing}>
        <div class="title">${isDone ? html`${icon('check')}<span class="spoken">${t('done')}</span>` : nothing} ${step?.title}</div>
        ${isDone ? html`<p>${step?.text}</p>` : nothing}
        ${
          isCurrent
            ? html`<button type="button" class="small main" id="lesson-step"
                aria-disabled=${actions.isPerforming} @click=${() => actions.perform(action)}>${
                  isRunning && isRun(action) ? t('Pause') : actionTitle(action)
                }</button>${isRunning && isRun(action) ? html`<p class="quiet">${t('It pauses by itself when the step is done.')}</p>` : nothing}`
            : nothing
        }
      </li>`;
    })}</ol>
    ${isThrough ? html`<p id="lesson-done"><b>${t('This lesson is through.')}</b></p>` : nothing}
    <div class="actions">
      ${
        next
          ? html`<button type="button" class="small ${isThrough ? 'main' : ''}" id="next-lesson" @click=${() =>
              actions.open(next.id)}>${t('Next Lesson: {0}', next.title)}</button>`
          : nothing
      }
      <button type="button" class="small" id="again" @click=${() => actions.open(texts.id)}>${t('Begin the Lesson Anew')}</button>
    </div>
  </div>`;
}

/** Whether time goes on by itself with it. */
export function isRun({ kind }: LessonAction): boolean {
  return kind === 'run' || kind === 'change-and-run';
}

function actionTitle(action: LessonAction): string {
  switch (action.kind) {
    case 'run':
    case 'change-and-run':
      return t('Run');
    case 'step':
      return plural(action.operations, 'Do 1 Operation', 'Do {0} Operations');
    case 'step-background':
      return t('Step the Background');
    case 'compact':
      return t('Compact Everything');
    case 'flush':
      return t('Flush');
    case 'pull-plug':
      return t('Pull the Plug');
    case 'recover':
      return action.options.stepped ? t('Recover Step by Step') : t('Recover');
    case 'change':
      return t('Change the Workload');
  }
}
