import { describe, expect, test } from 'vitest';
import { businessDay, dayAfter } from '../src/business_day';

describe('the business day', () => {
  test('k2_changes at 03:00 by the shop’s clock', () => {
    expect(businessDay('2026-11-22T18:59:59Z', 'Asia/Shanghai')).toBe('2026-11-22');
    expect(businessDay('2026-11-22T19:00:00Z', 'Asia/Shanghai')).toBe('2026-11-23');
  });

  test('goes over the end of a month', () => {
    expect([dayAfter('2026-12-01', -1), dayAfter('2026-12-31', 1)]).toEqual(['2026-11-30', '2027-01-01']);
  });
});
