/** How long a new key is good. */
export const expiries = ['never', 'month', 'quarter', 'year'] as const;
export type Expiry = (typeof expiries)[number];

const DAY_MS = 86_400_000;
const days: Record<Exclude<Expiry, 'never'>, number> = { month: 30, quarter: 90, year: 365 };

/** The instant from which on the key opens nothing any more; null for never. */
export function expiresAt(expiry: Expiry, now: Date): string | null {
  return expiry === 'never' ? null : new Date(now.getTime() + days[expiry] * DAY_MS).toISOString();
}
