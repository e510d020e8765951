/** The days that figures are about. */
import { dayAfter } from '../business_day';

export const periods = ['7', '30', '90', 'month', 'last_month'] as const;
export type Period = (typeof periods)[number];

export interface Days {
  from: string;
  to: string;
}

/** First and last day of a period, as seen from a day like `2026-11-23`. */
export function daysOf(period: Period, today: string): Days {
  const first = `${today.slice(0, 8)}01`;
  switch (period) {
    case 'month':
      return { from: first, to: today };
    case 'last_month': {
      const last = dayAfter(first, -1);
      return { from: `${last.slice(0, 8)}01`, to: last };
    }
    case '7':
    case '30':
    case '90':
      return { from: dayAfter(today, 1 - Number(period)), to: today };
  }
}
