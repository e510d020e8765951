/** The hours of a business day, in the order in which it goes. */
import { RESET_HOUR } from '../business_day';

/** Drawn even without orders, so that the chart does not jump as the day begins. */
const USUAL = { from: 10, to: 22 };

export interface Hour {
  hour: number;
  orders: number;
}

/** From the first to the last hour that matters: 03 … 23, 00, 01, 02. Hours without orders are 0. */
export function hoursOfDay(counted: readonly Hour[]): Hour[] {
  const orders = new Map(counted.map((one) => [one.hour, one.orders]));
  const day = Array.from({ length: 24 }, (_, index) => {
    const hour = (index + RESET_HOUR) % 24;
    return { hour, orders: orders.get(hour) ?? 0 };
  });
  const matters = day.map((one) => one.orders > 0 || (one.hour >= USUAL.from && one.hour <= USUAL.to));
  return day.slice(matters.indexOf(true), matters.lastIndexOf(true) + 1);
}
