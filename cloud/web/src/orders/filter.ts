/** Which orders, and which day. */
import type { OrderView } from '@shared/generated/wire';

/** Its guest is still here, or its dishes are still on the way. */
export function isOpen(order: OrderView): boolean {
  return order.state !== 'completed' && order.state !== 'cancelled';
}

/** The day `days` after one like `2026-11-22`. */
export function dayAfter(day: string, days: number): string {
  const noon = new Date(`${day}T12:00:00Z`);
  noon.setUTCDate(noon.getUTCDate() + days);
  return noon.toISOString().slice(0, 10);
}
