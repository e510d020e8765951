import { adopt, isBehind, learn, NOTHING, receive } from '@shared/board';
import type { Known } from '@shared/board';
import type { Board, BoardEvent, ServiceCall } from '@shared/generated/wire';
import { describe, expect, it } from 'vitest';
import { AT, event, line, order } from './sample';

const board = (revision: number, orders = [order('1', revision)]): Board => ({
  revision,
  day: '2026-11-22',
  now: AT,
  orders,
  calls: [],
});

/** Twenty commits: orders 1 to 5 come, change in turn, and the third leaves. */
const STORY: BoardEvent[] = Array.from({ length: 20 }, (_, index) => {
  const revision = index + 1;
  const id = String((index % 5) + 1);
  const state = id === '3' && revision > 15 ? 'completed' : 'waiting';
  return event(index, revision, [order(id, revision, { state })]);
});

/** A small generator, so that a failing shuffle can be repeated. */
function shuffled<T>(items: readonly T[], seed: number): T[] {
  let state = seed;
  const random = (): number => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return state / 2_147_483_648;
  };
  return items
    .map((item) => ({ item, key: random() }))
    .sort((a, b) => a.key - b.key)
    .map(({ item }) => item);
}

const play = (from: Known, events: readonly BoardEvent[]): Known => events.reduce(receive, from);
const EMPTY = adopt(NOTHING, board(0, []));
const END = play(EMPTY, STORY);

describe('the board of a screen', () => {
  it('follows events in order', () => {
    expect(END.revision).toBe(20);
    expect(END.orders.map((one) => one.order)).toEqual(['1', '2', '4', '5']);
    expect(isBehind(END)).toBe(false);
  });

  it('ends the same when events come shuffled and twice', () => {
    for (let seed = 1; seed <= 200; seed += 1) {
      expect(play(EMPTY, shuffled([...STORY, ...STORY], seed))).toEqual(END);
    }
  });

  it('is behind when one is missing, and a snapshot mends it, whenever it was taken', () => {
    for (let lost = 0; lost < STORY.length - 1; lost += 1) {
      const gapped = play(
        EMPTY,
        STORY.filter((_, index) => index !== lost),
      );
      expect(isBehind(gapped)).toBe(true);
      expect(gapped.revision).toBe(lost);
      for (let taken = lost + 1; taken <= STORY.length; taken += 1) {
        const then = play(EMPTY, STORY.slice(0, taken));
        const mended = adopt(gapped, board(taken, [...then.orders]));
        expect(mended).toEqual(END);
      }
    }
  });

  it('ignores a snapshot that events have overtaken', () => {
    expect(adopt(END, board(7))).toBe(END);
  });

  it('takes a pad’s event whose topic was silent while the board went on', () => {
    const known = receive(adopt(NOTHING, board(57)), event(40, 58, [order('1', 58)]));
    expect(known.revision).toBe(58);
    expect(isBehind(known)).toBe(false);
  });

  it('counts a pad’s own board as fresh as the heartbeat before it was fetched', () => {
    const known = adopt(NOTHING, board(40), 57);
    expect(known.revision).toBe(57);
    expect(adopt(known, board(40), 60).revision).toBe(60);
  });

  it('k11_learns_from_an_answer_that_overtakes_its_event', () => {
    const known = learn(adopt(NOTHING, board(5)), 6, [order('1', 6, { state: 'cooking' }), order('2', 6)]);
    expect(known.orders.map((one) => [one.order, one.state])).toEqual([
      ['1', 'cooking'],
      ['2', 'waiting'],
    ]);
    expect(known.revision).toBe(5);
    const late = learn(known, 6, [order('1', 5)]);
    expect(late.orders[0].state).toBe('cooking');
  });

  it('is not given back a finished order by an answer that comes late', () => {
    expect(learn(END, 16, [order('3', 12)]).orders.map((one) => one.order)).not.toContain('3');
  });
});

describe('what leaves the board of a screen', () => {
  it('k9_a_completed_order_stays_while_the_kitchen_has_not_seen_what_is_left', () => {
    const leftBehind = order('1', 6, {
      state: 'completed',
      lines: [line('a', 'cooking', { unseen: ['left_behind'] })],
    });
    const seen = order('1', 7, { state: 'completed', lines: [line('a', 'cooking')] });
    const stays = receive(adopt(NOTHING, board(5)), event(5, 6, [leftBehind]));
    expect(stays.orders).toHaveLength(1);
    expect(receive(stays, event(6, 7, [seen])).orders).toHaveLength(0);
  });

  it('drops what a pad may no longer see', () => {
    const known = receive(adopt(NOTHING, board(5)), { ...event(5, 6, []), gone: ['1'] });
    expect(known.orders).toHaveLength(0);
    expect(known.revision).toBe(6);
  });

  it('keeps who calls until told otherwise', () => {
    const call: ServiceCall = { guest: { kind: 'room', room: '801' }, at: AT, by: 'pad_801' };
    const called = receive(adopt(NOTHING, board(5)), { ...event(5, 6, []), calls: [call] });
    expect(receive(called, event(6, 7, [order('1', 7)])).calls).toEqual([call]);
    expect(receive(called, { ...event(6, 7, []), calls: [] }).calls).toEqual([]);
  });

  it('m5_knows_who_is_on_duty', () => {
    const known = adopt(NOTHING, { ...board(5), on_duty: ['18'] });
    expect(known.onDuty).toEqual(['18']);
    expect(receive(known, event(5, 6, [])).onDuty).toEqual(['18']);
    expect(receive(known, { ...event(5, 6, []), on_duty: [] }).onDuty).toEqual([]);
    expect(adopt(known, board(7)).onDuty).toEqual([]);
  });

  it('keeps an order that a snapshot brings unchanged the same object, so that it is not drawn again', () => {
    const first = adopt(NOTHING, board(5));
    const again = adopt(first, board(9, [order('1', 5), order('2', 9)]));
    expect(again.orders[0]).toBe(first.orders[0]);
    expect(again.orders).toHaveLength(2);
  });
});
