import { describe, expect, it } from 'vitest';
import { findable, findDishes } from '../src/dish_search';
import { dish } from './sample';

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
