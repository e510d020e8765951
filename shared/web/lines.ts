/** What a line or an order means to a person: its next step, how late it is, what is still to do. Pure. */
import { secondsSince } from './clock';
import type { Command, Guest, LineView, Notice, OrderView, RecalledFrom } from './generated/wire';

/** The commands that move one line on. */
export type Step = 'start_cooking' | 'finish_cooking' | 'call_for_pickup' | 'pick_up';

export type Lateness = 'calm' | 'soon' | 'late' | 'very_late';

/** What the timer of an order says. `waiting_for_runner`: all is made, and the time runs since the first was. */
export interface Timer {
  readonly lateness: Lateness;
  readonly elapsedS: number;
  readonly overdueS: number;
  readonly kind: 'making' | 'waiting_for_runner';
}

const SOON_AT = 0.8;
const VERY_LATE_AT = 1.5;

/** The step that a tap on the line takes. `null`: it waits for being fired, or is out of the kitchen's hands. */
export function nextStep(line: LineView): Step | null {
  switch (line.state) {
    case 'waiting':
      return 'start_cooking';
    case 'cooking':
      return 'finish_cooking';
    case 'ready':
      return 'call_for_pickup';
    case 'notified':
      return 'pick_up';
    case 'held':
    case 'picked_up':
    case 'cancelled':
    case 'voided':
    case 'remade':
      return null;
  }
}

/** `portions`: fewer than the line has, which makes a line of their own of them (分批). A call is for a whole line. */
export function stepCommand(step: Step, line: string, portions?: number): Command {
  if (portions === undefined || step === 'call_for_pickup') return { type: step, line };
  return { type: step, line, portions };
}

/** The state a step leads to, which is also where it is taken back from. */
export function stateAfter(step: Step): RecalledFrom {
  switch (step) {
    case 'start_cooking':
      return 'cooking';
    case 'finish_cooking':
      return 'ready';
    case 'call_for_pickup':
      return 'notified';
    case 'pick_up':
      return 'picked_up';
  }
}

/** The state that a line can be taken back from; `null` when there is nothing to take back. */
export function recalledFrom(line: LineView): RecalledFrom | null {
  switch (line.state) {
    case 'cooking':
    case 'ready':
    case 'notified':
    case 'picked_up':
      return line.state;
    case 'held':
    case 'waiting':
    case 'cancelled':
    case 'voided':
    case 'remade':
      return null;
  }
}

/** Whether somebody still has something to do with it, be it only to fire it. */
export function isOutstanding(line: LineView): boolean {
  return line.state === 'held' || nextStep(line) !== null;
}

/** Whether it has been started and has not left: what may still stand on the stove or the pass (K9). */
export function isInTheMaking(line: LineView): boolean {
  return line.state === 'cooking' || isMade(line);
}

/** Whether it stands on the pass. */
export function isMade(line: LineView): boolean {
  return line.state === 'ready' || line.state === 'notified';
}

/** Whether the kitchen has yet to say that it has seen this about the line. */
export function hasNotice(line: LineView, notice: Notice): boolean {
  return line.unseen?.includes(notice) ?? false;
}

/** Whether it is to be cooked now. A held line is not, until it is fired. */
export function isToCook(line: LineView): boolean {
  return line.state === 'waiting' || line.state === 'cooking';
}

/**
 * The step a whole ticket takes next and the lines that take it: those furthest behind. Lines that are further on
 * wait for them, so that one tap never skips a step.
 */
export function ticketStep(order: OrderView): { step: Step; lines: LineView[] } | null {
  const steps: Step[] = ['start_cooking', 'finish_cooking', 'call_for_pickup', 'pick_up'];
  for (const step of steps) {
    const lines = order.lines.filter((line) => nextStep(line) === step);
    if (lines.length > 0) return { step, lines };
  }
  return null;
}

/** The timer of an order: that of its latest line, measured against that line's own target. */
export function orderTimer(order: OrderView, nowMs: number): Timer | null {
  return linesTimer(order.lines, nowMs);
}

/** The timer of some lines. What is held has none, and what is made no longer accuses anybody. */
export function linesTimer(lines: readonly LineView[], nowMs: number): Timer | null {
  const toCook = lines.filter(isToCook);
  if (toCook.length > 0) {
    const timers = toCook.map((line) => lineTimer(line, nowMs));
    return timers.reduce((worst, timer) => (timer.ratio > worst.ratio ? timer : worst));
  }
  const made = lines.flatMap((line) =>
    line.state === 'ready' || line.state === 'notified' ? [secondsSince(line.ready_at, nowMs)] : [],
  );
  if (made.length === 0) return null;
  return {
    lateness: 'calm',
    elapsedS: Math.max(...made),
    overdueS: 0,
    kind: 'waiting_for_runner',
  };
}

function lineTimer(line: LineView, nowMs: number): Timer & { ratio: number } {
  const elapsedS = secondsSince(line.due_from, nowMs);
  const ratio = elapsedS / Math.max(1, line.target_s);
  return {
    ratio,
    lateness: lateness(ratio),
    elapsedS,
    overdueS: Math.max(0, elapsedS - line.target_s),
    kind: 'making',
  };
}

/** How late something is at this share of its target. */
export function lateness(ratio: number): Lateness {
  if (ratio >= VERY_LATE_AT) return 'very_late';
  if (ratio >= 1) return 'late';
  return ratio >= SOON_AT ? 'soon' : 'calm';
}

/** Portions of each dish that are still to be cooked, most first. */
export function allDayCounts(lines: readonly LineView[]): { line: LineView; portions: number }[] {
  const counts = new Map<string, { line: LineView; portions: number }>();
  for (const line of lines.filter(isToCook)) {
    const count = counts.get(line.dish) ?? { line, portions: 0 };
    counts.set(line.dish, { line: count.line, portions: count.portions + line.quantity });
  }
  return [...counts.values()].sort((a, b) => b.portions - a.portions || a.line.dish.localeCompare(b.line.dish));
}

/** Which column of the call screen an order stands in. What can be fetched now wins over what is still cooked. */
export function callColumn(order: OrderView): 'preparing' | 'ready' | null {
  if (order.lines.some((line) => line.state === 'notified')) return 'ready';
  return order.lines.some((line) => isToCook(line) || line.state === 'ready') ? 'preparing' : null;
}

/** The last time that a dish of this order was called, in milliseconds; `null` when none stands called. */
export function lastCalledMs(order: OrderView): number | null {
  const calls = order.lines.flatMap((line) => (line.state === 'notified' ? [Date.parse(line.called_at)] : []));
  return calls.length === 0 ? null : Math.max(...calls);
}

/** `#07`, `#100`. */
export function orderNumber(number: number): string {
  return `#${String(number).padStart(2, '0')}`;
}

/** `¥32`, `¥32.50`. */
export function yuan(fen: number): string {
  return `¥${fen % 100 === 0 ? fen / 100 : (fen / 100).toFixed(2)}`;
}

/** `8:05`, `1:02:05`. */
export function elapsed(seconds: number): string {
  const two = (value: number): string => String(value).padStart(2, '0');
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes}:${two(seconds % 60)}`;
  return `${Math.floor(minutes / 60)}:${two(minutes % 60)}:${two(seconds % 60)}`;
}

/** Whether two guests are the same one. */
export function sameGuest(a: Guest, b: Guest): boolean {
  if (a.kind === 'room') return b.kind === 'room' && a.room === b.room;
  return b.kind === 'wristband' && a.wristband === b.wristband;
}

/** What the guest pays for, as the lines are now. */
export function totalFen(lines: readonly LineView[]): number {
  return chargedLines(lines).reduce((sum, line) => sum + line.price_fen * line.quantity, 0);
}

/** A dish that is made again bears the price of the one it stands for, until it is cancelled or taken back itself. */
export function chargedLines(lines: readonly LineView[]): LineView[] {
  const byId = new Map(lines.map((line) => [line.line, line]));
  const isCharged = (line: LineView | undefined): boolean =>
    line !== undefined &&
    line.state !== 'cancelled' &&
    line.state !== 'voided' &&
    (line.state !== 'remade' || isCharged(byId.get(line.again)));
  return lines.filter(isCharged);
}
