/** The day of business of a shop: from 03:00 by its clock to the next 03:00 (K2). */

export const RESET_HOUR = 3;

/** The business day of an instant, like `2026-11-22`. */
export function businessDay(instant: string, timeZone: string): string {
  const shifted = new Date(Date.parse(instant) - RESET_HOUR * 3_600_000);
  // Canada writes a date as ISO does.
  return new Intl.DateTimeFormat('en-CA', { timeZone }).format(shifted);
}

/** The day `days` after one. */
export function dayAfter(day: string, days: number): string {
  const noon = new Date(`${day}T12:00:00Z`);
  noon.setUTCDate(noon.getUTCDate() + days);
  return noon.toISOString().slice(0, 10);
}
