import { describe, expect, test } from 'vitest';
import { asQuery, encodeFilter, isFiltered, readFilter } from '../src/sms/filter';
import { readReasonCode } from '../src/sms/reason';

describe('the filter of messages', () => {
  test('is read from the address, and what it does not know is left out', () => {
    const filter = readFilter({
      state: 'delivered,accepted,lost',
      kind: 'letter',
      by: 'systems',
      carrier: 'default',
      from: '2026-11-01',
      to: 'soon',
    });
    expect(filter.states).toEqual(['accepted', 'delivered']);
    expect([filter.kind, filter.by, filter.to]).toEqual([undefined, 'systems', undefined]);
    expect(encodeFilter(filter)).toBe('?by=systems&carrier=default&from=2026-11-01&state=accepted%2Cdelivered');
  });

  test('goes through the address unchanged', () => {
    const filter = readFilter({ state: 'failed', kind: 'marketing', shop: 'demo_shop', reason: 'carrier:105' });
    expect(readFilter(asQuery(filter) as Record<string, string>)).toEqual(filter);
    expect(isFiltered(filter)).toBe(true);
    expect(isFiltered(readFilter({}))).toBe(false);
    expect(encodeFilter(readFilter({ at: 'messages' }))).toBe('');
  });

  test('a shop and the own systems exclude each other', () => {
    expect(readFilter({ shop: 'demo_shop', by: 'systems' }).by).toBeUndefined();
  });
});

test('s6: a reason code is a word, and maybe the carrier’s own code with whatever stands in it', () => {
  expect(readReasonCode('too_old')).toEqual({ word: 'too_old', code: '' });
  expect(readReasonCode('receipt:MK:0010')).toEqual({ word: 'receipt', code: 'MK:0010' });
});
