/** How long dishes took, as the box answers `GET /api/v1/times`: seconds from when it was due to ready. */
import type { Name } from '@shared/generated/wire';

export interface Spread {
  readonly count: number;
  /** Half were faster. */
  readonly p50_s: number;
  /** Nine in ten were faster. */
  readonly p90_s: number;
}

export interface DishTime extends Spread {
  readonly dish: string;
  readonly name: Name;
  readonly target_s: number;
  /** Lines that took longer than their target. */
  readonly late: number;
  readonly suggested_target_s?: number | null;
}

export interface PrepTimes {
  readonly days: number;
  readonly lines: number;
  readonly dishes: readonly DishTime[];
  readonly stations: readonly (Spread & { readonly station: string | null })[];
  readonly hours: readonly (Spread & { readonly hour: number })[];
}

/** Days looked back on, today among them. */
export const RANGES = [1, 7, 30] as const;

/** Share of lines that were late, from 0 to 1. */
export function lateShare(dishes: readonly DishTime[]): number {
  const count = dishes.reduce((sum, dish) => sum + dish.count, 0);
  return count === 0 ? 0 : dishes.reduce((sum, dish) => sum + dish.late, 0) / count;
}

/** `8:30`. */
export function minutesAndSeconds(seconds: number): string {
  return `${Math.floor(seconds / 60)}:${String(Math.round(seconds) % 60).padStart(2, '0')}`;
}

/** Every hour between the first and the last that has anything, so that a quiet one shows as a gap. */
export function hoursInARow(hours: PrepTimes['hours'], firstHour: number): PrepTimes['hours'] {
  const sinceFirst = (hour: number): number => (hour - firstHour + 24) % 24;
  const byHour = new Map(hours.map((one) => [sinceFirst(one.hour), one]));
  const present = [...byHour.keys()];
  if (present.length === 0) return [];
  const first = Math.min(...present);
  return Array.from({ length: Math.max(...present) - first + 1 }, (_, index) => {
    const hour = first + index;
    return byHour.get(hour) ?? { hour: (hour + firstHour) % 24, count: 0, p50_s: 0, p90_s: 0 };
  });
}
