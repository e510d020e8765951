/** Which orders are open. */
import type { OrderView } from '@shared/generated/wire';

/** Its guest is still here, or its dishes are still on the way. */
export function isOpen(order: OrderView): boolean {
  return order.state !== 'completed' && order.state !== 'cancelled';
}
