import { describe, expect, test } from 'vitest';
import { hoursOfDay } from '../src/today/hours';

describe('hoursOfDay', () => {
  test('a quiet day shows the usual hours', () => {
    const hours = hoursOfDay([]);
    expect([hours[0]?.hour, hours.at(-1)?.hour, hours.length]).toEqual([10, 22, 13]);
  });

  test('k2_an order after midnight stands at the end of its business day', () => {
    const hours = hoursOfDay([
      { hour: 1, orders: 2 },
      { hour: 9, orders: 1 },
    ]);
    expect(hours[0]).toEqual({ hour: 9, orders: 1 });
    expect(hours.at(-1)).toEqual({ hour: 1, orders: 2 });
  });
});
