/** What the call screen shows: two lists of numbers, and for ten seconds the newest call alone. Pure. */
import type { OrderView } from '@shared/generated/wire';
import { callColumn, isToCook, lastCalledMs } from '@shared/lines';

/** How long a new call stands large on top. */
export const NEWEST_SHOWN_MS = 10_000;

/** An order in 请取餐. */
export interface Called {
  readonly order: OrderView;
  readonly calledMs: number;
  /** Some of it is not made yet. */
  readonly moreComing: boolean;
}

/** A completed order is on the board for the kitchen alone: its guests have gone. */
function isHere(order: OrderView): boolean {
  return order.state !== 'completed';
}

/** Orders in 制作中. One of which everything is held (等叫) is not being made. */
export function preparing(orders: readonly OrderView[]): OrderView[] {
  return orders.filter((order) => isHere(order) && callColumn(order) === 'preparing');
}

/** Called orders, the newest call first. */
export function called(orders: readonly OrderView[]): Called[] {
  return orders
    .filter(isHere)
    .flatMap((order) => {
      const calledMs = lastCalledMs(order);
      const moreComing = order.lines.some((line) => isToCook(line) || line.state === 'ready');
      return calledMs === null ? [] : [{ order, calledMs, moreComing }];
    })
    .sort((a, b) => b.calledMs - a.calledMs);
}

/** The call to stand large on top, while it is new. */
export function newest(calls: readonly Called[], nowMs: number): Called | null {
  const first = calls.at(0);
  return first && nowMs - first.calledMs < NEWEST_SHOWN_MS ? first : null;
}

/** The part of a list that a page shows; pages take turns by the clock. */
export function inTurn<T>(all: readonly T[], size: number, nowMs: number, turnMs: number) {
  const pages = Math.max(1, Math.ceil(all.length / size));
  const page = Math.floor(nowMs / turnMs) % pages;
  return { shown: all.slice(page * size, (page + 1) * size), page, pages };
}
