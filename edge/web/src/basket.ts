/** What has been chosen and not yet sent, on a pad or at the front desk. Pure. */
import type { Dish, Name, WantedLine } from '@shared/generated/wire';

/** One line of the basket. */
export interface Chosen {
  readonly dish: string;
  readonly options: readonly Name[];
  readonly note: string;
  readonly quantity: number;
}

export type Basket = readonly Chosen[];

/** What the box accepts for one line. */
export const QUANTITY_MAX = 99;
export const NOTE_MAX = 200;

/** Adds a choice; the same dish with the same wishes becomes more portions of one line. */
export function add(basket: Basket, chosen: Chosen): Basket {
  const index = basket.findIndex((other) => isSame(other, chosen));
  if (index < 0) return [...basket, chosen];
  return setQuantity(basket, index, basket[index].quantity + chosen.quantity);
}

/** Sets the portions of a line; none takes it out. */
export function setQuantity(basket: Basket, index: number, quantity: number): Basket {
  if (quantity <= 0) return basket.filter((_, other) => other !== index);
  const kept = Math.min(QUANTITY_MAX, quantity);
  return basket.map((chosen, other) => (other === index ? { ...chosen, quantity: kept } : chosen));
}

export function portions(basket: Basket): number {
  return basket.reduce((sum, chosen) => sum + chosen.quantity, 0);
}

/** The price of it all in fen; a dish that left the menu counts nothing. */
export function priceFen(basket: Basket, dishes: readonly Dish[]): number {
  const prices = new Map(dishes.map((dish) => [dish.dish, dish.price_fen]));
  return basket.reduce((sum, chosen) => sum + (prices.get(chosen.dish) ?? 0) * chosen.quantity, 0);
}

/** What is asked of the box. */
export function wantedLines(basket: Basket): WantedLine[] {
  return basket.map(({ dish, quantity, options, note }) => ({
    dish,
    quantity,
    ...(options.length > 0 && { options: [...options] }),
    ...(note !== '' && { note }),
  }));
}

/** 11 digits that begin with 1, as the box wants them. */
export function isPhone(text: string): boolean {
  return /^1\d{10}$/.test(text);
}

function isSame(a: Chosen, b: Chosen): boolean {
  const wishes = (chosen: Chosen): string => JSON.stringify([chosen.dish, chosen.options, chosen.note]);
  return wishes(a) === wishes(b);
}
