import type { PadCall, ServiceCall, SmsResult, SmsView } from '@shared/generated/wire';
import { language } from '@shared/words';
import { afterEach, describe, expect, it } from 'vitest';
import { orderOf, unreadOf } from '../src/cashier/told';
import { latest } from '../src/latest';
import { isUntold } from '../src/sms/sms';
import { smsWords } from '../src/sms/words';
import { isUrgent, tasks } from '../src/staff/tasks';
import { wishName } from '../src/wishes';
import { AT, AT_MS, line, message, order } from './sample';

const after = (seconds: number): string => new Date(AT_MS + seconds * 1000).toISOString();
const room = (name: string) => ({ kind: 'room', room: name }) as const;
const calling = (name: string, seconds: number, wish?: number): ServiceCall => ({
  guest: room(name),
  at: after(seconds),
  by: `pad_${name}`,
  wish,
});
const WATER: PadCall = { template: 3, name: { zh: '加水', en: 'Water' }, text: '{roomName} 加水' };

describe('what a waiter has to do', () => {
  it('k6_has_the_newest_on_top_and_what_nobody_called_for_below', () => {
    const orders = [
      order('1', 1, { lines: [line('a', 'notified', { called_at: after(5) } as object)] }),
      order('2', 1, { guest: room('802'), lines: [line('b', 'ready', { ready_at: after(30) } as object)] }),
      order('3', 1, { guest: room('803'), lines: [line('c', 'cooking'), line('d', 'picked_up')] }),
    ];
    const told = [{ message: message('m', { event: 'notice', at: after(20) }), isRead: false }];
    const all = tasks(orders, [calling('804', 10)], told);
    expect(all.map((task) => task.kind)).toEqual(['message', 'call', 'pickup', 'pickup']);
    expect(all.map(isUrgent)).toEqual([true, true, true, false]);
  });

  it('k6_takes_everything_of_a_guest_together_and_a_new_call_brings_it_up', () => {
    const lines = [line('a', 'notified', { called_at: AT } as object), line('b', 'ready')];
    const more = order('2', 1, { lines: [line('c', 'notified', { called_at: after(60) } as object)] });
    const [task, ...others] = tasks([order('1', 1, { lines }), more], [], []);
    expect(others).toEqual([]);
    expect(task.since).toBe(after(60));
    expect(task.kind === 'pickup' && task.rows.map((row) => row.line.line)).toEqual(['a', 'b', 'c']);
  });

  it('m8_tells_nothing_twice_what_stands_on_the_list_anyway_or_was_read', () => {
    const told = [
      { message: message('a', { event: 'service_called' }), isRead: false },
      { message: message('b', { event: 'pickup_called' }), isRead: false },
      { message: message('c', { event: 'notice' }), isRead: true },
      { message: message('d', { event: 'attendant_called' }), isRead: false },
    ];
    expect(tasks([], [], told).map(({ key }) => key)).toEqual(['message.d']);
  });
});

describe('a wish', () => {
  afterEach(() => (language.value = 'zh'));

  it('m2_has_the_name_of_the_settings_in_the_language_of_the_page', () => {
    expect(wishName(calling('801', 0, 3), [WATER])).toBe('加水');
    language.value = 'en';
    expect(wishName(calling('801', 0, 3), [WATER])).toBe('Water');
    expect([wishName(calling('801', 0), [WATER]), wishName(calling('801', 0, 9), [WATER])]).toEqual(['', '']);
  });
});

describe('a guest whose phone was to ring', () => {
  const sms = (round: number, result?: SmsResult): SmsView => ({ sms: `sms-${round}`, round, at: AT, result });
  const failed: SmsResult = { state: 'failed', reason: 'no_units' };

  it('s6_is_untold_when_the_message_about_that_round_did_not_arrive', () => {
    const one = order('1', 1, { sms: [sms(0, { state: 'delivered' }), sms(1, failed), sms(2)] });
    const untold = [0, 1, 2, 3].map((round) => isUntold(one, line('a', 'notified', { round })));
    expect(untold).toEqual([false, true, false, false]);
    expect(isUntold(order('2', 1), line('a', 'notified'))).toBe(false);
  });

  it('s6_has_the_same_words_in_both_languages', () => {
    const { zh, en } = smsWords;
    expect(Object.keys(zh.sms.because)).toEqual(Object.keys(en.sms.because));
    expect(zh.sms.failed.replace('{why}', zh.sms.because.no_units)).toBe('短信未送达：余额不足');
  });
});

describe('a message', () => {
  it('k3_leads_the_front_desk_to_its_order', () => {
    const orders = [order('7', 1), order('8', 1), order('9', 1, { state: 'completed' })];
    expect(orderOf(message('a', { params: { orderNumber: '7' } }), orders)?.order).toBe('7');
    expect(orderOf(message('a', { params: { orderNumber: '#07' } }), orders)?.order).toBe('7');
    expect(orderOf(message('a'), orders)?.order).toBe('8');
    expect(orderOf(message('a', { guest: { kind: 'wristband', wristband: '23' } }), orders)).toBeNull();
    expect(orderOf(message('a', { guest: undefined }), orders)).toBeNull();
  });

  it('m8_is_unread_until_somebody_knows_and_a_call_for_service_stands_elsewhere', () => {
    const told = (id: string, isRead: boolean, event: 'order_placed' | 'service_called') => ({
      message: message(id, { event }),
      isRead,
    });
    const all = [told('a', false, 'order_placed'), told('b', true, 'order_placed'), told('c', false, 'service_called')];
    expect(unreadOf(all).map(({ id }) => id)).toEqual(['a']);
  });

  it('m5_stands_on_a_screen_for_as_long_as_it_is_worth_telling', () => {
    const told = [{ message: message('a', { good_for_s: 60 }), isRead: false }];
    expect(latest(told, AT_MS + 59_000)?.id).toBe('a');
    expect([latest(told, AT_MS + 60_000), latest([], AT_MS), latest(told, 0)]).toEqual([null, null, null]);
  });
});
