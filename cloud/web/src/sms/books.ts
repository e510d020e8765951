/** The brand's books as they are shown: what came in on the left, where it is now on the right (S13). */
import type { Balance, SmsPackage } from '../api/types';

export const termsIn = ['bought', 'granted'] as const;
export const termsNow = ['available', 'frozen', 'in_doubt', 'sent', 'expired', 'revoked'] as const;
export type TermIn = (typeof termsIn)[number];
export type TermNow = (typeof termsNow)[number];

/** Units that came in and are nowhere; 0 as long as the books balance. */
export function missing(books: Balance): number {
  const sum = (terms: readonly (TermIn | TermNow)[]): number => terms.reduce((total, term) => total + books[term], 0);
  return sum(termsIn) - sum(termsNow);
}

/** Every account but those that most brands never touch, unless they hold something. */
export function shownTerms<Term extends TermIn | TermNow>(terms: readonly Term[], books: Balance): Term[] {
  const rare: readonly string[] = ['granted', 'expired', 'revoked'];
  return terms.filter((term) => books[term] !== 0 || !rare.includes(term));
}

/** Days until a package expires: 0 on its last day, negative after it. */
export function daysLeft(one: SmsPackage, today: string): number {
  return Math.round((Date.parse(`${one.expires_on}T00:00:00Z`) - Date.parse(`${today}T00:00:00Z`)) / 86_400_000);
}
