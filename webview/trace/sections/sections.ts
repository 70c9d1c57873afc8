import { html, type TemplateResult } from 'lit';
import type { TraceFrame } from '../../protocol/trace';
import type { TraceContext } from '../context';

/** Everything about the present frame but the picture. */
export function frameSections(frame: TraceFrame, _context: TraceContext): TemplateResult {
  return html`<p>${frame.phase}</p>`;
}
