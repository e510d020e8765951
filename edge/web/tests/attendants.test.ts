import type { Answer, Command, KitchenView, Session } from '@shared/generated/wire';
import { Refused } from '@shared/outbox';
import { describe, expect, it } from 'vitest';
import { ref } from 'vue';
import { attendantCall, inOrder, knownRooms } from '../src/attendants/attendants';
import { useAttendants } from '../src/attendants/use_attendants';
import { AT, order } from './sample';

const SESSION = { brand: 'demo', shop: 'demo_shop' } as Session;

/** A box with these on duty that grants everything, or refuses it with this sentence. */
function stage(names: readonly string[]) {
  const asked: Command[] = [];
  const refusal = ref('');
  const onDuty = ref(names);
  const send = (command: Command): Promise<Answer> => {
    asked.push(command);
    const problem = { type: '', title: '', status: 422, code: 'bad_call', detail: refusal.value };
    return refusal.value ? Promise.reject(new Refused(problem, command)) : Promise.resolve({} as Answer);
  };
  const said = (key: string, about: Record<string, string>) => [key, ...Object.values(about)].join(' ');
  const attendants = useAttendants({ session: ref(SESSION), onDuty, send }, said);
  return { asked, refusal, onDuty, attendants };
}

describe('attendants', () => {
  it('m5_stand_by_number_then_by_name', () => {
    expect(inOrder(['18', '小丽', '3', '18'])).toEqual(['3', '18', '小丽']);
  });

  it('m2_are_called_for_this_shop_and_the_settings_say_where', () => {
    expect(attendantCall(SESSION, '18', '801')).toEqual({
      type: 'send_call',
      call: {
        brand: 'demo',
        shop: 'demo_shop',
        event: 'attendant_called',
        kind: 'announce',
        params: { attendant: '18', roomName: '801' },
      },
    });
  });

  it('m2_go_to_any_room_the_page_has_heard_of', () => {
    const kitchen = { edited: 1, plan: { areas: [{ rooms: ['牡丹厅', '801'] }] } } as unknown as KitchenView;
    const calls = [{ guest: { kind: 'room', room: '1002' } as const, at: AT, by: 'pad_1002' }];
    const orders = [order('1', 1), order('2', 1, { guest: { kind: 'wristband', wristband: '23' } })];
    expect(knownRooms(orders, calls, kitchen)).toEqual(['801', '1002', '牡丹厅']);
    expect(knownRooms(orders, [], null)).toEqual(['801']);
  });

  it('m2_a_call_says_what_became_of_it', async () => {
    const { asked, refusal, attendants } = stage(['18']);
    expect(await attendants.call('18', '801')).toBe(true);
    expect(asked).toEqual([attendantCall(SESSION, '18', '801')]);
    expect(attendants.said.value).toEqual({ kind: 'done', text: 'attendants.called 18 801 房间' });
    refusal.value = '不行。';
    expect(await attendants.call('18', '801')).toBe(false);
    expect(attendants.said.value).toEqual({ kind: 'refused', text: '不行。' });
    expect(attendants.busy.value).toBe(false);
  });

  it('m5_whoever_goes_off_duty_anywhere_is_chosen_no_longer', () => {
    const { onDuty, attendants } = stage(['3', '18']);
    attendants.choose('18');
    expect(attendants.chosen.value).toBe('18');
    onDuty.value = ['3'];
    expect(attendants.chosen.value).toBeNull();
    attendants.choose('3');
    attendants.choose('3');
    expect(attendants.chosen.value).toBeNull();
  });

  it('m5_come_and_go_once_and_one_thing_is_asked_at_a_time', async () => {
    const { asked, attendants } = stage(['18']);
    expect(await attendants.start('18')).toBe(false);
    expect(attendants.said.value).toEqual({ kind: 'refused', text: 'attendants.already 18' });
    const both = await Promise.all([attendants.start('3'), attendants.end('18')]);
    expect(both).toEqual([true, false]);
    expect(await attendants.end('18')).toBe(true);
    expect(asked).toEqual([
      { type: 'start_duty', attendant: '3' },
      { type: 'end_duty', attendant: '18' },
    ]);
  });
});
