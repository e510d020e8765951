/**
 * One stay of guests in the room: what they have chosen, what they must not eat, and which orders are theirs. It
 * survives a reload and ends when none of their orders is on the board any more: the room was cleaned, or they
 * moved. The phone number is left out on purpose: it is written down nowhere.
 */
import type { Caution, Dish, Name } from '@shared/generated/wire';
import type { Basket } from '../basket';

export interface Visit {
  readonly basket: Basket;
  readonly cautions: readonly Caution[];
  /** Their orders when the board was last seen. */
  readonly orders: readonly string[];
}

export const NEW_VISIT: Visit = { basket: [], cautions: [], orders: [] };

/** The visit after a look at the board; a new one when theirs are gone. */
export function follow(visit: Visit, present: readonly string[]): Visit {
  const isOver = visit.orders.length > 0 && !visit.orders.some((order) => present.includes(order));
  return { ...(isOver ? NEW_VISIT : visit), orders: present };
}

/** Chooses a caution, or no longer. */
export function toggleCaution(visit: Visit, caution: Caution): Visit {
  const others = visit.cautions.filter((one) => one.name.zh !== caution.name.zh);
  return { ...visit, cautions: others.length < visit.cautions.length ? others : [...others, caution] };
}

/**
 * What of a dish these guests said they must not eat, as far as the words tell: 花生 of 花生过敏. It warns and never
 * promises: a dish without a warning may still contain it.
 */
export function harmful(dish: Dish, cautions: readonly Caution[]): Name[] {
  const said = cautions.filter(({ kind }) => kind === 'allergy').map(({ name }) => name.zh);
  return dish.allergens.filter(({ zh }) => said.some((one) => one.includes(zh) || zh.includes(one)));
}

const KEY = 'chuancai.pad.visit';

/** The visit that this browser was left in; a broken one is a new one. */
export function keptVisit(): Visit {
  try {
    const kept = JSON.parse(localStorage.getItem(KEY) ?? '{}') as Partial<Visit>;
    const listOf = <T>(value: readonly T[] | undefined): readonly T[] => (Array.isArray(value) ? value : []);
    return { basket: listOf(kept.basket), cautions: listOf(kept.cautions), orders: listOf(kept.orders) };
  } catch {
    return NEW_VISIT;
  }
}

export function keepVisit(visit: Visit): void {
  localStorage.setItem(KEY, JSON.stringify(visit));
}
