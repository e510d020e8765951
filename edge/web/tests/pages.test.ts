import { describe, expect, it } from 'vitest';
import { placeTickets } from '../src/kitchen/layout';
import { cancelledSince, tickets } from '../src/kitchen/tickets';
import { line, order } from './sample';

describe('tickets', () => {
  const served = order('1', 1, { lines: [line('a', 'picked_up'), line('b', 'cancelled')] });
  const half = order('2', 1, { lines: [line('c', 'picked_up'), line('d'), line('e', 'waiting', { round: 1 })] });

  it('k1_show_additions_apart_under_the_same_number', () => {
    const [ticket] = tickets([served, half], new Set());
    expect(ticket.order.number).toBe(2);
    expect(ticket.rounds.map((round) => round.lines.map((one) => one.line))).toEqual([['c', 'd'], ['e']]);
  });

  it('k8_show_a_cancelled_line_while_it_is_news', () => {
    const before = order('1', 1, { lines: [line('b')] });
    const now = order('1', 2, { lines: [line('b', 'cancelled')] });
    const news = new Set(cancelledSince([before], [now]));
    expect([...news]).toEqual(['b']);
    expect(tickets([now], news)).toHaveLength(1);
    expect(tickets([now], new Set())).toHaveLength(0);
    expect(cancelledSince([], [now])).toEqual([]);
  });

  it('stand oldest first, left to right, then below, then on the next page', () => {
    const places = placeTickets([400, 300, 400, 300, 900, 100], 2, 800, 0);
    expect(places.map(({ page, column, top }) => [page, column, top])).toEqual([
      [0, 0, 0],
      [0, 1, 0],
      [0, 1, 300],
      [0, 0, 400],
      [1, 0, 0],
      [1, 1, 0],
    ]);
  });
});
