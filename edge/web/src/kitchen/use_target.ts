/** What a sheet is about, as it is on the board now: a line may change under the hand that is at it. */
import type { OrderView } from '@shared/generated/wire';
import { computed } from 'vue';
import type { Row } from './cards';

/** `order`: all of an order; otherwise portions of one dish. */
export interface Target {
  readonly kind: 'lines' | 'order';
  readonly rows: readonly Row[];
}

export function useTarget(target: () => Target, orders: () => readonly OrderView[]) {
  return computed<readonly Row[]>(() => {
    const byId = new Map(orders().map((order) => [order.order, order]));
    return target().rows.flatMap((row): Row[] => {
      const order = byId.get(row.order.order);
      const line = order?.lines.find((one) => one.line === row.line.line);
      return order && line ? [{ ...row, order, line }] : [];
    });
  });
}
