import type { MenuView } from '@shared/generated/wire';
import { describe, expect, it } from 'vitest';
import type { Chosen } from '../src/basket';
import { leftBeside, stockOf, troublesOf } from '../src/stock';
import { dish } from './sample';

const MENU: MenuView = {
  revision: 1,
  edited: 1,
  menu: {
    categories: [],
    dishes: ['shuijiao', 'mifan', 'kele'].map((id) => dish(id, id, id)),
    cautions: [],
  },
  sold_out: ['mifan'],
  limited: [{ dish: 'kele', left: 3 }],
};

function chosen(dish: string, quantity: number, note = ''): Chosen {
  return { dish, quantity, note, options: [], hold: false };
}

describe('what is left', () => {
  it('is plenty, a few, or nothing', () => {
    expect(['shuijiao', 'kele', 'mifan'].map((id) => stockOf(MENU, id).kind)).toEqual(['plenty', 'few', 'out']);
    expect(stockOf(null, 'mifan').kind).toBe('plenty');
  });

  it('is counted with what the basket already has', () => {
    expect(leftBeside(MENU, [chosen('kele', 2), chosen('shuijiao', 9)], 'kele')).toBe(1);
    expect(leftBeside(MENU, [chosen('kele', 9)], 'kele')).toBe(0);
    expect(leftBeside(MENU, [], 'mifan')).toBe(0);
    expect(leftBeside(MENU, [], 'shuijiao')).toBe(Infinity);
  });
});

describe('a basket', () => {
  const troubles = (...basket: Chosen[]) => [...troublesOf(basket, MENU)];

  it('sold_out_is_marked_in_the_basket', () => {
    expect(troubles(chosen('shuijiao', 99), chosen('mifan', 1), chosen('pizza', 1))).toEqual([
      [1, { kind: 'sold_out' }],
      [2, { kind: 'off_menu' }],
    ]);
  });

  it('fewer_left_than_wanted_is_marked_and_says_how_many', () => {
    expect(troubles(chosen('kele', 3))).toEqual([]);
    expect(troubles(chosen('kele', 4))).toEqual([[0, { kind: 'fewer', left: 3 }]]);
    expect(troubles(chosen('kele', 2), chosen('kele', 2, '加冰'), chosen('kele', 1, '去冰'))).toEqual([
      [1, { kind: 'fewer', left: 1 }],
      [2, { kind: 'fewer', left: 0 }],
    ]);
  });

  it('knows nothing before the menu has come', () => {
    expect(troublesOf([chosen('mifan', 1)], null).size).toBe(0);
  });
});
