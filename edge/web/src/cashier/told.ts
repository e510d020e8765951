/** What the front desk has yet to read, and which of its orders that is about. Pure. */
import type { Message, OrderView } from '@shared/generated/wire';
import type { Told } from '@shared/inbox';
import { ordersOf } from './acts';

/** Guests who call for service stand on the page by themselves, for as long as they do. */
export function unreadOf(told: readonly Told[]): Message[] {
  return told.flatMap(({ message, isRead }) => (isRead || message.event === 'service_called' ? [] : [message]));
}

/** After a join (并单) a guest has several: the one of the message's number, else the newest. */
export function orderOf({ guest, params }: Message, orders: readonly OrderView[]): OrderView | null {
  const theirs = guest ? ordersOf(orders, guest) : [];
  const number = Number(params.orderNumber?.replace(/^#/, ''));
  return theirs.find((order) => order.number === number) ?? theirs.at(-1) ?? null;
}
