/**
 * The board as one screen knows it, as pure functions: snapshots are adopted, events applied by revision.
 * No clock, no network; `box.ts` does the fetching that `Caught.behind` asks for.
 */
import type { Board, BoardEvent, OrderView, ServiceCall } from './generated/wire';

/** What the screen has. `early` holds events that came before what they build on. */
export interface Known {
  readonly revision: number;
  readonly day: string;
  readonly orders: readonly OrderView[];
  /** Guests who call for service, the first first. */
  readonly calls: readonly ServiceCall[];
  /** Attendants on duty. */
  readonly onDuty: readonly string[];
  readonly early: readonly BoardEvent[];
}

/** More early events than this and the oldest are forgotten: the snapshot that is on its way covers them. */
const EARLY_EVENTS_MAX = 64;

export const NOTHING: Known = { revision: -1, day: '', orders: [], calls: [], onDuty: [], early: [] };

/** Whether something is missing between what the screen has and what it has heard of. */
export function isBehind(known: Known): boolean {
  return known.early.length > 0;
}

/**
 * Takes a fetched board in. An older one than what is known is ignored, since events have passed it on the way.
 * `atLeast` is a revision that the box had reached before the fetch began: a pad's own board may name a lower
 * one although nothing of it is missing.
 */
export function adopt(known: Known, board: Board, atLeast = 0): Known {
  if (board.revision < known.revision && atLeast < known.revision) return known;
  const fresh: Known = {
    revision: Math.max(board.revision, atLeast),
    day: board.day,
    orders: known.revision === NOTHING.revision ? board.orders : keepSame(known.orders, board.orders),
    calls: board.calls,
    onDuty: board.on_duty ?? [],
    early: known.early,
  };
  return drain(fresh);
}

/** Applies an event, drops it when it is old news, or keeps it until what it builds on has come. */
export function receive(known: Known, event: BoardEvent): Known {
  if (event.revision <= known.revision) return known;
  const early = [...known.early.filter((other) => other.revision !== event.revision), event]
    .sort((a, b) => a.after - b.after)
    .slice(-EARLY_EVENTS_MAX);
  return drain({ ...known, early });
}

/** Takes in the orders of an answer to a command of our own, which may overtake their event. */
export function learn(known: Known, revision: number, orders: readonly OrderView[]): Known {
  const present = new Set(known.orders.map((order) => order.order));
  const news = orders.filter((order) => present.has(order.order) || revision > known.revision);
  return { ...known, orders: merge(known.orders, news) };
}

function drain(known: Known): Known {
  let current = known;
  for (const event of known.early) {
    if (event.revision <= current.revision || event.after > current.revision) continue;
    current = {
      ...current,
      revision: event.revision,
      day: event.day,
      orders: merge(current.orders, event.orders, event.gone),
      calls: event.calls ?? current.calls,
      onDuty: event.on_duty ?? current.onDuty,
    };
  }
  return {
    ...current,
    early: current.early.filter((event) => event.revision > current.revision),
  };
}

/** Orders that a snapshot brings unchanged stay the same objects, so that nothing of them is drawn again. */
function keepSame(kept: readonly OrderView[], fresh: readonly OrderView[]): OrderView[] {
  const byId = new Map(kept.map((order) => [order.order, order]));
  return fresh.map((order) => {
    const same = byId.get(order.order);
    return same?.revision === order.revision ? same : order;
  });
}

/** Each order in its newest view, oldest first. What is gone, or completed with nothing left to see, leaves. */
function merge(orders: readonly OrderView[], news: readonly OrderView[], gone: readonly string[] = []): OrderView[] {
  const byId = new Map(orders.map((order) => [order.order, order]));
  const before = byId.size;
  for (const order of news) {
    const kept = byId.get(order.order);
    if (!kept || order.revision >= kept.revision) byId.set(order.order, order);
  }
  const hasGrown = byId.size > before;
  for (const order of gone) byId.delete(order);
  const shown = [...byId.values()].filter(isOnBoard);
  return hasGrown ? shown.sort(byAge) : shown;
}

/** A completed order stays while the kitchen has not said that it has seen what is left of it. */
function isOnBoard(order: OrderView): boolean {
  return order.state !== 'completed' || order.lines.some((line) => line.unseen?.length);
}

function byAge(a: OrderView, b: OrderView): number {
  return Date.parse(a.placed_at) - Date.parse(b.placed_at) || a.number - b.number;
}
