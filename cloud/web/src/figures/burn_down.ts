/** The balance as a line: past days, the days to come, and what happened on which of them. */
import type { BalanceFigures, SmsPackage } from '../api/types';
import { dayAfter } from '../business_day';

export interface Mark {
  day: string;
  /** Where on the line it stands. */
  balance: number;
  units: number;
}

export interface BurnDown {
  days: string[];
  /** Null on days to come. */
  past: (number | null)[];
  /** Null on past days but today, where both lines meet. */
  ahead: (number | null)[];
  added: Mark[];
  expired: Mark[];
  expiring: Mark[];
}

/** What a package will still hold when it dies is not known: what it holds now is told. */
function dying(packages: readonly SmsPackage[], day: string): number {
  const ends = packages.filter((one) => dayAfter(one.expires_on, 1) === day);
  return ends.reduce((sum, one) => sum + one.remaining, 0);
}

/** As many days to come as days shown, at least a month, and none after the balance is gone. */
export function burnDown(figures: BalanceFigures, today: string): BurnDown {
  const { days: past, outlook, packages } = figures;
  const reachesToday = past.at(-1)?.day === today;
  const ahead = reachesToday ? outlook.slice(0, Math.max(past.length, 30)) : [];
  const marks = (units: (one: (typeof past)[number]) => number): Mark[] =>
    past.filter((one) => units(one) > 0).map((one) => ({ day: one.day, balance: one.balance, units: units(one) }));
  const last = past.at(-1)?.balance ?? null;
  return {
    days: [...past.map((one) => one.day), ...ahead.map((one) => one.day)],
    past: [...past.map((one) => one.balance), ...ahead.map(() => null)],
    ahead: ahead.length === 0 ? [] : [...past.slice(1).map(() => null), last, ...ahead.map((one) => one.balance)],
    added: marks((one) => one.added),
    expired: marks((one) => one.expired),
    expiring: ahead
      .map((one) => ({ day: one.day, balance: one.balance, units: dying(packages, one.day) }))
      .filter((one) => one.units > 0),
  };
}

/** Sums of the days shown. */
export function sums(figures: BalanceFigures): { used: number; added: number; expired: number } {
  const sum = (of: (one: BalanceFigures['days'][number]) => number): number =>
    figures.days.reduce((total, one) => total + of(one), 0);
  return { used: sum((one) => one.used), added: sum((one) => one.added), expired: sum((one) => one.expired) };
}
