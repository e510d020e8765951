/** Taking some portions of a dish a step on, the oldest first, a request a line (分批). Pure. */
import { nextStep } from '@shared/lines';
import type { Step } from '@shared/lines';
import type { LineView } from '@shared/generated/wire';

/** One request: a whole line, or so many of its portions. */
export interface Share {
  readonly line: LineView;
  /** Left out: all of it. */
  readonly portions?: number;
}

/** Portions that could take this step now. */
export function portionsAt(lines: readonly LineView[], step: Step): number {
  return fitting(lines, step).reduce((sum, line) => sum + line.quantity, 0);
}

/** So many portions of these lines, the oldest first; of the last line perhaps only some. */
export function share(lines: readonly LineView[], step: Step, portions: number): Share[] {
  const oldestFirst = fitting(lines, step).sort((a, b) => Date.parse(a.due_from) - Date.parse(b.due_from));
  const shares: Share[] = [];
  let left = portions;
  for (const line of oldestFirst) {
    if (left <= 0) break;
    // Only whole lines can be called for.
    const isWhole = left >= line.quantity || step === 'call_for_pickup';
    shares.push(isWhole ? { line } : { line, portions: left });
    left -= line.quantity;
  }
  return shares;
}

/** A made line may be picked up without having been called for (K7). */
function fitting(lines: readonly LineView[], step: Step): LineView[] {
  return lines.filter((line) => nextStep(line) === step || (step === 'pick_up' && line.state === 'ready'));
}
