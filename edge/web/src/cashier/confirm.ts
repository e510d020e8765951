/** What is asked before something that cannot be taken back; each question names the thing. */
import type { LineView, OrderView } from '@shared/generated/wire';
import { isInTheMaking, isOutstanding, orderNumber } from '@shared/lines';
import { guestName, named } from '@shared/words';
import { showConfirmDialog } from 'vant';
import 'vant/es/dialog/style';
import './confirm.css';
import type { ComposerTranslation } from 'vue-i18n';

async function confirmed(title: string, message: string, go: string, back: string, loud = false): Promise<boolean> {
  try {
    await showConfirmDialog({
      title,
      message,
      confirmButtonText: go,
      cancelButtonText: back,
      className: loud ? 'confirm loud' : 'confirm',
    });
    return true;
  } catch {
    return false;
  }
}

function dishes(lines: readonly LineView[]): string {
  return lines.map((line) => `${named(line.name)} ×${line.quantity}`).join('、');
}

export function numbers(orders: readonly OrderView[]): string {
  return orders.map((order) => orderNumber(order.number)).join('、');
}

/** Room cleaned or wristband returned (K9, K1): all orders of the guest. Loud when something has not arrived. */
export function confirmLeaving(t: ComposerTranslation, orders: readonly OrderView[]): Promise<boolean> {
  const [{ guest: leaving }] = orders;
  const kind = leaving.kind === 'room' ? 'clean' : 'return';
  const guest = guestName(leaving);
  const lines = orders.flatMap((order) => order.lines);
  const cooking = lines.filter((line) => line.state === 'cooking');
  const made = lines.filter((line) => isInTheMaking(line) && line.state !== 'cooking');
  const waiting = lines.filter((line) => isOutstanding(line) && !isInTheMaking(line));
  const loud = cooking.length + made.length + waiting.length > 0;
  const message = [
    ...(loud ? [t('confirm.not_arrived')] : []),
    ...(cooking.length > 0 ? [t('confirm.still_cooking', { dishes: dishes(cooking) })] : []),
    ...(made.length > 0 ? [t('confirm.not_fetched', { dishes: dishes(made) })] : []),
    ...(waiting.length > 0 ? [t('confirm.waiting_cancelled', { dishes: dishes(waiting) })] : []),
    t('confirm.calm', { number: numbers(orders) }),
  ].join('\n');
  const go = loud ? t('confirm.go_anyway') : t(`confirm.go_${kind}`, { guest });
  return confirmed(t(`confirm.${kind}`, { guest }), message, go, t('keep'), loud);
}

export function confirmCancelOrder(t: ComposerTranslation, order: OrderView): Promise<boolean> {
  const number = orderNumber(order.number);
  const message = t('confirm.cancel_order_hint', { dishes: dishes(order.lines.filter(isOutstanding)) });
  const title = t('confirm.cancel_order', { number, guest: guestName(order.guest) });
  return confirmed(title, message, t('confirm.go_cancel', { what: number }), t('keep'));
}

export function confirmCancelLine(t: ComposerTranslation, order: OrderView, line: LineView): Promise<boolean> {
  const about = {
    dish: named(line.name),
    quantity: line.quantity,
    number: orderNumber(order.number),
    guest: guestName(order.guest),
  };
  const go = t('confirm.go_cancel', { what: about.dish });
  return confirmed(t('confirm.cancel_line', about), t('confirm.cancel_line_hint', about), go, t('keep'));
}
