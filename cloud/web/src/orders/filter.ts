/** Which orders are open. */
import type { OrderView } from '@shared/generated/wire';

/** Its guest is still here: this is what the cloud counts as open. */
export function isOpen(order: OrderView): boolean {
  return order.state !== 'completed';
}
