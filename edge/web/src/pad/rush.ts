/** When it makes sense to ask the kitchen to hurry (催菜), and when again. Pure. */
import { secondsSince } from '@shared/clock';
import type { OrderView } from '@shared/generated/wire';

/** The box refuses a pad that asks for the same line again before this. */
export const RUSH_AGAIN_S = 180;
/** A guest is offered it from this share of a dish's target on: before, nothing is late and nobody is served by it. */
export const RUSH_FROM = 0.5;

export type RushOffer =
  | { readonly kind: 'none' }
  | { readonly kind: 'possible'; readonly lines: readonly string[] }
  | { readonly kind: 'cooling'; readonly againInS: number };

/** What a guest is offered for an order. */
export function rushOffer(order: OrderView, nowMs: number): RushOffer {
  const possible: string[] = [];
  const cooling: number[] = [];
  for (const line of order.lines) {
    if (line.state !== 'waiting' && line.state !== 'cooking') continue;
    const againInS = line.rush ? RUSH_AGAIN_S - secondsSince(line.rush.last.at, nowMs) : 0;
    if (againInS > 0) cooling.push(againInS);
    else if (secondsSince(line.due_from, nowMs) >= RUSH_FROM * line.target_s) possible.push(line.line);
  }
  if (possible.length > 0) return { kind: 'possible', lines: possible };
  return cooling.length > 0 ? { kind: 'cooling', againInS: Math.min(...cooling) } : { kind: 'none' };
}
