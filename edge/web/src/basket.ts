/** What has been chosen and not yet sent, on a pad or at the front desk. Pure. */
import type { Caution, Dish, Name, WantedLine } from '@shared/generated/wire';

/** One line of the basket. */
export interface Chosen {
  readonly dish: string;
  readonly options: readonly Name[];
  readonly note: string;
  readonly quantity: number;
  /** To be made later, when it is called for (等叫). */
  readonly hold: boolean;
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

/** Makes a line wait until it is called for, or not; it may now be the same wish as another line. */
export function setHold(basket: Basket, index: number, hold: boolean): Basket {
  const changed = basket.map((chosen, other) => (other === index ? { ...chosen, hold } : chosen));
  return changed.reduce<Basket>(add, []);
}

export function portions(basket: Basket): number {
  return basket.reduce((sum, chosen) => sum + chosen.quantity, 0);
}

/** The price of it all in fen; a dish that left the menu counts nothing. */
export function priceFen(basket: Basket, dishes: readonly Dish[]): number {
  const prices = new Map(dishes.map((dish) => [dish.dish, dish.price_fen]));
  return basket.reduce((sum, chosen) => sum + (prices.get(chosen.dish) ?? 0) * chosen.quantity, 0);
}

/** What is asked of the box. The guest's cautions go with every dish, since each is cooked by itself. */
export function wantedLines(basket: Basket, cautions: readonly Caution[] = []): WantedLine[] {
  return basket.map(({ dish, quantity, options, note, hold }) => ({
    dish,
    quantity,
    ...(options.length > 0 && { options: [...options] }),
    ...(cautions.length > 0 && { cautions: cautions.map((caution) => caution.name) }),
    ...(hold && { hold }),
    ...(note !== '' && { note }),
  }));
}

/** The basket that such a request was made of, for one that the box has refused. */
export function basketOf(lines: readonly WantedLine[]): Basket {
  return lines.map(({ dish, quantity, options = [], note = '', hold = false }) => ({
    dish,
    quantity,
    options,
    note,
    hold,
  }));
}

/** 11 digits that begin with 1, as the box wants them. */
export function isPhone(text: string): boolean {
  return /^1\d{10}$/.test(text);
}

function isSame(a: Chosen, b: Chosen): boolean {
  const wishes = (chosen: Chosen): string =>
    JSON.stringify([chosen.dish, chosen.options, chosen.note, chosen.hold === true]);
  return wishes(a) === wishes(b);
}
