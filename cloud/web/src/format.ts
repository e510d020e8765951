/** Numbers, money and clocks as people read them, in the page's language and the shop's time zone. */
import type { OrderView } from '@shared/generated/wire';
import { chargedLines, totalFen } from '@shared/lines';
import { language } from '@shared/words';
import { timeZone } from './session';

const locale = (): string => (language.value === 'en' ? 'en-GB' : 'zh-CN');

/** `12,345`. */
export function count(value: number): string {
  return new Intl.NumberFormat(locale()).format(value);
}

/** `98.5%`; nothing has no part. */
export function share(part: number, whole: number): string {
  if (whole === 0) return '–';
  return new Intl.NumberFormat(locale(), { style: 'percent', maximumFractionDigits: 1 }).format(part / whole);
}

/** `¥38.00`, `¥1,204.50`. */
export function money(fen: number): string {
  const yuan = new Intl.NumberFormat(locale(), { minimumFractionDigits: 2 }).format(fen / 100);
  return `¥${yuan}`;
}

/** `18:05`. */
export function clock(instant: string): string {
  return show(instant, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
}

/** `18:05:42`. */
export function exactClock(instant: string): string {
  return show(instant, { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' });
}

/** `18:05` today, `11/21 18:05` before. */
export function when(instant: string, now: Date = new Date()): string {
  const sameDay = dayOf(new Date(instant)) === dayOf(now);
  return sameDay ? clock(instant) : `${show(instant, { month: '2-digit', day: '2-digit' })} ${clock(instant)}`;
}

/** The hour of the shop's clock, 0 to 23. */
export function hourOf(instant: string): number {
  const form = { hour: '2-digit', hourCycle: 'h23', timeZone: timeZone.value } as const;
  return Number(new Intl.DateTimeFormat('en-GB', form).format(new Date(instant)));
}

/** `11月22日 星期日`, `Sunday 22 November`, of a day like `2026-11-22`. */
export function longDay(day: string): string {
  const noon = new Date(`${day}T12:00:00Z`);
  const form = { month: 'long', day: 'numeric', weekday: 'long', timeZone: 'UTC' } as const;
  return new Intl.DateTimeFormat(locale(), form).format(noon);
}

/** `11月22日`, `22 Nov`, of a day like `2026-11-22`. */
export function shortDay(day: string): string {
  const form = { month: 'short', day: 'numeric', timeZone: 'UTC' } as const;
  return new Intl.DateTimeFormat(locale(), form).format(new Date(`${day}T12:00:00Z`));
}

/** `#07`. */
export function orderNumber(number: number): string {
  return `#${String(number).padStart(2, '0')}`;
}

/** What the guest pays: cancelled lines are not charged. */
export function orderTotal(order: OrderView): number {
  return totalFen(order.lines);
}

export function orderPortions(order: OrderView): number {
  return chargedLines(order.lines)
    .filter((line) => line.state !== 'remade')
    .reduce((sum, line) => sum + line.quantity, 0);
}

/** The calendar day by the shop's clock, like `2026-11-22`. */
export function today(): string {
  return dayOf(new Date());
}

/** `2026-11-22` by the shop's clock. */
export function day(instant: string): string {
  return dayOf(new Date(instant));
}

function dayOf(instant: Date): string {
  return new Intl.DateTimeFormat('en-CA', { timeZone: timeZone.value }).format(instant);
}

function show(instant: string, form: Intl.DateTimeFormatOptions): string {
  return new Intl.DateTimeFormat(locale(), { ...form, timeZone: timeZone.value }).format(new Date(instant));
}
