import { expect, test } from 'vitest';
import { expiresAt } from '../src/keys/expiry';

test('a key ends after so many days, or never', () => {
  const now = new Date('2026-11-22T12:00:00Z');
  expect(expiresAt('never', now)).toBeNull();
  expect(expiresAt('month', now)).toBe('2026-12-22T12:00:00.000Z');
  expect(expiresAt('year', now)).toBe('2027-11-22T12:00:00.000Z');
});
