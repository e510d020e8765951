import { describe, expect, it } from 'vitest';
import { rushOffer } from '../src/pad/rush';
import { follow, harmful, NEW_VISIT, toggleCaution } from '../src/pad/visit';
import type { Visit } from '../src/pad/visit';
import { AT, AT_MS, dish, line, order } from './sample';

const PEANUTS = { kind: 'allergy', name: { zh: '花生', en: 'Peanuts' } } as const;
const PORK = { kind: 'diet', name: { zh: '不吃猪肉', en: 'No pork' } } as const;

describe('a visit', () => {
  const begun: Visit = {
    basket: [{ dish: 'shuijiao', options: [], note: '', quantity: 1, hold: false }],
    cautions: [PEANUTS],
    orders: ['1'],
  };

  it('k9_ends_when_the_room_is_cleaned_or_the_guests_moved', () => {
    expect(follow(begun, [])).toEqual(NEW_VISIT);
    expect(follow(begun, ['7'])).toEqual({ ...NEW_VISIT, orders: ['7'] });
  });

  it('goes on while one of its orders is there, also after a join', () => {
    expect(follow(begun, ['1', '2'])).toEqual({ ...begun, orders: ['1', '2'] });
    expect(follow({ ...begun, orders: ['1', '2'] }, ['2'])).toEqual({ ...begun, orders: ['2'] });
  });

  it('does not end before it has ordered anything', () => {
    expect(follow({ ...begun, orders: [] }, []).basket).toHaveLength(1);
    expect(follow({ ...begun, orders: [] }, ['1']).cautions).toEqual([PEANUTS]);
  });

  it('remembers what the guests must not eat', () => {
    const both = toggleCaution(toggleCaution(NEW_VISIT, PEANUTS), PORK);
    expect(both.cautions).toEqual([PEANUTS, PORK]);
    expect(toggleCaution(both, PEANUTS).cautions).toEqual([PORK]);
  });
});

describe('a dish', () => {
  it('that contains what the guests must not eat says so', () => {
    const chicken = { ...dish('gongbaojiding', '宫保鸡丁', 'Kung pao chicken'), allergens: [PEANUTS.name, PORK.name] };
    expect(harmful(chicken, [PEANUTS])).toEqual([PEANUTS.name]);
    expect(harmful(chicken, [PORK])).toEqual([]);
    const allergy = { kind: 'allergy', name: { zh: '花生过敏', en: 'Peanut allergy' } } as const;
    expect(harmful(chicken, [allergy])).toEqual([PEANUTS.name]);
  });
});

describe('the button 催菜', () => {
  const after = (seconds: number, ...lines: ReturnType<typeof line>[]) =>
    rushOffer(order('1', 1, { lines }), AT_MS + seconds * 1000);
  const rushed = { count: 1, last: { at: AT, by: 'pad_801' } };

  it('appears when half of a dish’s time has gone, for what is not made yet', () => {
    const lines = [line('a'), line('b', 'cooking'), line('c', 'ready'), line('d', 'held'), line('e', 'picked_up')];
    expect(after(299, ...lines)).toEqual({ kind: 'none' });
    expect(after(300, ...lines)).toEqual({ kind: 'possible', lines: ['a', 'b'] });
  });

  it('counts from the firing of what was held', () => {
    const fired = new Date(AT_MS + 290_000).toISOString();
    expect(after(300, line('a', 'waiting', { due_from: fired })).kind).toBe('none');
  });

  it('says_when_it_is_possible_again', () => {
    expect(after(60, line('a', 'waiting', { rush: rushed }))).toEqual({ kind: 'cooling', againInS: 120 });
    expect(after(180, line('a', 'waiting', { rush: rushed, target_s: 60 })).kind).toBe('possible');
    expect(after(60, line('a', 'ready', { rush: rushed }))).toEqual({ kind: 'none' });
  });

  it('is for the other dishes while one cools down', () => {
    const offer = after(170, line('a', 'waiting', { rush: rushed }), line('b', 'waiting', { target_s: 100 }));
    expect(offer).toEqual({ kind: 'possible', lines: ['b'] });
  });
});
