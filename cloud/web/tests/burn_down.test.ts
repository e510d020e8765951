import { describe, expect, test } from 'vitest';
import type { BalanceFigures } from '../src/api/types';
import { burnDown, sums } from '../src/figures/burn_down';

const none = { added: 0, used: 0, expired: 0, revoked: 0 };
const figures: BalanceFigures = {
  days: [
    { ...none, day: '2026-11-21', balance: 100, added: 100 },
    { ...none, day: '2026-11-22', balance: 70, used: 20, expired: 10 },
    { ...none, day: '2026-11-23', balance: 75, used: -5 },
  ],
  daily_use: 25,
  outlook: [
    { day: '2026-11-24', balance: 50 },
    { day: '2026-11-25', balance: 20 },
    { day: '2026-11-26', balance: 0 },
  ],
  runs_out_on: '2026-11-26',
  packages: [
    {
      package: 'p',
      name: 'P',
      bought: 90,
      remaining: 30,
      reserved: 0,
      expires_on: '2026-11-24',
      paid_at: '2026-11-21T04:00:00Z',
    },
  ],
};

describe('the burn-down', () => {
  test('s13: past and expected days meet today', () => {
    const line = burnDown(figures, '2026-11-23');
    expect(line.past).toEqual([100, 70, 75, null, null, null]);
    expect(line.ahead).toEqual([null, null, 75, 50, 20, 0]);
    expect(line.days).toHaveLength(6);
  });

  test('s2: a package is marked when it came, when it died, and on the day after its last', () => {
    const line = burnDown(figures, '2026-11-23');
    expect(line.added).toEqual([{ day: '2026-11-21', balance: 100, units: 100 }]);
    expect(line.expired).toEqual([{ day: '2026-11-22', balance: 70, units: 10 }]);
    expect(line.expiring).toEqual([{ day: '2026-11-25', balance: 20, units: 30 }]);
  });

  test('a period that is over has no forecast', () => {
    const line = burnDown(figures, '2026-12-05');
    expect(line.ahead).toEqual([]);
    expect(line.past).toEqual([100, 70, 75]);
  });

  test('what was returned is used less', () => {
    expect(sums(figures)).toEqual({ used: 15, added: 100, expired: 10 });
  });
});
