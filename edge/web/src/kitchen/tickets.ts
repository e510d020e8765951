/** Which orders are tickets, and which of their lines are drawn. Pure. */
import { isOutstanding } from '@shared/lines';
import type { LineView, OrderView } from '@shared/generated/wire';

/** One order on the kitchen screen. */
export interface Ticket {
  readonly order: OrderView;
  readonly rounds: readonly { round: number; lines: LineView[] }[];
}

/**
 * The tickets of a board: orders with something left to do. A cancelled line is drawn only while it is news, a
 * picked-up one as long as the rest of its order is there.
 */
export function tickets(orders: readonly OrderView[], newlyCancelled: ReadonlySet<string>): Ticket[] {
  return orders
    .map((order) => ({ order, lines: order.lines.filter((line) => isDrawn(line, newlyCancelled)) }))
    .filter(({ lines }) => lines.some((line) => isOutstanding(line) || line.state === 'cancelled'))
    .map(({ order, lines }) => ({ order, rounds: byRound(lines) }));
}

function isDrawn(line: LineView, newlyCancelled: ReadonlySet<string>): boolean {
  return line.state !== 'cancelled' || newlyCancelled.has(line.line);
}

function byRound(lines: readonly LineView[]): { round: number; lines: LineView[] }[] {
  const rounds = [...new Set(lines.map((line) => line.round))].sort((a, b) => a - b);
  return rounds.map((round) => ({ round, lines: lines.filter((line) => line.round === round) }));
}

/** Lines that were there before and are cancelled now. */
export function cancelledSince(before: readonly OrderView[], now: readonly OrderView[]): string[] {
  const open = new Set(
    before.flatMap((order) => order.lines.filter((line) => line.state !== 'cancelled').map((line) => line.line)),
  );
  return now
    .flatMap((order) => order.lines)
    .filter((line) => line.state === 'cancelled' && open.has(line.line))
    .map((line) => line.line);
}
