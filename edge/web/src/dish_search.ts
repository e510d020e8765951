/** Finds dishes by Chinese, pinyin, pinyin initials or English. Pure. */
import type { Dish } from '@shared/generated/wire';
import { pinyin } from 'pinyin-pro';

/** A dish with all that it can be found by. */
export interface Findable {
  readonly dish: Dish;
  readonly keys: readonly string[];
}

export function findable(dishes: readonly Dish[]): Findable[] {
  return dishes.map((dish) => {
    const syllables = pinyin(dish.name.zh, { toneType: 'none', type: 'array' });
    const initials = syllables.map((syllable) => syllable[0]).join('');
    const english = dish.name.en.toLowerCase();
    return { dish, keys: [dish.name.zh, initials, syllables.join(''), english, ...english.split(' ')] };
  });
}

/** The dishes that fit, best first: whole key, then beginning, then anywhere. Nothing typed finds everything. */
export function findDishes(all: readonly Findable[], typed: string): Dish[] {
  const sought = typed.trim().toLowerCase();
  return all
    .map(({ dish, keys }) => ({ dish, rank: Math.min(...keys.map((key) => rank(key, sought))) }))
    .filter((found) => found.rank < NO_MATCH)
    .sort((a, b) => a.rank - b.rank)
    .map((found) => found.dish);
}

const NO_MATCH = 3;

function rank(key: string, sought: string): number {
  if (key === sought) return 0;
  if (key.startsWith(sought)) return 1;
  return key.includes(sought) ? 2 : NO_MATCH;
}
