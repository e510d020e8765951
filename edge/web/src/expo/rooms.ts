/** What stands on the expo screen: a card a guest, with all that is theirs, who has waited longest first. Pure. */
import type { Guest, LineView, OrderView } from '@shared/generated/wire';
import { isMade, isOutstanding } from '@shared/lines';
import { mustBeSeen } from '../kitchen/cards';
import type { OrderCard, Row } from '../kitchen/cards';

/** Everything of one guest, of however many orders. */
export interface RoomCard {
  readonly kind: 'room';
  readonly key: string;
  readonly guest: Guest;
  readonly orders: readonly OrderView[];
  /** What can be carried first, then what is on its way, then what is held. What was carried is only counted. */
  readonly rows: readonly Row[];
}

export type ExpoCard = OrderCard | RoomCard;

/** How far a guest's dishes are, in portions. */
export interface Progress {
  readonly made: number;
  readonly all: number;
}

/** What is unrouted first, then the rooms, the longest waiting first. `before`: cards that did not change stay. */
export function expoCards(cards: readonly OrderCard[], before: ReadonlyMap<string, RoomCard>): ExpoCard[] {
  const byGuest = new Map<string, OrderCard[]>();
  for (const card of cards.filter((one) => !one.unrouted)) {
    const key = guestKey(card.order.guest);
    byGuest.set(key, [...(byGuest.get(key) ?? []), card]);
  }
  const rooms = [...byGuest].map(([key, all]) => sameRoom(before.get(key), roomCard(key, all)));
  return [...cards.filter((card) => card.unrouted), ...rooms.sort((a, b) => rank(a) - rank(b) || age(a) - age(b))];
}

function roomCard(key: string, cards: readonly OrderCard[]): RoomCard {
  const orders = cards.map((card) => card.order);
  const rows = cards.flatMap((card) => card.rows).filter((row) => row.line.state !== 'picked_up');
  return { kind: 'room', key, guest: orders[0].guest, orders, rows: rows.sort(byTurn) };
}

function sameRoom(before: RoomCard | undefined, card: RoomCard): RoomCard {
  const isSame = before?.rows.length === card.rows.length && before.orders.length === card.orders.length;
  if (!isSame || !card.orders.every((order, index) => order === before.orders[index])) return card;
  return card.rows.every((row, index) => row.line === before.rows[index].line) ? before : card;
}

function guestKey(guest: Guest): string {
  return guest.kind === 'room' ? `room.${guest.room}` : `wristband.${guest.wristband}`;
}

/** Portions made so far, of all that will be eaten: those carried count as well. */
export function progress(orders: readonly OrderView[]): Progress {
  const lines = orders.flatMap((order) => order.lines);
  const wanted = lines.filter((line) => isOutstanding(line) || line.state === 'picked_up');
  const made = wanted.filter((line) => isMade(line) || line.state === 'picked_up');
  return { made: portions(made), all: portions(wanted) };
}

function portions(lines: readonly LineView[]): number {
  return lines.reduce((sum, line) => sum + line.quantity, 0);
}

/** Since when a made line has been standing, in milliseconds. */
function readyMs(line: LineView): number | null {
  return line.state === 'ready' || line.state === 'notified' ? Date.parse(line.ready_at) : null;
}

function rank(card: RoomCard): number {
  if (card.rows.some((row) => mustBeSeen(row.line))) return 0;
  if (card.rows.some((row) => isMade(row.line))) return 1;
  return card.rows.some((row) => row.line.state !== 'held') ? 2 : 3;
}

function age(card: RoomCard): number {
  const ready = card.rows.flatMap((row) => readyMs(row.line) ?? []);
  return Math.min(...(ready.length > 0 ? ready : card.rows.map((row) => Date.parse(row.line.due_from))));
}

function byTurn(a: Row, b: Row): number {
  return turn(a.line) - turn(b.line) || since(a.line) - since(b.line);
}

function turn(line: LineView): number {
  if (mustBeSeen(line)) return 0;
  switch (line.state) {
    case 'ready':
    case 'notified':
      return 1;
    case 'cooking':
      return 2;
    case 'waiting':
      return 3;
    case 'held':
      return 4;
    case 'picked_up':
    case 'cancelled':
    case 'voided':
    case 'remade':
      return 5;
  }
}

function since(line: LineView): number {
  return readyMs(line) ?? Date.parse(line.due_from);
}
