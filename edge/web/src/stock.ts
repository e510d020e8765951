/** What can be ordered right now, and what a basket wants beyond that (估清). Pure. */
import type { MenuView } from '@shared/generated/wire';
import type { Basket } from './basket';

/** How much there is of one dish. */
export type Stock = { readonly kind: 'plenty' } | { readonly kind: 'few'; readonly left: number } | { kind: 'out' };

/** Why a line of a basket cannot be sent as it is. `fewer`: so many portions remain for this line. */
export type Trouble = { kind: 'off_menu' } | { kind: 'sold_out' } | { kind: 'fewer'; left: number };

export function stockOf(menu: MenuView | null, dish: string): Stock {
  if (menu?.sold_out.includes(dish)) return { kind: 'out' };
  const limit = menu?.limited.find((one) => one.dish === dish);
  return limit ? { kind: 'few', left: limit.left } : { kind: 'plenty' };
}

/** Portions that can still be chosen beside what the basket has; `Infinity` when nobody counts. */
export function leftBeside(menu: MenuView | null, basket: Basket, dish: string): number {
  const stock = stockOf(menu, dish);
  if (stock.kind === 'plenty') return Infinity;
  if (stock.kind === 'out') return 0;
  const chosen = basket.filter((one) => one.dish === dish).reduce((sum, one) => sum + one.quantity, 0);
  return Math.max(0, stock.left - chosen);
}

/** The troubles of a basket by the index of the line. Lines of one dish share what is left of it, first come first. */
export function troublesOf(basket: Basket, menu: MenuView | null): ReadonlyMap<number, Trouble> {
  const troubles = new Map<number, Trouble>();
  if (!menu) return troubles;
  const onMenu = new Set(menu.menu.dishes.map((dish) => dish.dish));
  const taken = new Map<string, number>();
  basket.forEach(({ dish, quantity }, index) => {
    const before = taken.get(dish) ?? 0;
    taken.set(dish, before + quantity);
    const stock = stockOf(menu, dish);
    if (!onMenu.has(dish)) troubles.set(index, { kind: 'off_menu' });
    else if (stock.kind === 'out') troubles.set(index, { kind: 'sold_out' });
    else if (stock.kind === 'few' && before + quantity > stock.left) {
      troubles.set(index, { kind: 'fewer', left: Math.max(0, stock.left - before) });
    }
  });
  return troubles;
}
