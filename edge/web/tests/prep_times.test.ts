import { describe, expect, it } from 'vitest';
import { hoursInARow, lateShare, minutesAndSeconds } from '../src/prep_times';

const spread = { count: 1, p50_s: 60, p90_s: 90 };

describe('prep times', () => {
  it('shows hours of one night in a row, with gaps', () => {
    const hours = [0, 22, 1].map((hour) => ({ hour, ...spread }));
    expect(hoursInARow(hours, 5).map((one) => [one.hour, one.count])).toEqual([
      [22, 1],
      [23, 0],
      [0, 1],
      [1, 1],
    ]);
    expect(hoursInARow([], 5)).toEqual([]);
  });

  it('counts what was late over every dish', () => {
    const dish = { dish: 'shuijiao', name: { zh: '水饺', en: '' }, target_s: 60, ...spread };
    expect(lateShare([])).toBe(0);
    expect(
      lateShare([
        { ...dish, count: 3, late: 0 },
        { ...dish, count: 1, late: 1 },
      ]),
    ).toBe(0.25);
  });

  it('writes minutes and seconds', () => {
    expect([0, 59, 60, 3599].map(minutesAndSeconds)).toEqual(['0:00', '0:59', '1:00', '59:59']);
  });
});
