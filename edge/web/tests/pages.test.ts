import { describe, expect, it } from 'vitest';
import { add, isPhone, portions, priceFen, setQuantity, wantedLines } from '../src/basket';
import { findable, findDishes } from '../src/cashier/dish_search';
import { dish } from './sample';

const DUMPLINGS = { dish: 'shuijiao', options: [{ zh: '牛肉', en: 'Beef' }], note: '', quantity: 2 };

describe('the basket', () => {
  it('makes one line of the same wish, and two of different ones', () => {
    const basket = add(add(add([], DUMPLINGS), DUMPLINGS), { ...DUMPLINGS, note: '少盐' });
    expect(basket.map((chosen) => chosen.quantity)).toEqual([4, 2]);
    expect(portions(basket)).toBe(6);
  });

  it('keeps within what the box accepts', () => {
    expect(add([{ ...DUMPLINGS, quantity: 98 }], DUMPLINGS)[0].quantity).toBe(99);
    expect(setQuantity([DUMPLINGS], 0, 0)).toEqual([]);
  });

  it('asks for no more than was wished', () => {
    expect(wantedLines([{ ...DUMPLINGS, options: [] }])).toEqual([{ dish: 'shuijiao', quantity: 2 }]);
    expect(wantedLines([{ ...DUMPLINGS, note: '<b>' }])[0].note).toBe('<b>');
  });

  it('counts money in fen', () => {
    expect(priceFen([DUMPLINGS, { ...DUMPLINGS, dish: 'gone' }], [dish('shuijiao', '水饺', 'Dumplings', 3250)])).toBe(
      6500,
    );
  });

  it('knows a mobile number', () => {
    expect(['13900000000', '1390000000', '23900000000', '139 0000000'].map(isPhone)).toEqual([
      true,
      false,
      false,
      false,
    ]);
  });
});

describe('the dish search', () => {
  const all = findable([
    dish('gongbaojiding', '宫保鸡丁', 'Kung pao chicken'),
    dish('shuijiao', '水饺', 'Boiled dumplings'),
    dish('mifan', '米饭', 'Steamed rice'),
  ]);
  const find = (typed: string): string[] => findDishes(all, typed).map((found) => found.dish);

  it('finds by initials, pinyin, Chinese and English', () => {
    for (const typed of ['gbjd', 'GBJ', 'gongbao', '鸡丁', 'kung', 'chicken'])
      expect(find(typed)).toEqual(['gongbaojiding']);
    expect(find('sj')).toEqual(['shuijiao']);
    expect(find('')).toHaveLength(3);
    expect(find('披萨')).toEqual([]);
  });
});
