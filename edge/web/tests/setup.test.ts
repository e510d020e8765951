import type { Announcements, Dish, KitchenPlan, Menu } from '@shared/generated/wire';
import { describe, expect, it } from 'vitest';
import { changesBetween } from '../src/setup/changes';
import { copy, moved, same } from '../src/setup/document';
import type { SetupDocument } from '../src/setup/document';
import { dropDraft, keepDraft, keptDraft } from '../src/setup/draft';
import { freshId } from '../src/setup/ids';
import { merge } from '../src/setup/merge';
import { roomsFrom, roomsTwice, withoutStation } from '../src/setup/kitchen/plan';
import { routesOf, stationsFor, unrouted } from '../src/setup/kitchen/routes';

function dish(id: string, more: Partial<Dish> = {}): Dish {
  const name = { zh: id, en: '' };
  const usual = { options: [], allergens: [], stations: [], target_s: 600 };
  return { dish: id, category: 'recai', name, price_fen: 3200, ...usual, ...more };
}

const menu: Menu = {
  categories: [
    { category: 'recai', name: { zh: '热菜', en: 'Hot' }, stations: ['wok'] },
    { category: 'liangcai', name: { zh: '凉菜', en: 'Cold' }, stations: [] },
  ],
  dishes: [dish('mapodoufu'), dish('shuijiao', { stations: ['dim_sum'] }), dish('huanggua', { category: 'liangcai' })],
  cautions: [{ kind: 'allergy', name: { zh: '花生过敏', en: 'Peanut allergy' } }],
};
const plan: KitchenPlan = {
  stations: [
    { station: 'wok', name: { zh: '热厨', en: 'Wok' } },
    { station: 'dim_sum', name: { zh: '面点', en: 'Dim sum' }, backup: 'wok' },
  ],
  areas: [{ area: 'vip', name: { zh: '贵宾楼', en: 'VIP' }, rooms: ['901'] }],
  area_routes: [],
  printers: [],
};
const announcements: Announcements = { rules: [], channels: [], pad_calls: [] };
const shop: SetupDocument = { menu, plan, announcements };
const vip = plan.areas[0];

function edited(edit: (document: SetupDocument) => void): SetupDocument {
  const document = copy(shop);
  edit(document);
  return document;
}

describe('changes', () => {
  it('are none between a document and its copy', () => {
    expect(changesBetween(shop, copy(shop))).toEqual([]);
    expect(same({ picture: null }, {})).toBe(true);
  });

  it('name what is new, changed and gone, with the fields', () => {
    const after = edited(({ menu }) => {
      menu.dishes[0].price_fen = 100;
      menu.dishes[0].target_s = 60;
      menu.dishes.splice(1, 1, dish('chaofan'));
    });
    expect(changesBetween(shop, after)).toEqual([
      {
        kind: 'changed',
        what: 'dish',
        name: { zh: 'mapodoufu', en: '' },
        fields: ['price_fen', 'target_s'],
      },
      { kind: 'added', what: 'dish', name: { zh: 'chaofan', en: '' }, fields: [] },
      { kind: 'removed', what: 'dish', name: { zh: 'shuijiao', en: '' }, fields: [] },
    ]);
  });

  it('say once that the order is another', () => {
    const after = edited(({ menu }) => (menu.dishes = moved(menu.dishes, 0, 1)));
    expect(changesBetween(shop, after)).toEqual([{ kind: 'reordered', what: 'dish', name: null, fields: [] }]);
  });

  it('keep a dish at the end of the list where it is', () => {
    expect(moved([1, 2], 1, 1)).toEqual([1, 2]);
    expect(moved([1, 2], 0, -1)).toEqual([1, 2]);
  });
});

describe('merge', () => {
  it('takes what either of the two changed alone', () => {
    const mine = edited(({ menu }) => (menu.dishes[0].price_fen = 1));
    const theirs = edited(({ menu }) => {
      menu.dishes[1].price_fen = 2;
      menu.dishes.push(dish('chaofan'));
      menu.dishes = menu.dishes.filter((one) => one.dish !== 'huanggua');
    });
    const { document, clashes } = merge(shop, mine, theirs);
    expect(clashes).toEqual([]);
    expect(document.menu.dishes.map((one) => [one.dish, one.price_fen])).toEqual([
      ['mapodoufu', 1],
      ['shuijiao', 2],
      ['chaofan', 3200],
    ]);
  });

  it('keeps mine and names it when both changed the same dish', () => {
    const mine = edited(({ menu }) => (menu.dishes[0].price_fen = 1));
    const theirs = edited(({ menu }) => (menu.dishes[0].price_fen = 2));
    const { document, clashes } = merge(shop, mine, theirs);
    expect(document.menu.dishes[0].price_fen).toBe(1);
    expect(clashes).toEqual([{ zh: 'mapodoufu', en: '' }]);
  });

  it('brings back what I deleted while somebody edited it', () => {
    const mine = edited(({ menu }) => menu.dishes.shift());
    const theirs = edited(({ menu }) => (menu.dishes[0].price_fen = 2));
    const { document, clashes } = merge(shop, mine, theirs);
    expect(document.menu.dishes[0].price_fen).toBe(2);
    expect(clashes).toHaveLength(1);
  });

  it('keeps the order of whoever moved something', () => {
    const theirs = edited(({ menu }) => (menu.dishes = moved(menu.dishes, 0, 1)));
    const mine = edited(({ menu }) => menu.dishes.push(dish('chaofan')));
    const order = (document: SetupDocument): string[] => document.menu.dishes.map((one) => one.dish);
    expect(order(merge(shop, mine, theirs).document)).toEqual(['shuijiao', 'mapodoufu', 'huanggua', 'chaofan']);
    expect(order(merge(shop, theirs, mine).document)).toEqual(['shuijiao', 'mapodoufu', 'huanggua', 'chaofan']);
  });

  it('is the same as theirs when I changed nothing', () => {
    const theirs = edited(({ plan }) => plan.stations.pop());
    expect(merge(shop, shop, theirs)).toEqual({ document: theirs, clashes: [] });
  });
});

describe('routing', () => {
  const [hot, dumplings, cold] = menu.dishes;

  it('follows the dish, else its category', () => {
    expect(stationsFor(hot, null, menu, plan)).toEqual(['wok']);
    expect(stationsFor(dumplings, null, menu, plan)).toEqual(['dim_sum']);
  });

  it('follows a route of the area: a dish before a category before everything', () => {
    const routes = [
      { area: 'vip', stations: ['dim_sum'] },
      { area: 'vip', category: 'recai', stations: ['wok'] },
      { area: 'vip', dish: 'mapodoufu', stations: ['wok', 'dim_sum'] },
    ];
    const shows = (count: number): string[] => {
      const area_routes = routes.slice(0, count);
      return stationsFor(hot, vip, menu, { ...plan, area_routes });
    };
    expect([shows(0), shows(1), shows(2), shows(3)]).toEqual([['wok'], ['dim_sum'], ['wok'], ['wok', 'dim_sum']]);
    expect(stationsFor(hot, null, menu, { ...plan, area_routes: routes })).toEqual(['wok']);
  });

  it('finds the dishes that go nowhere, and none in a kitchen without stations', () => {
    expect(unrouted(routesOf(menu, plan), plan).map((route) => route.dish)).toEqual([cold]);
    const bare = { ...plan, stations: [] };
    expect(unrouted(routesOf(menu, bare), bare)).toEqual([]);
  });

  it('forgets a station everywhere when it is deleted', () => {
    const document = withoutStation(shop, 'wok');
    expect(document.plan.stations).toEqual([{ station: 'dim_sum', name: { zh: '面点', en: 'Dim sum' } }]);
    expect(document.menu.categories[0].stations).toEqual([]);
    expect(shop.plan.stations).toHaveLength(2);
  });
});

describe('rooms', () => {
  it('are read as people type them', () => {
    expect(roomsFrom(' 801，802、牡丹厅 801\n803')).toEqual(['801', '802', '牡丹厅', '803']);
  });

  it('may stand in one area only', () => {
    const areas = [vip, { ...vip, area: 'garden', rooms: ['902', '901'] }];
    expect(roomsTwice({ ...plan, areas })).toEqual(['901']);
  });
});

describe('ids', () => {
  it('read as the name does', () => {
    expect(freshId('宫保鸡丁', [], 'dish')).toBe('gongbaojiding');
    expect(freshId('宫保鸡丁', ['gongbaojiding'], 'dish')).toBe('gongbaojiding_2');
    expect(freshId('绿茶', [], 'dish')).toBe('lvcha');
  });

  it('are made up when the name has no letters', () => {
    expect(freshId('！', ['dish'], 'dish')).toBe('dish_2');
    expect(freshId('A', [], 'dish')).toBe('dish_a');
  });
});

describe('draft', () => {
  const store = () => {
    const texts = new Map<string, string>();
    return {
      texts,
      getItem: (key: string) => texts.get(key) ?? null,
      setItem: (key: string, text: string) => void texts.set(key, text),
      removeItem: (key: string) => void texts.delete(key),
    };
  };

  it('outlives the page until it is dropped', () => {
    const kept = store();
    const draft = {
      base: { edited: 7, arranged: 3, document: shop },
      document: edited(({ menu }) => menu.dishes.pop()),
    };
    keepDraft(kept, draft);
    expect(keptDraft(kept)).toEqual(draft);
    dropDraft(kept);
    expect(keptDraft(kept)).toBeNull();
  });

  it('of another program is not read', () => {
    const kept = store();
    kept.setItem('chuancai.setup.draft', '{"shape":99}');
    expect(keptDraft(kept)).toBeNull();
    kept.setItem('chuancai.setup.draft', 'not json');
    expect(keptDraft(kept)).toBeNull();
  });
});
