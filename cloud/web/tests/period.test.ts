import { expect, test } from 'vitest';
import { daysOf } from '../src/figures/period';

test('a period has its days, today among them', () => {
  expect(daysOf('7', '2026-11-23')).toEqual({ from: '2026-11-17', to: '2026-11-23' });
  expect(daysOf('30', '2026-03-01')).toEqual({ from: '2026-01-31', to: '2026-03-01' });
  expect(daysOf('month', '2026-11-23')).toEqual({ from: '2026-11-01', to: '2026-11-23' });
  expect(daysOf('last_month', '2026-03-31')).toEqual({ from: '2026-02-01', to: '2026-02-28' });
  expect(daysOf('last_month', '2026-01-01')).toEqual({ from: '2025-12-01', to: '2025-12-31' });
});
