/** What is asked before something that cannot be taken back; each question names the thing. */
import type { LineView, OrderView } from '@shared/generated/wire';
import { isInTheMaking, isOutstanding, orderNumber } from '@shared/lines';
import { guestName, named } from '@shared/words';
import type { ComposerTranslation } from 'vue-i18n';

/** A question to a person, in their words. */
export interface Question {
  readonly title: string;
  readonly lines: readonly string[];
  /** What the button says that does it. */
  readonly go: string;
  /** Something would be lost. */
  readonly loud: boolean;
}

function dishes(lines: readonly LineView[]): string {
  return lines.map((line) => `${named(line.name)} ×${line.quantity}`).join('、');
}

export function numbers(orders: readonly OrderView[]): string {
  return orders.map((order) => orderNumber(order.number)).join('、');
}

/** Room cleaned or wristband returned (K9, K1): all orders of the guest. Loud when something has not arrived. */
export function leavingQuestion(t: ComposerTranslation, orders: readonly OrderView[]): Question {
  const [{ guest: leaving }] = orders;
  const kind = leaving.kind === 'room' ? 'clean' : 'return';
  const guest = guestName(leaving);
  const lines = orders.flatMap((order) => order.lines);
  const cooking = lines.filter((line) => line.state === 'cooking');
  const made = lines.filter((line) => isInTheMaking(line) && line.state !== 'cooking');
  const waiting = lines.filter((line) => isOutstanding(line) && !isInTheMaking(line));
  const loud = cooking.length + made.length + waiting.length > 0;
  const words = [
    ...(loud ? [t('confirm.not_arrived')] : []),
    ...(cooking.length > 0 ? [t('confirm.still_cooking', { dishes: dishes(cooking) })] : []),
    ...(made.length > 0 ? [t('confirm.not_fetched', { dishes: dishes(made) })] : []),
    ...(waiting.length > 0 ? [t('confirm.waiting_cancelled', { dishes: dishes(waiting) })] : []),
    t('confirm.calm', { number: numbers(orders) }),
  ];
  const go = loud ? t('confirm.go_anyway') : t(`confirm.go_${kind}`, { guest });
  return { title: t(`confirm.${kind}`, { guest }), lines: words, go, loud };
}

export function cancelOrderQuestion(t: ComposerTranslation, order: OrderView): Question {
  const number = orderNumber(order.number);
  return {
    title: t('confirm.cancel_order', { number, guest: guestName(order.guest) }),
    lines: [t('confirm.cancel_order_hint', { dishes: dishes(order.lines.filter(isOutstanding)) })],
    go: t('confirm.go_cancel', { what: number }),
    loud: false,
  };
}

export function cancelLineQuestion(t: ComposerTranslation, order: OrderView, line: LineView): Question {
  const about = {
    dish: named(line.name),
    quantity: line.quantity,
    number: orderNumber(order.number),
    guest: guestName(order.guest),
  };
  return {
    title: t('confirm.cancel_line', about),
    lines: [t('confirm.cancel_line_hint', about)],
    go: t('confirm.go_cancel', { what: about.dish }),
    loud: false,
  };
}
