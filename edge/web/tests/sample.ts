/** Orders and menus for the tests. */
import type { BoardEvent, Dish, LineView, Message, OrderView } from '@shared/generated/wire';

export function line(id: string, state: LineView['state'] = 'waiting', more: Partial<LineView> = {}): LineView {
  const times = { started_at: AT, ready_at: AT, called_at: AT, picked_up_at: AT, reason: 'asked' };
  return {
    line: id,
    dish: 'shuijiao',
    name: { zh: '水饺', en: 'Dumplings' },
    quantity: 1,
    price_fen: 3200,
    target_s: 600,
    round: 0,
    placed_at: AT,
    due_from: AT,
    last: { at: AT, by: 'kitchen_1' },
    ...times,
    state,
    ...more,
  } as LineView;
}

export function order(id: string, revision: number, more: Partial<OrderView> = {}): OrderView {
  return {
    order: id,
    number: Number(id),
    day: '2026-11-22',
    guest: { kind: 'room', room: '801' },
    placed_by: 'pad_801',
    placed_at: AT,
    state: 'waiting',
    revision,
    lines: [line(`${id}-0`)],
    ...more,
  };
}

export function event(after: number, revision: number, orders: OrderView[]): BoardEvent {
  return { after, revision, day: '2026-11-22', orders };
}

export function dish(id: string, zh: string, en: string, price_fen = 1000): Dish {
  return {
    dish: id,
    category: 'recai',
    name: { zh, en },
    price_fen,
    options: [],
    allergens: [],
    stations: [],
    target_s: 600,
  };
}

export function message(id: string, more: Partial<Message> = {}): Message {
  return {
    id,
    event: 'service_called',
    kind: 'announce',
    channel: 'staff',
    text: '801 房间呼叫',
    guest: { kind: 'room', room: '801' },
    params: { roomName: '801' },
    nth: 1,
    times: 1,
    at: AT,
    good_for_s: 60,
    ...more,
  };
}

export const AT = '2026-11-22T12:00:00Z';
export const AT_MS = Date.parse(AT);
