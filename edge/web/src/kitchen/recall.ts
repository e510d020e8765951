/** What can be taken back: the steps of the last half hour, the newest first; and what one own step is undone by. Pure. */
import { recalledFrom, stateAfter } from '@shared/lines';
import type { Step } from '@shared/lines';
import type { Answer, Command, LineView, OrderView } from '@shared/generated/wire';
import type { Share } from './portions';

/** As the box has it: an older step is history. */
const RECALL_WITHIN_MS = 30 * 60_000;
const RECALLS_MAX = 50;

export interface Recallable {
  readonly order: OrderView;
  readonly line: LineView;
}

/** Lines whose last step can be taken back, the newest step first. */
export function recallable(orders: readonly OrderView[], nowMs: number, isShown: (line: LineView) => boolean) {
  return orders
    .flatMap((order) => order.lines.map((line): Recallable => ({ order, line })))
    .filter(({ line }) => recalledFrom(line) !== null && isShown(line))
    .filter(({ line }) => nowMs - Date.parse(line.last.at) <= RECALL_WITHIN_MS)
    .sort((a, b) => Date.parse(b.line.last.at) - Date.parse(a.line.last.at))
    .slice(0, RECALLS_MAX);
}

/** Takes the line's last step back. `null`: there is none to take back. */
export function recallCommand(line: LineView): Command | null {
  const from = recalledFrom(line);
  return from && { type: 'recall_line', line: line.line, from };
}

/** What takes back a step that the box has granted. Of a split line it is the part that took the step. */
export function undoCommand(step: Step, taken: Share, known: ReadonlySet<string>, answer: Answer): Command | null {
  const from = stateAfter(step);
  const whole = answer.orders.flatMap((order) => order.lines);
  const stepped =
    taken.portions === undefined
      ? whole.find((line) => line.line === taken.line.line)
      : whole.find((line) => !known.has(line.line) && line.dish === taken.line.dish && line.state === from);
  return stepped?.state === from ? { type: 'recall_line', line: stepped.line, from } : null;
}
