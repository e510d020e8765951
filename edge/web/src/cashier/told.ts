/** Which order a message is about, as far as the front desk has it open. Pure. */
import type { Message, OrderView } from '@shared/generated/wire';
import { ordersOf } from './acts';

/** After a join (并单) a guest has several: the one of the message's number, else the newest. */
export function orderOf({ guest, params }: Message, orders: readonly OrderView[]): OrderView | null {
  const theirs = guest ? ordersOf(orders, guest) : [];
  const number = Number(params.orderNumber?.replace(/^#/, ''));
  return theirs.find((order) => order.number === number) ?? theirs.at(-1) ?? null;
}
