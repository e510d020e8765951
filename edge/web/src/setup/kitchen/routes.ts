/** Which dish from which rooms is made where, as the box will decide it when it is ordered. Pure. */
import type { Area, Dish, KitchenPlan, Menu } from '@shared/generated/wire';

/** Where one dish goes from each area, in the order of `columns`. No stations: nobody's screen, the tray. */
export interface DishRoutes {
  readonly dish: Dish;
  readonly stations: readonly (readonly string[])[];
}

/** The columns of the preview: rooms that are in no area, then each area. */
export function routeColumns(plan: KitchenPlan): (Area | null)[] {
  return [null, ...plan.areas];
}

export function routesOf(menu: Menu, plan: KitchenPlan): DishRoutes[] {
  const columns = routeColumns(plan);
  return menu.dishes.map((dish) => ({
    dish,
    stations: columns.map((area) => stationsFor(dish, area, menu, plan)),
  }));
}

/** A route of the area that names the dish, then its category, then everything; else the dish's own stations, else
 * its category's. A station that is not in the plan shows nothing to nobody. */
export function stationsFor(dish: Dish, area: Area | null, menu: Menu, plan: KitchenPlan): string[] {
  const routes = plan.area_routes.filter(
    (one) =>
      one.area === area?.area &&
      (one.dish ?? dish.dish) === dish.dish &&
      (one.category ?? dish.category) === dish.category,
  );
  const route = routes.find((one) => one.dish) ?? routes.find((one) => one.category) ?? routes[0];
  const ofCategory = menu.categories.find(({ category }) => category === dish.category)?.stations ?? [];
  const wanted = route?.stations ?? (dish.stations.length > 0 ? dish.stations : ofCategory);
  return wanted.filter((station) => plan.stations.some((one) => one.station === station));
}

/** Dishes that from somewhere go nowhere. Without stations every screen shows everything, and none is lost. */
export function unrouted(routes: readonly DishRoutes[], plan: KitchenPlan): DishRoutes[] {
  if (plan.stations.length === 0) return [];
  return routes.filter(({ stations }) => stations.some((some) => some.length === 0));
}
