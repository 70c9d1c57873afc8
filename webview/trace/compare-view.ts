import { html, type TemplateResult } from 'lit';
import type { RecoveryComparison } from '../protocol/trace';
import type { TraceContext } from './context';

/** Recovery, lenient and paranoid, side by side. */
export function comparisonView(comparison: RecoveryComparison, _context: TraceContext): TemplateResult {
  return html`<p>${comparison.directory}</p>`;
}
