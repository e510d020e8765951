import type { LineView } from '@shared/generated/wire';
import { describe, expect, it } from 'vitest';
import { expoCards, progress } from '../src/expo/rooms';
import type { RoomCard } from '../src/expo/rooms';
import { cardAction, CardMaker } from '../src/kitchen/cards';
import { routing } from '../src/routing';
import { AT_MS, line, order } from './sample';

const at = (seconds: number): string => new Date(AT_MS + seconds * 1000).toISOString();
const ready = (id: string, seconds: number) => line(id, 'ready', { ready_at: at(seconds) } as Partial<LineView>);
const room = (id: string, name: string, lines: LineView[]) =>
  order(id, 1, { guest: { kind: 'room', room: name }, lines });
const cards = (orders: ReturnType<typeof order>[], before = new Map<string, RoomCard>()) => {
  const all = new CardMaker(routing(null, []), new Set()).byOrder(orders);
  return expoCards(all, before).filter((card): card is RoomCard => card.kind === 'room');
};

describe('the pass', () => {
  it('shows who has waited longest first, and what is not made after them', () => {
    const orders = [
      room('1', '801', [line('a')]),
      room('2', '802', [ready('b', 60)]),
      room('3', '803', [ready('c', 30), line('d', 'cooking')]),
      room('4', '804', [line('e', 'held')]),
    ];
    expect(cards(orders).map((card) => card.key)).toEqual(['room.803', 'room.802', 'room.801', 'room.804']);
  });

  it('shows several orders of one room on one card, what can be carried on top', () => {
    const orders = [room('1', '801', [line('a'), ready('b', 60)]), room('2', '801', [ready('c', 30)])];
    const [card] = cards(orders);
    expect(card.orders.map((one) => one.number)).toEqual([1, 2]);
    expect(card.rows.map((row) => row.line.line)).toEqual(['c', 'b', 'a']);
    expect(cardAction(card.rows, 'expo')).toMatchObject({ action: 'pick_up', rows: [{ key: 'c' }, { key: 'b' }] });
  });

  it('k7_takes_what_is_made_called_or_not_and_cooks_nothing', () => {
    const action = (...lines: LineView[]) => cardAction(cards([room('1', '801', lines)])[0].rows, 'expo')?.action;
    expect(action(line('a', 'notified'), line('b'))).toBe('pick_up');
    expect(action(line('a', 'cooking'), line('h', 'held'))).toBeUndefined();
    expect(action(line('h', 'held'))).toBe('fire');
  });

  it('counts how far a guest’s dishes are, with those carried already', () => {
    const lines = [
      line('a', 'picked_up', { quantity: 2 }),
      line('b', 'ready'),
      line('c', 'held', { quantity: 3 }),
      line('d', 'voided'),
      line('e', 'cancelled'),
    ];
    expect(progress([room('1', '801', lines)])).toEqual({ made: 3, all: 6 });
  });

  it('keeps a card that did not change the same', () => {
    const orders = [room('1', '801', [line('a')])];
    const maker = new CardMaker(routing(null, []), new Set());
    const [first] = expoCards(maker.byOrder(orders), new Map()) as RoomCard[];
    const [again] = expoCards(maker.byOrder(orders), new Map([[first.key, first]]));
    expect(again).toBe(first);
  });
});
