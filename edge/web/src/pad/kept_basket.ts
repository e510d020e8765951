/** The basket survives a reload of the page; a broken one is an empty one. */
import type { Basket } from '../basket';

const KEY = 'chuancai.pad.basket';

export function keptBasket(): Basket {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(KEY) ?? '[]');
    return Array.isArray(kept) ? (kept as Basket) : [];
  } catch {
    return [];
  }
}

export function keepBasket(basket: Basket): void {
  localStorage.setItem(KEY, JSON.stringify(basket));
}
