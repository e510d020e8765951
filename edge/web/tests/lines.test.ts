import { BoxClock } from '@shared/clock';
import { parseCredential } from '@shared/credential';
import {
  allDayCounts,
  callColumn,
  elapsed,
  lateness,
  nextStep,
  orderNumber,
  orderTimer,
  stepCommand,
  ticketStep,
  totalFen,
  yuan,
} from '@shared/lines';
import type { LineView } from '@shared/generated/wire';
import { describe, expect, it } from 'vitest';
import { called, inTurn, newest, preparing } from '../src/call/calls';
import { AT, AT_MS, line, order } from './sample';

describe('a line', () => {
  it('k4_k5_k6_k7_goes_one_step_at_a_tap', () => {
    const states = [
      'held',
      'waiting',
      'cooking',
      'ready',
      'notified',
      'picked_up',
      'cancelled',
      'voided',
      'remade',
    ] as const;
    expect(states.map((state) => nextStep(line('a', state)))).toEqual([
      null,
      'start_cooking',
      'finish_cooking',
      'call_for_pickup',
      'pick_up',
      null,
      null,
      null,
      null,
    ]);
  });

  it('is worked in part by saying how many portions, but called for as a whole', () => {
    expect(stepCommand('finish_cooking', 'a', 2)).toEqual({ type: 'finish_cooking', line: 'a', portions: 2 });
    expect(stepCommand('finish_cooking', 'a')).toEqual({ type: 'finish_cooking', line: 'a' });
    expect(stepCommand('call_for_pickup', 'a', 2)).toEqual({ type: 'call_for_pickup', line: 'a' });
  });

  it('costs nothing once it was cancelled or taken back, and not twice when it was made again', () => {
    const spoilt = line('a', 'remade', { again: 'b' } as Partial<LineView>);
    const again = (state: LineView['state']) => line('b', state, { price_fen: 0, remake_of: 'a' });
    expect(totalFen([spoilt, again('waiting'), line('c', 'voided'), line('d', 'cancelled')])).toBe(3200);
    expect(totalFen([spoilt, again('voided')])).toBe(0);
  });

  it('is taken on by the ticket only with those furthest behind', () => {
    const mixed = order('1', 1, { lines: [line('a', 'cooking'), line('b'), line('c', 'ready'), line('d')] });
    expect(ticketStep(mixed)?.step).toBe('start_cooking');
    expect(ticketStep(mixed)?.lines.map((one) => one.line)).toEqual(['b', 'd']);
    expect(ticketStep(order('1', 1, { lines: [line('a', 'picked_up')] }))).toBeNull();
  });
});

describe('a timer', () => {
  const at = (seconds: number, ...lines: ReturnType<typeof line>[]) =>
    orderTimer(order('1', 1, { lines }), AT_MS + seconds * 1000);

  it('is that of the dish which is latest for its own target', () => {
    const timer = at(300, line('a', 'waiting', { target_s: 1200 }), line('b', 'cooking', { target_s: 240 }));
    expect(timer).toMatchObject({ lateness: 'late', elapsedS: 300, overdueS: 60, kind: 'making' });
  });

  it('turns at 0.8, 1 and 1.5 of the target', () => {
    expect([0.79, 0.8, 0.99, 1, 1.49, 1.5].map(lateness)).toEqual([
      'calm',
      'soon',
      'soon',
      'late',
      'late',
      'very_late',
    ]);
  });

  it('is never negative, and stops accusing once all is made', () => {
    expect(at(-60, line('a'))?.elapsedS).toBe(0);
    expect(at(9000, line('a', 'ready'))).toMatchObject({ lateness: 'calm', kind: 'waiting_for_runner' });
    expect(at(9000, line('a', 'picked_up'))).toBeNull();
  });

  it('does not run for what is held, and starts when it is fired', () => {
    expect(at(9000, line('a', 'held'))).toBeNull();
    const fired = new Date(AT_MS + 8_990 * 1000).toISOString();
    expect(at(9000, line('a', 'waiting', { due_from: fired }))?.elapsedS).toBe(10);
  });

  it('runs on the box’s clock', () => {
    let monotonicMs = 1_000;
    const clock = new BoxClock(() => monotonicMs);
    expect(clock.nowMs()).toBeNull();
    clock.heard(AT);
    monotonicMs += 5_000;
    expect(clock.nowMs()).toBe(AT_MS + 5_000);
    clock.heard(new Date(AT_MS + 5_100).toISOString());
    expect(clock.nowMs()).toBe(AT_MS + 5_000);
    clock.heard(new Date(AT_MS + 65_000).toISOString());
    expect(clock.nowMs()).toBe(AT_MS + 65_000);
  });
});

describe('the kitchen’s footer', () => {
  it('counts the portions that are still to be cooked', () => {
    const lines = [
      line('a', 'waiting', { quantity: 2 }),
      line('b', 'ready', { quantity: 9 }),
      line('c', 'cooking', { quantity: 3 }),
      line('d', 'waiting', { dish: 'mifan' }),
      line('e', 'held', { quantity: 7 }),
    ];
    expect(allDayCounts(lines).map((count) => [count.line.dish, count.portions])).toEqual([
      ['shuijiao', 5],
      ['mifan', 1],
    ]);
  });
});

describe('the call screen', () => {
  it('shows what can be collected before what is still made', () => {
    const of = (...states: Parameters<typeof line>[1][]) =>
      callColumn(order('1', 1, { lines: states.map((state, index) => line(String(index), state)) }));
    expect(of('waiting', 'cooking')).toBe('preparing');
    expect(of('ready')).toBe('preparing');
    expect(of('cooking', 'notified')).toBe('ready');
    expect(of('picked_up', 'cancelled')).toBeNull();
  });

  it('puts the newest call first and large for ten seconds', () => {
    const later = new Date(AT_MS + 30_000).toISOString();
    const calls = called([
      order('1', 1, { lines: [line('a', 'notified', { called_at: AT } as never)] }),
      order('2', 1, { lines: [line('b', 'notified', { called_at: later } as never), line('c')] }),
    ]);
    expect(calls.map((call) => [call.order.number, call.moreComing])).toEqual([
      [2, true],
      [1, false],
    ]);
    expect(newest(calls, AT_MS + 39_999)?.order.number).toBe(2);
    expect(newest(calls, AT_MS + 40_000)).toBeNull();
  });

  it('shows nothing of what is held, nor of guests who have left', () => {
    const held = order('1', 1, { lines: [line('a', 'held')] });
    const partly = order('2', 1, { lines: [line('b', 'held'), line('c', 'cooking')] });
    const left = order('3', 1, { state: 'completed', lines: [line('d', 'cooking', { unseen: ['left_behind'] })] });
    const leftCalled = order('4', 1, { state: 'completed', lines: [line('e', 'notified')] });
    const orders = [held, partly, left, leftCalled];
    expect(preparing(orders).map((one) => one.number)).toEqual([2]);
    expect(called(orders)).toEqual([]);
  });

  it('keeps the two numbers of a joined room apart', () => {
    const joined = ['1', '2'].map((id) =>
      order(id, 1, { guest: { kind: 'room', room: '802' }, lines: [line(id, 'cooking')] }),
    );
    expect(preparing(joined).map((one) => one.number)).toEqual([1, 2]);
  });

  it('takes turns when there are too many', () => {
    const numbers = Array.from({ length: 23 }, (_, index) => index);
    expect(inTurn(numbers, 10, 0, 8_000)).toMatchObject({ page: 0, pages: 3 });
    expect(inTurn(numbers, 10, 16_000, 8_000).shown).toEqual([20, 21, 22]);
    expect(inTurn(numbers, 10, 24_000, 8_000).page).toBe(0);
  });
});

describe('words', () => {
  it('k2_numbers_have_two_digits_at_least', () => {
    expect([1, 7, 99, 100].map(orderNumber)).toEqual(['#01', '#07', '#99', '#100']);
  });

  it('writes money and time as people do', () => {
    expect([3200, 3250, 5].map(yuan)).toEqual(['¥32', '¥32.50', '¥0.05']);
    expect([0, 65, 3725].map(elapsed)).toEqual(['0:00', '1:05', '1:02:05']);
  });

  it('reads a credential and nothing else', () => {
    expect(parseCredential('kitchen_1.a.b-c')).toEqual({ device: 'kitchen_1', secret: 'a.b-c' });
    for (const bad of ['', 'kitchen_1', 'kitchen_1.', '.x', 'K.x', 'a/b.x']) expect(parseCredential(bad)).toBeNull();
  });
});
