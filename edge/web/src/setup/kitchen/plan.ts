/** What follows when a part of the kitchen's plan goes: nothing may point to what is not there. Pure. */
import type { AreaRoute, KitchenPlan } from '@shared/generated/wire';
import { copy } from '../document';
import type { SetupDocument } from '../document';

/** The document without a station: no dish, category, route, back-up or printer names it any more. */
export function withoutStation(document: SetupDocument, station: string): SetupDocument {
  const { menu, plan, announcements } = copy(document);
  const others = (stations: string[]): string[] => stations.filter((one) => one !== station);
  for (const one of [...menu.dishes, ...menu.categories, ...plan.area_routes, ...plan.printers]) {
    one.stations = others(one.stations);
  }
  plan.stations = plan.stations.filter((one) => one.station !== station);
  for (const one of plan.stations) if (one.backup === station) delete one.backup;
  plan.area_routes = plan.area_routes.filter((route) => route.stations.length > 0);
  return { menu, plan, announcements };
}

/** The plan without an area and its routes. */
export function withoutArea(plan: KitchenPlan, area: string): KitchenPlan {
  return {
    ...plan,
    areas: plan.areas.filter((one) => one.area !== area),
    area_routes: plan.area_routes.filter((route) => route.area !== area),
  };
}

/** Rooms as they were typed: parted by spaces or commas, each once. */
export function roomsFrom(typed: string): string[] {
  return [...new Set(typed.split(/[\s,，、;；]+/).filter((room) => room !== ''))];
}

/** Rooms that stand in more than one area: the box would not know which one counts. */
export function roomsTwice(plan: KitchenPlan): string[] {
  const rooms = plan.areas.flatMap((area) => area.rooms);
  return [...new Set(rooms.filter((room, index) => rooms.indexOf(room) !== index))];
}

/** Whether two routes are about the same dishes of the same rooms, so that one would never count. */
export function sameMatter(a: AreaRoute, b: AreaRoute): boolean {
  return a.area === b.area && a.dish === b.dish && a.category === b.category;
}
