/** What the front desk may do with a line or an order in its state. The box decides in the end; this draws buttons. */
import { recalledFrom, sameGuest } from '@shared/lines';
import type { Command, Guest, LineView, OrderView } from '@shared/generated/wire';

/** `void` (退菜) and `remake` (重做) are asked about first. */
export type LineAct =
  'fire' | 'hold' | 'rush' | 'call' | 'call_again' | 'pick_up' | 'cancel' | 'recall' | 'void' | 'remake';

/** As the box has it: an older step is history. */
const RECALL_WITHIN_MS = 30 * 60_000;

/** The act that stands open on the line; the others are one tap away. */
export function mainAct(line: LineView): LineAct | null {
  switch (line.state) {
    case 'held':
      return 'fire';
    case 'waiting':
      return 'cancel';
    case 'ready':
      return 'call';
    case 'notified':
      return 'pick_up';
    case 'cooking':
    case 'picked_up':
    case 'cancelled':
    case 'voided':
    case 'remade':
      return null;
  }
}

/** What else can be done with the line. */
export function otherActs(line: LineView, nowMs: number): LineAct[] {
  const canRecall = recalledFrom(line) !== null && nowMs - Date.parse(line.last.at) <= RECALL_WITHIN_MS;
  const back: LineAct[] = canRecall ? ['recall', 'remake', 'void'] : ['remake', 'void'];
  switch (line.state) {
    case 'held':
      return ['cancel'];
    case 'waiting':
      return ['rush', 'hold'];
    case 'cooking':
      return ['rush', ...back];
    case 'ready':
      return ['pick_up', ...back];
    case 'notified':
      return ['call_again', ...back];
    case 'picked_up':
      return back;
    case 'cancelled':
    case 'voided':
    case 'remade':
      return [];
  }
}

/** What is asked of the box. `null` for an act that needs an answer from a person first. */
export function actCommand(act: LineAct, order: OrderView, line: LineView): Command | null {
  switch (act) {
    case 'fire':
      return { type: 'fire_lines', order: order.order, lines: [line.line] };
    case 'hold':
      return { type: 'hold_lines', order: order.order, lines: [line.line] };
    case 'rush':
      return { type: 'rush_lines', order: order.order, lines: [line.line] };
    case 'call':
    case 'call_again':
      return { type: 'call_for_pickup', line: line.line };
    case 'pick_up':
      return { type: 'pick_up', line: line.line };
    case 'recall': {
      const from = recalledFrom(line);
      return from && { type: 'recall_line', line: line.line, from };
    }
    case 'cancel':
    case 'void':
    case 'remake':
      return null;
  }
}

/** Every open order of a guest: after a join (并单) there are several. */
export function ordersOf(orders: readonly OrderView[], guest: Guest): OrderView[] {
  return orders.filter((order) => order.state !== 'completed' && sameGuest(order.guest, guest));
}

/** Orders whose number, room or wristband begins with what was typed. */
export function findOrders(orders: readonly OrderView[], typed: string): readonly OrderView[] {
  const sought = typed.trim().replace(/^#0*/, '').toLowerCase();
  if (sought === '') return orders;
  return orders.filter((order) => {
    const label = order.guest.kind === 'room' ? order.guest.room : order.guest.wristband;
    return String(order.number) === sought || label.toLowerCase().startsWith(sought);
  });
}
