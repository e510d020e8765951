/** What became of the messages to a guest's phone. Pure. */
import type { LineView, OrderView } from '@shared/generated/wire';

/** Whether the guest does not know that this dish is ready: the message about its round did not arrive. */
export function isUntold(order: OrderView, line: LineView): boolean {
  return (order.sms ?? []).some((sms) => sms.round === line.round && sms.result?.state === 'failed');
}
