import { describe, expect, test } from 'vitest';
import type { Balance } from '../src/api/types';
import { daysLeft, missing, shownTerms, termsIn, termsNow } from '../src/sms/books';

const books: Balance = {
  balance: 9_002,
  available: 9_000,
  frozen: 2,
  in_doubt: 1,
  sent: 997,
  expired: 0,
  revoked: 0,
  bought: 10_000,
  granted: 0,
  packages: [],
};

describe('the books', () => {
  test('s13_they balance, or say by how much they do not', () => {
    expect(missing(books)).toBe(0);
    expect(missing({ ...books, sent: 990 })).toBe(7);
  });

  test('s13_every account that holds something is shown', () => {
    expect(shownTerms(termsIn, books)).toEqual(['bought']);
    expect(shownTerms(termsNow, books)).toEqual(['available', 'frozen', 'in_doubt', 'sent']);
    expect(shownTerms(termsNow, { ...books, revoked: 3 })).toContain('revoked');
  });

  test('s2_a package is usable on its last day', () => {
    const one = { package: 'p', name: 'P', bought: 1, remaining: 1, reserved: 0, paid_at: '2026-01-01T00:00:00Z' };
    expect(daysLeft({ ...one, expires_on: '2026-11-22' }, '2026-11-22')).toBe(0);
    expect(daysLeft({ ...one, expires_on: '2026-11-21' }, '2026-11-22')).toBe(-1);
  });
});
