import { describe, expect, it } from 'vitest';
import { add, basketOf, isPhone, portions, priceFen, setHold, setQuantity, wantedLines } from '../src/basket';
import { dish } from './sample';

const DUMPLINGS = { dish: 'shuijiao', options: [{ zh: '牛肉', en: 'Beef' }], note: '', quantity: 2, hold: false };

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

  it('keeps what is to come later apart from what is to come now', () => {
    const later = { ...DUMPLINGS, hold: true };
    const both = add(add([], DUMPLINGS), later);
    expect(wantedLines(both).map((line) => line.hold)).toEqual([undefined, true]);
    expect(setHold(both, 1, false)).toEqual([{ ...DUMPLINGS, quantity: 4 }]);
  });

  it('tells the kitchen of the cautions with every dish', () => {
    const peanuts = { kind: 'allergy', name: { zh: '花生', en: 'Peanuts' } } as const;
    const wanted = wantedLines([DUMPLINGS, { ...DUMPLINGS, dish: 'mifan' }], [peanuts]);
    expect(wanted.map((line) => line.cautions)).toEqual([[peanuts.name], [peanuts.name]]);
  });

  it('k11_is_as_it_was_when_the_box_refuses_it', () => {
    const basket = [
      { ...DUMPLINGS, hold: true },
      { ...DUMPLINGS, dish: 'mifan', options: [], note: '少盐' },
    ];
    expect(basketOf(wantedLines(basket))).toEqual(basket);
  });
});
