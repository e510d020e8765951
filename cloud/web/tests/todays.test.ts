import { describe, expect, test } from 'vitest';
import type { Message, MessageState } from '../src/api/types';
import { behind, reachYesterday } from '../src/sms/todays';

const zone = 'Asia/Shanghai';
const now = '2026-11-22T12:00:00Z';
const message = (requestedAt: string, state: MessageState): Message => ({
  message: `${requestedAt} ${state}`,
  shop: null,
  kind: 'notification',
  phone_masked: '139****0000',
  text: '',
  units: 1,
  state,
  reason: null,
  reason_code: null,
  carrier: null,
  requested_at: requestedAt,
  sent_at: null,
  receipt_at: null,
  payment: null,
  timeline: [],
  order: null,
});

describe('the figures of the day', () => {
  const today = (['accepted', 'delivered', 'undelivered', 'failed', 'queued'] as const).map((state) =>
    message('2026-11-22T04:00:00Z', state),
  );
  const yesterday = message('2026-11-21T18:59:00Z', 'delivered');

  test('each counts its states of the present business day', () => {
    const count = (figure: 'sent' | 'delivered' | 'failed') => behind(figure, [...today, yesterday], now, zone).length;
    expect([count('sent'), count('delivered'), count('failed')]).toEqual([3, 1, 2]);
  });

  test('are read until the day before', () => {
    expect(reachYesterday(today, now, zone)).toBe(false);
    expect(reachYesterday([...today, yesterday], now, zone)).toBe(true);
  });
});
